/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host-tree.h"
#include "report.h"

#include <string.h>

/* A report of a machine in which what must not leave it was planted. */

static const char *const plants[] = {
  "file /proc/sys/kernel/hostname wonderland.example.org",
  "file /etc/hostname wonderland",
  "file /etc/machine-id 0123456789abcdef0123456789abcdef",
  "file /sys/class/dmi/id/product_serial PF-2NX7Q9",
  "file /sys/class/dmi/id/product_uuid 4c4c4544-0042-3510-8052-b4c04f4a4e32",
  "file /sys/class/net/eno1/address 3c:52:82:aa:bb:cc",
  "file /sys/block/sda/device/serial S3Z8NB0K700123X",
  "file /sys/block/sda/device/wwid naa.5002538e40a1b2c3",
  "usb 1-1 046d:c52b serial=KBD77aa12",
  "fact user alice",
  "fact groups alice libvirt",
  "fact input-devices 046d:c52b/serial=KBD77aa12",
  "fact addresses 192.168.122.77 2001:db8::c0:ffee",
  "file /proc/cmdline root=UUID=7f3b1c2a-9d1e-4a0b-8f7e-0c1d2e3f4a5b ro intel_iommu=on "
  "rd.luks.name=alice",
  "fact journal Nov 24 20:00:01 wonderland kernel: audit: apparmor=\"DENIED\" "
  "profile=\"libvirt-6695eb01-f6a4-4304-b9aa-97f2502e193f\" name=\"/home/alice/disk.img\" "
  "comm=\"qemu\"",
};

static const char *const secrets[] = { "wonderland",
                                       "0123456789abcdef",
                                       "PF-2NX7Q9",
                                       "4c4c4544",
                                       "3c:52:82",
                                       "S3Z8NB0K70",
                                       "5002538e40a1b2c3",
                                       "KBD77aa12",
                                       "alice",
                                       "192.168.122.77",
                                       "2001:db8",
                                       "7f3b1c2a",
                                       "6695eb01",
                                       "52:54:00",
                                       "WD-WX11A77",
                                       "sesame",
                                       "d41d8cd98f00b204e9800",
                                       "5000c50015ea71ac" };

static const char devices[]
    = "<sysinfo type='smbios'><system><entry name='serial'>d41d8cd98f00b204e9800</entry>"
      "</system></sysinfo><devices>"
      "<disk type='file' device='disk'><source file='/home/alice/games.qcow2'/>"
      "<target dev='vdb' bus='virtio'/><serial>WD-WX11A77</serial>"
      "<wwn>5000c50015ea71ac</wwn></disk>"
      "<graphics type='vnc' port='-1' passwd='sesame'/>"
      "<interface type='user'><ip address='192.168.122.77'/></interface>";

static void
test_masks (void)
{
  g_autofree char *data = g_test_build_filename (G_TEST_DIST, "..", "data", "doctor", NULL);
  g_autofree char *path = g_build_filename (data, "guests", "win10.xml", NULL);
  g_autoptr (HostTree) tree = host_tree_new (data);
  g_autoptr (HoDiagnosis) diagnosis = NULL;
  g_autoptr (GString) xml = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *report = NULL;
  g_autofree char *lower = NULL;
  HoDoctorContext *context;

  host_tree_include (tree, "intel-desktop");
  for (gsize i = 0; i < G_N_ELEMENTS (plants); i++)
    host_tree_add_line (tree, plants[i]);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  xml = g_string_new (text);
  g_string_replace (xml, "<devices>", devices, 1);
  context = host_tree_finish (tree);
  ho_doctor_context_set_guest (context, xml->str, xml->str, &error);
  g_assert_no_error (error);

  /* Each of them is there to be found: in the XML, or in what a check has seen. */
  diagnosis = ho_diagnosis_new (g_steal_pointer (&tree->context), NULL);
  report = ho_diagnosis_write_report (diagnosis);
  lower = g_ascii_strdown (report, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autofree char *secret = g_ascii_strdown (secrets[i], -1);

      if (strstr (lower, secret) != NULL)
        g_error ("the report tells %s:\n%s", secrets[i], report);
    }
  /* What helps is still there. */
  g_test_message ("%s", report);
  g_assert_nonnull (strstr (report, "0000:01:00.0"));
  g_assert_nonnull (strstr (report, "10de:1c03"));
  g_assert_nonnull (strstr (report, "intel_iommu=on"));
  g_assert_nonnull (strstr (report, "QEMU: 7.2.17"));
  g_assert_nonnull (strstr (report, "| cpu-pinning | ok |"));
  g_assert_nonnull (strstr (report, "lsm-denials | warning"));
  g_assert_nonnull (strstr (report, "<mac address=\"MAC\"/>"));
  g_assert_nonnull (strstr (report, "sockets=\"1\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor/report", test_masks);
  return g_test_run ();
}
