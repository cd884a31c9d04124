/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gpu-monitor.h"

#include <umockdev.h>

/* The monitor with the kernel's events, as umockdev plays them: run by umockdev-wrapper. */

typedef struct
{
  UMockdevTestbed *bed;
  char *display;
  char *stranger;
  HoGpuMonitor *monitor;
  guint looks;
} Fixture;

static void
on_changed (Fixture *fixture)
{
  fixture->looks++;
}

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_a_second (void)
{
  gboolean over = FALSE;

  g_timeout_add_seconds (1, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_look (Fixture *fixture, guint number)
{
  while (fixture->looks < number)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const slots[] = { "0000:01:00", NULL };

  fixture->bed = umockdev_testbed_new ();
  fixture->display = umockdev_testbed_add_device (
      fixture->bed, "pci", "0000:01:00.0", NULL, "class", "0x030000", "vendor", "0x10de", "device",
      "0x1c03", NULL, "PCI_SLOT_NAME", "0000:01:00.0", NULL);
  fixture->stranger = umockdev_testbed_add_device (
      fixture->bed, "pci", "0000:05:00.0", NULL, "class", "0x020000", "vendor", "0x8086", "device",
      "0x1533", NULL, "PCI_SLOT_NAME", "0000:05:00.0", NULL);
  fixture->monitor = ho_gpu_monitor_new ("/");
  g_signal_connect_swapped (fixture->monitor, "changed", G_CALLBACK (on_changed), fixture);
  ho_gpu_monitor_set_slots (fixture->monitor, slots);
  wait_for_look (fixture, 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->monitor);
  g_object_unref (fixture->bed);
  g_free (fixture->display);
  g_free (fixture->stranger);
}

static const HoPciFunction *
find (Fixture *fixture)
{
  return ho_pci_scan_find (ho_gpu_monitor_get_scan (fixture->monitor), "0000:01:00.0");
}

/* Ten events of one change are one look, or two where the machine is slow. */
static void
test_burst (Fixture *fixture, gconstpointer data)
{
  g_assert_nonnull (find (fixture));
  g_assert_null (find (fixture)->driver);
  umockdev_testbed_set_attribute_link (fixture->bed, fixture->display, "driver",
                                       "../../bus/pci/drivers/vfio-pci");
  for (int i = 0; i < 5; i++)
    {
      umockdev_testbed_uevent (fixture->bed, fixture->display, "unbind");
      umockdev_testbed_uevent (fixture->bed, fixture->display, "bind");
    }
  wait_for_look (fixture, 2);
  wait_a_second ();
  g_assert_cmpuint (fixture->looks, <=, 3);
  g_assert_cmpstr (find (fixture)->driver, ==, "vfio-pci");
}

static void
test_elsewhere (Fixture *fixture, gconstpointer data)
{
  umockdev_testbed_uevent (fixture->bed, fixture->stranger, "bind");
  umockdev_testbed_uevent (fixture->bed, fixture->display, "change");
  wait_a_second ();
  g_assert_cmpuint (fixture->looks, ==, 1);
}

static void
test_pulled_out (Fixture *fixture, gconstpointer data)
{
  umockdev_testbed_uevent (fixture->bed, fixture->display, "remove");
  umockdev_testbed_remove_device (fixture->bed, fixture->display);
  wait_for_look (fixture, 2);
  wait_a_second ();
  ho_gpu_monitor_refresh_async (fixture->monitor, NULL, NULL, NULL);
  wait_for_look (fixture, fixture->looks + 1);
  g_assert_null (find (fixture));
}

/* Where no events of the kernel's arrive: one look, late enough to see what was only beginning. */
static void
test_told_by_others (Fixture *fixture, gconstpointer data)
{
  for (int i = 0; i < 3; i++)
    ho_gpu_monitor_note_change (fixture->monitor);
  umockdev_testbed_set_attribute_link (fixture->bed, fixture->display, "driver",
                                       "../../bus/pci/drivers/vfio-pci");
  wait_for_look (fixture, 2);
  g_assert_cmpstr (find (fixture)->driver, ==, "vfio-pci");
  wait_a_second ();
  g_assert_cmpuint (fixture->looks, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/gpu-monitor/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (burst);
  ADD (elsewhere);
  ADD (pulled_out);
  ADD (told_by_others);
#undef ADD
  return g_test_run ();
}
