/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "pci-scan.h"

#include <libudev.h>
#include <sys/sysmacros.h>

/* Reading the PCI bus from sysfs. It is read as files below a root, not by udev's database: the
 * driver's link is the kernel's own word, and containers lack the database. Only names come from
 * udev's hardware database. https://docs.kernel.org/PCI/sysfs-pci.html */

/* How deep below a function its nodes may be: virtio1/drm/card0/card0-HDMI-A-1/i2c-5/i2c-dev/i2c-5
 */
#define MAX_DEPTH 8

/* nvidia's own driver has device nodes that sysfs does not show: number 195, the minor being the
 * card's; one for all cards each of nvidiactl, nvidia-modeset and nvidia-uvm.
 * https://www.kernel.org/doc/Documentation/admin-guide/devices.txt */
#define NVIDIA_MAJOR 195
#define NVIDIA_MINOR_CONTROL 255
#define NVIDIA_MINOR_MODESET 254

/* PCI class codes, https://pcisig.com/specifications "PCI Code and ID Assignment" */
#define PCI_BASE_DISPLAY 0x03
#define PCI_BASE_MULTIMEDIA 0x04
#define PCI_BASE_BRIDGE 0x06
#define PCI_BASE_SERIAL 0x0c
#define PCI_CLASS_USB 0x0c03

typedef struct udev Udev;
typedef struct udev_hwdb UdevHwdb;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Udev, udev_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UdevHwdb, udev_hwdb_unref)

G_DEFINE_BOXED_TYPE (HoPciScan, ho_pci_scan, ho_pci_scan_ref, ho_pci_scan_unref)

HoPciScan *
ho_pci_scan_new (void)
{
  HoPciScan *self = g_atomic_rc_box_new0 (HoPciScan);

  self->functions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                           (GDestroyNotify) ho_pci_function_unref);
  return self;
}

HoPciScan *
ho_pci_scan_ref (HoPciScan *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
pci_scan_clear (gpointer data)
{
  g_hash_table_unref (((HoPciScan *) data)->functions);
}

void
ho_pci_scan_unref (HoPciScan *self)
{
  g_atomic_rc_box_release_full (self, pci_scan_clear);
}

static char *
read_text (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strchomp (text) : NULL;
}

static guint
read_number (const char *dir, const char *name)
{
  g_autofree char *text = read_text (dir, name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 16) : 0;
}

/* The last part of what a link points to, which is how sysfs names drivers, groups and modules. */
static char *
read_link (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  return target != NULL ? g_path_get_basename (target) : NULL;
}

static HoPciKind
get_kind (guint class)
{
  switch (class >> 16)
    {
    case PCI_BASE_DISPLAY:
      return HO_PCI_DISPLAY;
    case PCI_BASE_MULTIMEDIA:
      return HO_PCI_AUDIO;
    case PCI_BASE_BRIDGE:
      return HO_PCI_BRIDGE;
    case PCI_BASE_SERIAL:
      return class >> 8 == PCI_CLASS_USB ? HO_PCI_USB : HO_PCI_SERIAL;
    default:
      return HO_PCI_OTHER;
    }
}

static HoPciFunction *
read_function (const char *dir, const char *address)
{
  HoPciFunction *function = ho_pci_function_new (address);
  g_autofree char *group = read_link (dir, "iommu_group");

  function->kind = get_kind (read_number (dir, "class"));
  function->vendor = (guint16) read_number (dir, "vendor");
  function->device = (guint16) read_number (dir, "device");
  function->driver = read_link (dir, "driver");
  if (group != NULL)
    function->group = (int) g_ascii_strtoll (group, NULL, 10);
  return function;
}

/* “GP106 [GeForce GTX 1060 6GB]”: what is in brackets is what is on the box. */
static char *
shorten_name (const char *name)
{
  const char *open = strchr (name, '[');
  const char *close = open != NULL ? strrchr (open, ']') : NULL;

  return close != NULL && close > open + 1 ? g_strndup (open + 1, (gsize) (close - open - 1))
                                           : g_strdup (name);
}

static char *
find_name (UdevHwdb *hwdb, const char *dir)
{
  g_autofree char *modalias = read_text (dir, "modalias");
  struct udev_list_entry *entry;

  if (hwdb == NULL || modalias == NULL)
    return NULL;
  entry = udev_list_entry_get_by_name (udev_hwdb_get_properties_list_entry (hwdb, modalias, 0),
                                       "ID_MODEL_FROM_DATABASE");
  return entry != NULL ? shorten_name (udev_list_entry_get_value (entry)) : NULL;
}

/* Device nodes. */

static gboolean
is_present (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (root, "dev", name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
add_module (HoPciFunction *function, const char *module)
{
  if (module != NULL
      && !g_ptr_array_find_with_equal_func (function->modules, module, g_str_equal, NULL))
    g_ptr_array_add (function->modules, g_strdup (module));
}

static void
add_sysfs_node (HoPciFunction *function, const char *root, const char *dir, const char *subsystem)
{
  g_autofree char *uevent = read_text (dir, "uevent");
  g_auto (GStrv) lines = uevent != NULL ? g_strsplit (uevent, "\n", -1) : NULL;
  const char *name = NULL;
  guint64 major_number = 0, minor_number = 0;

  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], "MAJOR="))
        major_number = g_ascii_strtoull (lines[i] + strlen ("MAJOR="), NULL, 10);
      else if (g_str_has_prefix (lines[i], "MINOR="))
        minor_number = g_ascii_strtoull (lines[i] + strlen ("MINOR="), NULL, 10);
      else if (g_str_has_prefix (lines[i], "DEVNAME="))
        name = lines[i] + strlen ("DEVNAME=");
    }
  if (name != NULL && major_number != 0)
    ho_pci_function_add_node (function, name, subsystem,
                              makedev ((guint) major_number, (guint) minor_number),
                              is_present (root, name));
}

/* What hangs on the card's USB plug is not the card, and vfio's nodes are the guest's. */
static gboolean
is_foreign (const char *subsystem)
{
  static const char *const foreign[] = { "usb", "pci", "vfio", "vfio-dev", "iommufd" };

  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      if (g_strcmp0 (subsystem, foreign[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Finds the nodes in @dir and below. @module belongs to the driver of the nearest device above. */
static void
walk (HoPciFunction *function, const char *root, const char *dir, const char *module, guint depth)
{
  g_autoptr (GDir) entries = depth < MAX_DEPTH ? g_dir_open (dir, 0, NULL) : NULL;
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *child = g_build_filename (dir, name, NULL);
      g_autofree char *subsystem = NULL;
      g_autofree char *own_module = NULL;
      g_autofree char *number = NULL;

      if (g_file_test (child, G_FILE_TEST_IS_SYMLINK) || !g_file_test (child, G_FILE_TEST_IS_DIR))
        continue;
      subsystem = read_link (child, "subsystem");
      if (is_foreign (subsystem))
        continue;
      own_module = read_link (child, "driver/module");
      number = subsystem != NULL ? read_text (child, "dev") : NULL;
      if (number != NULL)
        {
          add_sysfs_node (function, root, child, subsystem);
          add_module (function, module);
        }
      walk (function, root, child, own_module != NULL ? own_module : module, depth + 1);
    }
}

static guint
read_major (const char *root, const char *driver)
{
  g_autofree char *proc = g_build_filename (root, "proc", NULL);
  g_autofree char *text = read_text (proc, "devices");
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      char *name = NULL;
      guint64 number = g_ascii_strtoull (lines[i], &name, 10);

      if (name != lines[i] && g_str_equal (g_strstrip (name), driver))
        return (guint) number;
    }
  return 0;
}

/* “Device Minor: 	 1” in /proc/driver/nvidia/gpus/0000:01:00.0/information; -1: not told. */
static int
read_nvidia_minor (const char *root, const char *address)
{
  g_autofree char *dir = g_build_filename (root, "proc", "driver", "nvidia", "gpus", address, NULL);
  g_autofree char *text = read_text (dir, "information");
  const char *label = text != NULL ? strstr (text, "Device Minor:") : NULL;
  char *end = NULL;
  gint64 number;

  if (label == NULL)
    return -1;
  label += strlen ("Device Minor:");
  number = g_ascii_strtoll (label, &end, 10);
  return end != label && number >= 0 && number < NVIDIA_MINOR_MODESET ? (int) number : -1;
}

static void
add_nvidia_node (HoPciFunction *function, const char *root, const char *name, dev_t device)
{
  ho_pci_function_add_node (function, name, "nvidia", device, is_present (root, name));
}

/* @alone: no other card has this driver. What all cards of a driver share says nothing about one of
 * them otherwise; who uses a card has opened its own nodes as well. */
static void
add_nvidia_nodes (HoPciFunction *function, const char *root, gboolean alone)
{
  int minor_number = read_nvidia_minor (root, function->address);
  guint uvm = read_major (root, "nvidia-uvm");

  if (minor_number < 0 && alone)
    minor_number = 0;
  if (minor_number >= 0)
    {
      g_autofree char *name = g_strdup_printf ("nvidia%d", minor_number);

      add_nvidia_node (function, root, name, makedev (NVIDIA_MAJOR, (guint) minor_number));
    }
  if (!alone)
    return;
  add_nvidia_node (function, root, "nvidiactl", makedev (NVIDIA_MAJOR, NVIDIA_MINOR_CONTROL));
  if (is_present (root, "nvidia-modeset"))
    add_nvidia_node (function, root, "nvidia-modeset",
                     makedev (NVIDIA_MAJOR, NVIDIA_MINOR_MODESET));
  if (uvm != 0 && is_present (root, "nvidia-uvm"))
    {
      add_nvidia_node (function, root, "nvidia-uvm", makedev (uvm, 0));
      add_nvidia_node (function, root, "nvidia-uvm-tools", makedev (uvm, 1));
    }
}

static void
add_kfd_node (HoPciFunction *function, const char *root, gboolean alone)
{
  g_autofree char *dir = g_build_filename (root, "sys", "class", "kfd", "kfd", NULL);

  if (alone && g_file_test (dir, G_FILE_TEST_IS_DIR))
    add_sysfs_node (function, root, dir, "kfd");
}

static gboolean
is_alone (const HoPciScan *self, const HoPciFunction *function)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const HoPciFunction *other = value;

      if (other != function && other->kind == HO_PCI_DISPLAY
          && g_strcmp0 (other->driver, function->driver) == 0)
        return FALSE;
    }
  return TRUE;
}

static int
compare_nodes (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(HoDeviceNode *const *) a)->name, (*(HoDeviceNode *const *) b)->name);
}

static void
read_nodes (HoPciScan *self, HoPciFunction *function, const char *root, const char *dir)
{
  g_autofree char *module = read_link (dir, "driver/module");
  gboolean alone;

  if (function->driver == NULL || ho_pci_function_is_set_aside (function))
    return;
  walk (function, root, dir, module, 0);
  if (function->kind == HO_PCI_DISPLAY)
    {
      alone = is_alone (self, function);
      if (g_str_equal (function->driver, "nvidia"))
        {
          add_nvidia_nodes (function, root, alone);
          add_module (function, module);
        }
      else if (g_str_equal (function->driver, "amdgpu"))
        {
          add_kfd_node (function, root, alone);
        }
    }
  g_ptr_array_sort (function->nodes, compare_nodes);
}

static gboolean
is_in_slots (const char *address, const char *const *slots)
{
  g_autofree char *slot = ho_pci_address_dup_slot (address);

  return slots != NULL && g_strv_contains (slots, slot);
}

/* What is asked for, and the drivers that it has. */
static GHashTable *
list_drivers (const HoPciScan *self, const char *const *slots)
{
  GHashTable *drivers = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      HoPciFunction *function = value;

      if (function->driver != NULL && is_in_slots (function->address, slots))
        g_hash_table_add (drivers, function->driver);
    }
  return drivers;
}

static void
read_details (HoPciScan *self, const char *root, const char *bus, const char *const *slots)
{
  g_autoptr (Udev) udev = udev_new ();
  g_autoptr (UdevHwdb) hwdb = udev_hwdb_new (udev);
  g_autoptr (GHashTable) drivers = list_drivers (self, slots);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      HoPciFunction *function = value;
      g_autofree char *link = g_build_filename (bus, function->address, NULL);
      gboolean asked = is_in_slots (function->address, slots);

      if (asked || function->kind == HO_PCI_DISPLAY)
        function->name = find_name (hwdb, link);
      if (asked || (function->driver != NULL && g_hash_table_contains (drivers, function->driver)))
        read_nodes (self, function, root, link);
    }
}

/**
 * ho_pci_scan_read:
 * @root: where `sys`, `dev` and `proc` are: `/`, or a constructed one
 * @slots: (nullable): the slots (`0000:01:00`) whose functions are to be read in full
 *
 * Looks at the PCI bus. Reads sysfs, which waits while a driver is being unbound: for a thread.
 *
 * Returns: (transfer full): what there is
 */
HoPciScan *
ho_pci_scan_read (const char *root, const char *const *slots)
{
  HoPciScan *self = ho_pci_scan_new ();
  g_autofree char *bus = g_build_filename (root, "sys", "bus", "pci", "devices", NULL);
  g_autoptr (GDir) entries = g_dir_open (bus, 0, NULL);
  const char *address;

  while (entries != NULL && (address = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *dir = g_build_filename (bus, address, NULL);
      HoPciFunction *function = read_function (dir, address);

      g_hash_table_insert (self->functions, function->address, function);
    }
  if (slots != NULL && slots[0] != NULL)
    read_details (self, root, bus, slots);
  return self;
}

/**
 * ho_pci_scan_remember:
 * @self: a scan that nobody else has seen yet
 * @before: the one before it
 * @root: where `sys` is
 *
 * See ho_pci_function_remember().
 */
void
ho_pci_scan_remember (HoPciScan *self, const HoPciScan *before, const char *root)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      HoPciFunction *function = value;
      const HoPciFunction *earlier = ho_pci_scan_find (before, function->address);

      if (earlier != NULL)
        ho_pci_function_remember (function, earlier, root);
    }
}

/**
 * ho_pci_scan_find:
 * @self: a scan
 * @address: a function's address
 *
 * Returns: (transfer none) (nullable): the function
 */
HoPciFunction *
ho_pci_scan_find (const HoPciScan *self, const char *address)
{
  return g_hash_table_lookup (self->functions, address);
}

static int
compare_functions (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(HoPciFunction *const *) a)->address, (*(HoPciFunction *const *) b)->address);
}

static GPtrArray *
list (const HoPciScan *self, const char *slot, int group)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_pci_function_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      HoPciFunction *function = value;
      g_autofree char *own = ho_pci_address_dup_slot (function->address);

      if (slot != NULL ? g_str_equal (own, slot) : function->group == group)
        g_ptr_array_add (found, ho_pci_function_ref (function));
    }
  g_ptr_array_sort (found, compare_functions);
  return found;
}

/**
 * ho_pci_scan_list_slot:
 * @self: a scan
 * @slot: a slot, `0000:01:00`
 *
 * Returns: (transfer full): of #HoPciFunction, by address
 */
GPtrArray *
ho_pci_scan_list_slot (const HoPciScan *self, const char *slot)
{
  return list (self, slot, -1);
}

/**
 * ho_pci_scan_list_group:
 * @self: a scan
 * @group: an IOMMU group
 *
 * Returns: (transfer full): of #HoPciFunction, by address
 */
GPtrArray *
ho_pci_scan_list_group (const HoPciScan *self, int group)
{
  return list (self, NULL, group);
}
