/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "host.h"

#include <string.h>

#define PCI_BASE_CLASS_DISPLAY 0x03

static void
pci_free (gpointer data)
{
  HoHostPci *pci = data;

  g_free (pci->address);
  g_free (pci->driver);
  g_free (pci);
}

static char *make_path (const HoHost *self, const char *format, va_list args)
    G_GNUC_PRINTF (2, 0);

static char *
make_path (const HoHost *self, const char *format, va_list args)
{
  g_autofree char *path = g_strdup_vprintf (format, args);

  return g_strconcat (self->root, path, NULL);
}

#define MAKE_PATH(self, format, path)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    va_list args;                                                                                  \
    va_start (args, format);                                                                       \
    (path) = make_path (self, format, args);                                                       \
    va_end (args);                                                                                 \
  }                                                                                                \
  G_STMT_END

char *
ho_host_path (const HoHost *self, const char *format, ...)
{
  char *path;

  MAKE_PATH (self, format, path);
  return path;
}

/**
 * ho_host_read:
 * @self: a host
 * @format: an absolute path
 * @...: for @format
 *
 * Returns: (transfer full) (nullable): the file's text without blanks around it, or %NULL if it
 *   cannot be read
 */
char *
ho_host_read (const HoHost *self, const char *format, ...)
{
  g_autofree char *path = NULL;
  char *text = NULL;

  MAKE_PATH (self, format, path);
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  if (!g_utf8_validate (text, -1, NULL))
    {
      char *valid = g_utf8_make_valid (text, -1);

      g_free (text);
      text = valid;
    }
  return g_strstrip (text);
}

gboolean
ho_host_exists (const HoHost *self, const char *format, ...)
{
  g_autofree char *path = NULL;

  MAKE_PATH (self, format, path);
  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

/**
 * ho_host_link:
 * @self: a host
 * @format: an absolute path
 * @...: for @format
 *
 * Returns: (transfer full) (nullable): the last part of what the symbolic link points to
 */
char *
ho_host_link (const HoHost *self, const char *format, ...)
{
  g_autofree char *path = NULL;
  g_autofree char *target = NULL;

  MAKE_PATH (self, format, path);
  target = g_file_read_link (path, NULL);
  return target != NULL ? g_path_get_basename (target) : NULL;
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * ho_host_list:
 * @self: a host
 * @format: the absolute path of a directory
 * @...: for @format
 *
 * Returns: (transfer full) (nullable): the names in it, sorted, or %NULL if it cannot be read
 */
GStrv
ho_host_list (const HoHost *self, const char *format, ...)
{
  g_autofree char *path = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *name;

  MAKE_PATH (self, format, path);
  dir = g_dir_open (path, 0, NULL);
  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_steal (names, NULL);
}

/* Numbers with or without 0x. */
gboolean
ho_host_number (const HoHost *self, gint64 *number, const char *format, ...)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  char *end = NULL;

  *number = 0;
  MAKE_PATH (self, format, path);
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  g_strstrip (text);
  *number = g_ascii_strtoll (text, &end, strncmp (text, "0x", 2) == 0 ? 16 : 10);
  return end != text && *end == '\0';
}

/**
 * ho_host_option:
 * @self: a host
 * @name: an option of the kernel's command line, such as `intel_iommu`
 *
 * Returns: (transfer full) (nullable): its last value, empty if it has none; %NULL if it is not
 *   there
 */
char *
ho_host_option (const HoHost *self, const char *name)
{
  g_auto (GStrv) words = NULL;
  char *value = NULL;

  if (self->cmdline == NULL)
    return NULL;
  words = g_strsplit_set (self->cmdline, " \t\n", -1);
  for (char **word = words; *word != NULL; word++)
    {
      gsize length = strlen (name);

      if (strncmp (*word, name, length) != 0)
        continue;
      if ((*word)[length] == '=' || (*word)[length] == '\0')
        {
          g_free (value);
          value = g_strdup (*word + length + ((*word)[length] == '='));
        }
    }
  return value;
}

/**
 * ho_host_cpu_field:
 * @self: a host
 * @name: such as `flags`
 *
 * Returns: (transfer full) (nullable): what /proc/cpuinfo says of the first processor
 */
char *
ho_host_cpu_field (const HoHost *self, const char *name)
{
  g_auto (GStrv) lines = self->cpuinfo != NULL ? g_strsplit (self->cpuinfo, "\n", -1) : NULL;

  for (char **line = lines; line != NULL && *line != NULL; line++)
    {
      char *colon = strchr (*line, ':');

      if (colon == NULL)
        continue;
      *colon = '\0';
      if (g_str_equal (g_strstrip (*line), name))
        return g_strdup (g_strstrip (colon + 1));
    }
  return NULL;
}

gboolean
ho_host_cpu_flag (const HoHost *self, const char *flag)
{
  g_autofree char *flags = ho_host_cpu_field (self, "flags");
  g_auto (GStrv) words = flags != NULL ? g_strsplit (flags, " ", -1) : NULL;

  return words != NULL && g_strv_contains ((const char *const *) words, flag);
}

/**
 * ho_host_siblings:
 * @self: a host
 * @cpu: a processor
 * @siblings: (out): the threads of its core, itself included
 *
 * Returns: whether the kernel tells
 */
gboolean
ho_host_siblings (const HoHost *self, guint cpu, HoCpuSet *siblings)
{
  g_autofree char *list
      = ho_host_read (self, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);

  return ho_cpu_set_parse (siblings, list) && ho_cpu_set_has (siblings, cpu);
}

gboolean
ho_host_module (const HoHost *self, const char *module)
{
  return ho_host_exists (self, "/sys/module/%s", module);
}

static gboolean
list_has_module (const char *list, const char *module)
{
  g_auto (GStrv) names = list != NULL ? g_strsplit (list, ",", -1) : NULL;

  return names != NULL && g_strv_contains ((const char *const *) names, module);
}

static gboolean
file_blacklists (const HoHost *self, const char *dir, const char *name, const char *module)
{
  g_autofree char *text = ho_host_read (self, "%s/%s", dir, name);
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  for (char **line = lines; line != NULL && *line != NULL; line++)
    {
      g_auto (GStrv) words = g_strsplit_set (g_strstrip (*line), " \t", 2);

      if (g_strv_length (words) == 2 && g_str_equal (words[0], "blacklist")
          && g_str_equal (g_strstrip (words[1]), module))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_host_blacklists:
 * @self: a host
 * @module: a kernel module
 * @where: (out) (transfer full): the file or option that says so
 *
 * Returns: whether @module is not loaded by itself, see modprobe.d(5)
 */
gboolean
ho_host_blacklists (const HoHost *self, const char *module, char **where)
{
  static const char *const options[] = { "module_blacklist", "modprobe.blacklist" };
  static const char *const dirs[]
      = { "/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d" };

  *where = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *list = ho_host_option (self, options[i]);

      if (list_has_module (list, module))
        {
          *where = g_strdup (options[i]);
          return TRUE;
        }
    }
  for (gsize i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_auto (GStrv) names = ho_host_list (self, "%s", dirs[i]);

      for (char **name = names; name != NULL && *name != NULL; name++)
        {
          if (g_str_has_suffix (*name, ".conf") && file_blacklists (self, dirs[i], *name, module))
            {
              *where = g_build_filename (dirs[i], *name, NULL);
              return TRUE;
            }
        }
    }
  return FALSE;
}

/**
 * ho_host_has_process:
 * @self: a host
 * @command: a name as the kernel has it, 15 characters at most
 *
 * Returns: whether such a process runs
 */
gboolean
ho_host_has_process (const HoHost *self, const char *command)
{
  g_auto (GStrv) names = ho_host_list (self, "/proc");

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *comm
          = g_ascii_isdigit (**name) ? ho_host_read (self, "/proc/%s/comm", *name) : NULL;

      if (g_strcmp0 (comm, command) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Reading it all. */

static HoHostPci *
read_pci (HoHost *self, const char *address)
{
  HoHostPci *pci = g_new0 (HoHostPci, 1);
  g_autofree char *group = ho_host_link (self, "/sys/bus/pci/devices/%s/iommu_group", address);
  gint64 number;

  pci->address = g_strdup (address);
  ho_host_number (self, &number, "/sys/bus/pci/devices/%s/class", address);
  pci->class = (guint) number;
  ho_host_number (self, &number, "/sys/bus/pci/devices/%s/vendor", address);
  pci->vendor = (guint16) number;
  ho_host_number (self, &number, "/sys/bus/pci/devices/%s/device", address);
  pci->device = (guint16) number;
  pci->driver = ho_host_link (self, "/sys/bus/pci/devices/%s/driver", address);
  pci->group = group != NULL ? (int) g_ascii_strtoll (group, NULL, 10) : -1;
  pci->node = -1;
  if (ho_host_number (self, &number, "/sys/bus/pci/devices/%s/numa_node", address))
    pci->node = (int) number;
  pci->boot_vga = pci->class >> 16 == PCI_BASE_CLASS_DISPLAY
                  && ho_host_number (self, &number, "/sys/bus/pci/devices/%s/boot_vga", address)
                  && number == 1;
  return pci;
}

/**
 * ho_host_new:
 * @root: where the machine's files are: "" for this one
 *
 * Returns: (transfer full): the machine
 */
HoHost *
ho_host_new (const char *root)
{
  HoHost *self = g_new0 (HoHost, 1);
  g_auto (GStrv) devices = NULL;
  g_autofree char *online = NULL;
  char *end;

  self->root = g_strdup (root);
  self->cmdline = ho_host_read (self, "/proc/cmdline");
  self->cpuinfo = ho_host_read (self, "/proc/cpuinfo");
  end = self->cpuinfo != NULL ? strstr (self->cpuinfo, "\n\n") : NULL;
  if (end != NULL)
    *end = '\0';
  online = ho_host_read (self, "/sys/devices/system/cpu/online");
  ho_cpu_set_parse (&self->online, online);

  self->pci = g_ptr_array_new_with_free_func (pci_free);
  devices = ho_host_list (self, "/sys/bus/pci/devices");
  for (char **device = devices; device != NULL && *device != NULL; device++)
    g_ptr_array_add (self->pci, read_pci (self, *device));
  return self;
}

void
ho_host_free (HoHost *self)
{
  g_free (self->root);
  g_free (self->cmdline);
  g_free (self->cpuinfo);
  g_ptr_array_unref (self->pci);
  g_free (self);
}

/**
 * ho_host_find_pci:
 * @self: a host
 * @address: as in #HoHostPci
 *
 * Returns: (transfer none) (nullable): the function, if it is there
 */
const HoHostPci *
ho_host_find_pci (const HoHost *self, const char *address)
{
  for (guint i = 0; i < self->pci->len; i++)
    {
      const HoHostPci *pci = self->pci->pdata[i];

      if (g_str_equal (pci->address, address))
        return pci;
    }
  return NULL;
}

gboolean
ho_host_pci_is_display (const HoHostPci *pci)
{
  return pci->class >> 16 == PCI_BASE_CLASS_DISPLAY;
}

/**
 * ho_host_pci_to_string:
 * @pci: a function
 *
 * Returns: (transfer full): address, vendor and device: `0000:01:00.0 (10de:1c03)`
 */
char *
ho_host_pci_to_string (const HoHostPci *pci)
{
  return g_strdup_printf ("%s (%04x:%04x)", pci->address, pci->vendor, pci->device);
}
