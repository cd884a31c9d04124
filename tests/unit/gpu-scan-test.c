/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-root.h"
#include "pci-scan.h"

#include <sys/sysmacros.h>

/* Machines that are not here, as sysfs would show them. */

typedef struct
{
  FakeRoot *root;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->root = fake_root_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_root_free (fixture->root);
}

static HoPciScan *
scan (Fixture *fixture, const char *slot)
{
  const char *const slots[] = { slot, NULL };

  return ho_pci_scan_read (fixture->root->path, slots);
}

static char *
list_nodes (HoPciScan *seen, const char *address)
{
  const HoPciFunction *function = ho_pci_scan_find (seen, address);
  g_autoptr (GString) names = g_string_new (NULL);

  g_assert_nonnull (function);
  for (guint i = 0; i < function->nodes->len; i++)
    {
      const HoDeviceNode *node = function->nodes->pdata[i];

      g_string_append_printf (names, "%s%s=%u:%u", i > 0 ? " " : "", node->name,
                              major (node->device), minor (node->device));
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
assert_nodes (HoPciScan *seen, const char *address, const char *expected)
{
  g_autofree char *nodes = list_nodes (seen, address);

  g_assert_cmpstr (nodes, ==, expected);
}

static void
add_nvidia (Fixture *fixture, const char *slot, int minor_number)
{
  g_autofree char *display = g_strconcat (slot, ".0", NULL);
  g_autofree char *audio = g_strconcat (slot, ".1", NULL);
  g_autofree char *file = g_strdup_printf ("proc/driver/nvidia/gpus/%s/information", display);
  g_autofree char *text = g_strdup_printf ("Model: \t\t GeForce GTX 1060 6GB\nIRQ:   \t\t 33\n"
                                           "Bus Type: \t PCIe\nDevice Minor: \t %d\n",
                                           minor_number);
  g_autofree char *node = g_strdup_printf ("dev/nvidia%d", minor_number);

  fake_root_add_function (fixture->root, display, "0x030000", "0x10de", "0x1c03", 1);
  fake_root_bind (fixture->root, display, "nvidia");
  fake_root_add_function (fixture->root, audio, "0x040300", "0x10de", "0x10f1", 1);
  fake_root_bind (fixture->root, audio, "snd_hda_intel");
  fake_root_write (fixture->root, file, text);
  fake_root_write (fixture->root, node, "");
  fake_root_write (fixture->root, "dev/nvidiactl", "");
  fake_root_write (fixture->root, "dev/nvidia-modeset", "");
  fake_root_write (fixture->root, "dev/nvidia-uvm", "");
  fake_root_write (fixture->root, "dev/nvidia-uvm-tools", "");
  fake_root_write (fixture->root, "proc/devices",
                   "Character devices:\n  1 mem\n195 nvidia-frontend\n508 nvidia-uvm\n\n"
                   "Block devices:\n  8 sd\n");
}

static void
test_nvidia (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = NULL;
  const HoPciFunction *function;

  add_nvidia (fixture, "0000:01:00", 0);
  fake_root_add_node (fixture->root, "0000:01:00.0", "drm/card1", "drm", "dri/card1",
                      makedev (226, 1));
  fake_root_add_node (fixture->root, "0000:01:00.0", "drm/renderD129", "drm", "dri/renderD129",
                      makedev (226, 129));
  fake_root_add_node (fixture->root, "0000:01:00.0", "drm/card1/card1-DP-1/i2c-5/i2c-dev/i2c-5",
                      "i2c-dev", "i2c-5", makedev (89, 5));
  fake_root_add_node (fixture->root, "0000:01:00.1", "sound/card2/controlC2", "sound",
                      "snd/controlC2", makedev (116, 9));
  seen = scan (fixture, "0000:01:00");
  assert_nodes (seen, "0000:01:00.0",
                "dri/card1=226:1 dri/renderD129=226:129 i2c-5=89:5 nvidia-modeset=195:254 "
                "nvidia-uvm=508:0 nvidia-uvm-tools=508:1 nvidia0=195:0 nvidiactl=195:255");
  assert_nodes (seen, "0000:01:00.1", "snd/controlC2=116:9");
  function = ho_pci_scan_find (seen, "0000:01:00.0");
  g_assert_cmpint (function->kind, ==, HO_PCI_DISPLAY);
  g_assert_cmpint (function->group, ==, 1);
  g_assert_cmpstr (function->driver, ==, "nvidia");
  g_assert_cmpstr (function->name, ==, "GeForce GTX 1060 6GB");
  g_assert_true (ho_pci_function_has_all_nodes (function));

  fake_root_remove (fixture->root, "dev/nvidia0");
  ho_pci_scan_unref (seen);
  seen = scan (fixture, "0000:01:00");
  g_assert_false (ho_pci_function_has_all_nodes (ho_pci_scan_find (seen, "0000:01:00.0")));
}

/* What all cards of nvidia's driver share says nothing about one of two. */
static void
test_two_nvidia (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = NULL;

  add_nvidia (fixture, "0000:01:00", 1);
  add_nvidia (fixture, "0000:02:00", 0);
  seen = scan (fixture, "0000:01:00");
  assert_nodes (seen, "0000:01:00.0", "nvidia1=195:1");
  assert_nodes (seen, "0000:02:00.0", "nvidia0=195:0");
}

static void
test_amd (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = NULL;

  fake_root_add_function (fixture->root, "0000:03:00.0", "0x030000", "0x1002", "0x73bf", 20);
  fake_root_bind (fixture->root, "0000:03:00.0", "amdgpu");
  fake_root_add_node (fixture->root, "0000:03:00.0", "drm/card0", "drm", "dri/card0",
                      makedev (226, 0));
  fake_root_write (fixture->root, "sys/class/kfd/kfd/uevent", "MAJOR=511\nMINOR=0\nDEVNAME=kfd\n");
  fake_root_write (fixture->root, "dev/kfd", "");
  /* Its USB controller has a mouse plugged in, which is not the card's. */
  fake_root_add_function (fixture->root, "0000:03:00.2", "0x0c0330", "0x1002", "0x73a6", 20);
  fake_root_bind (fixture->root, "0000:03:00.2", "xhci_hcd");
  fake_root_add_node (fixture->root, "0000:03:00.2", "usb5", "usb", "bus/usb/005/001",
                      makedev (189, 512));
  fake_root_add_node (fixture->root, "0000:03:00.2", "usb5/5-1/5-1:1.0/input/input9/event9",
                      "input", "input/event9", makedev (13, 73));
  seen = scan (fixture, "0000:03:00");
  assert_nodes (seen, "0000:03:00.0", "dri/card0=226:0 kfd=511:0");
  assert_nodes (seen, "0000:03:00.2", "");
  g_assert_cmpint (ho_pci_scan_find (seen, "0000:03:00.2")->kind, ==, HO_PCI_USB);
}

/* virtio's nodes hang on a device below the function. */
static void
test_deep_nodes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = NULL;
  const HoPciFunction *function;

  fake_root_add_function (fixture->root, "0000:02:00.0", "0x038000", "0x1af4", "0x1050", 3);
  fake_root_bind (fixture->root, "0000:02:00.0", "virtio-pci");
  fake_root_link (fixture->root, "sys/bus/virtio/drivers/virtio_gpu/module",
                  "../../../../module/virtio_gpu");
  fake_root_link (fixture->root, "sys/bus/pci/devices/0000:02:00.0/virtio1/driver",
                  "../../../../virtio/drivers/virtio_gpu");
  fake_root_add_node (fixture->root, "0000:02:00.0", "virtio1/drm/card1", "drm", "dri/card1",
                      makedev (226, 1));
  seen = scan (fixture, "0000:02:00");
  assert_nodes (seen, "0000:02:00.0", "dri/card1=226:1");
  function = ho_pci_scan_find (seen, "0000:02:00.0");
  g_assert_cmpuint (function->modules->len, ==, 1);
  g_assert_cmpstr (function->modules->pdata[0], ==, "virtio_gpu");
}

static void
test_without_driver (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = NULL;
  const HoPciFunction *function;

  fake_root_add_function (fixture->root, "0000:01:00.0", "0x030000", "0xffff", "0x0001", -1);
  seen = scan (fixture, "0000:01:00");
  function = ho_pci_scan_find (seen, "0000:01:00.0");
  g_assert_null (function->driver);
  g_assert_null (function->name);
  g_assert_cmpint (function->group, ==, -1);
  g_assert_false (ho_pci_function_is_set_aside (function));
  assert_nodes (seen, "0000:01:00.0", "");
}

static void
test_set_aside (Fixture *fixture, gconstpointer data)
{
  static const char *const drivers[] = { "vfio-pci", "nvgrace_gpu_vfio_pci", "pci-stub" };

  fake_root_add_function (fixture->root, "0000:01:00.0", "0x030000", "0x10de", "0x1c03", 1);
  for (gsize i = 0; i < G_N_ELEMENTS (drivers); i++)
    {
      g_autoptr (HoPciScan) seen = NULL;

      fake_root_bind (fixture->root, "0000:01:00.0", drivers[i]);
      fake_root_add_node (fixture->root, "0000:01:00.0", "vfio-dev/vfio0", "vfio-dev",
                          "vfio/devices/vfio0", makedev (240, 0));
      seen = scan (fixture, "0000:01:00");
      g_assert_true (ho_pci_function_is_set_aside (ho_pci_scan_find (seen, "0000:01:00.0")));
      assert_nodes (seen, "0000:01:00.0", "");
    }
}

static void
test_group (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = NULL;
  g_autoptr (GPtrArray) group = NULL;

  fake_root_add_function (fixture->root, "0000:00:01.0", "0x060400", "0x8086", "0x0c01", 1);
  add_nvidia (fixture, "0000:01:00", 0);
  fake_root_add_function (fixture->root, "0000:05:00.0", "0x020000", "0x8086", "0x1533", 1);
  fake_root_add_function (fixture->root, "0000:06:00.0", "0x010802", "0x144d", "0xa808", 2);
  seen = scan (fixture, "0000:01:00");
  group = ho_pci_scan_list_group (seen, 1);
  g_assert_cmpuint (group->len, ==, 4);
  g_assert_cmpstr (((HoPciFunction *) group->pdata[3])->address, ==, "0000:05:00.0");
  g_assert_cmpint (((HoPciFunction *) group->pdata[0])->kind, ==, HO_PCI_BRIDGE);
}

static void
test_64_cards (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (HoPciScan) seen = NULL;

  for (int i = 0; i < 64; i++)
    {
      g_autofree char *slot = g_strdup_printf ("0000:%02x:00", i + 1);

      add_nvidia (fixture, slot, i);
      g_ptr_array_add (slots, g_steal_pointer (&slot));
    }
  g_ptr_array_add (slots, NULL);
  seen = ho_pci_scan_read (fixture->root->path, (const char *const *) slots->pdata);
  for (int i = 0; i < 64; i++)
    {
      g_autofree char *address = g_strdup_printf ("0000:%02x:00.0", i + 1);
      g_autofree char *nodes = g_strdup_printf ("nvidia%d=195:%d", i, i);

      assert_nodes (seen, address, nodes);
    }
}

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoPciScan) seen = ho_pci_scan_read ("/nonexistent", NULL);

  g_assert_cmpuint (g_hash_table_size (seen->functions), ==, 0);
  g_assert_null (ho_pci_scan_find (seen, "0000:01:00.0"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/gpu-scan/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (nvidia);
  ADD (two_nvidia);
  ADD (amd);
  ADD (deep_nodes);
  ADD (without_driver);
  ADD (set_aside);
  ADD (group);
  ADD (64_cards);
  ADD (nothing);
#undef ADD
  return g_test_run ();
}
