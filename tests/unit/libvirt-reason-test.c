/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "libvirt-error.h"
#include "libvirt-reason.h"

/* What libvirt and QEMU said in real failures, and what a user is told. */

static const struct
{
  int code;
  const char *raw;
  const char *piece;
  HoError error;
} cases[] = {
  { VIR_ERR_CONFIG_UNSUPPORTED, "Did not find USB device 1234:5678", "not plugged in",
    HO_ERROR_FAILED },
  { VIR_ERR_OPERATION_FAILED, "Multiple USB devices for 627:1, use <address> to specify one",
    "Unplug one", HO_ERROR_FAILED },
  { VIR_ERR_OPERATION_INVALID,
    "Requested operation is not valid: USB device 001:002 is in use by "
    "driver QEMU, domain win",
    "with another guest", HO_ERROR_BUSY },
  { VIR_ERR_OPERATION_INVALID,
    "Requested operation is not valid: PCI device 0000:01:00.0 is in "
    "use by driver QEMU, domain win",
    "with another guest", HO_ERROR_BUSY },
  { VIR_ERR_INTERNAL_ERROR,
    "internal error: process exited while connecting to monitor: 2026-01-01T00:00:00.0Z "
    "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 11 is not "
    "viable\nPlease ensure all devices within the iommu_group are bound to their vfio bus "
    "driver.\n",
    "shares its IOMMU group", HO_ERROR_FAILED },
  { VIR_ERR_INTERNAL_ERROR,
    "internal error: qemu unexpectedly closed the monitor: qemu-system-x86_64: Could not init `pa' "
    "audio driver",
    "sound server", HO_ERROR_FAILED },
  { VIR_ERR_INTERNAL_ERROR,
    "internal error: process exited while connecting to monitor: qemu: module audio-audio-pa not "
    "found, do you want to install qemu-system-gui package?; audio: Unknown audio driver `pa'",
    "qemu-system-gui (Debian)", HO_ERROR_FAILED },
  { VIR_ERR_INTERNAL_ERROR,
    "internal error: qemu unexpectedly closed the monitor: qemu-system-x86_64: unable to map "
    "backing store for guest RAM: Cannot allocate memory",
    "huge pages", HO_ERROR_FAILED },
  { VIR_ERR_OPERATION_INVALID, "Requested operation is not valid: network 'default' is not active",
    "net-start", HO_ERROR_FAILED },
  { VIR_ERR_OPERATION_FAILED, "operation failed: Active channel stream exists for this domain",
    "return channel", HO_ERROR_BUSY },
  { VIR_ERR_OPERATION_TIMEOUT,
    "Timed out during operation: cannot acquire state change lock (held by monitor="
    "remoteDispatchDomainCreate)",
    "still busy", HO_ERROR_BUSY },
  /* Told by their code, and as they came. */
  { VIR_ERR_NO_DOMAIN, "Domain not found: no domain with matching uuid", "does not exist any more",
    HO_ERROR_NOT_FOUND },
  { VIR_ERR_INTERNAL_ERROR, "internal error: something new", "internal error: something new",
    HO_ERROR_FAILED },
};

static void
test_translated (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      virError failure = { .code = cases[i].code, .message = (char *) cases[i].raw };
      g_autoptr (GError) error = ho_libvirt_error_to_error (&failure);
      g_auto (GStrv) lines = g_strsplit (cases[i].raw, "\n", 2);

      g_assert_error (error, HO_ERROR, (int) cases[i].error);
      g_assert_nonnull (strstr (error->message, cases[i].piece));
      /* The raw text stays, for whoever searches the web for it; in one line. */
      g_assert_nonnull (strstr (error->message, lines[0]));
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
test_nothing_said (void)
{
  virError failure = { .code = VIR_ERR_INTERNAL_ERROR, .message = NULL };
  g_autoptr (GError) error = ho_libvirt_error_to_error (&failure);
  g_autoptr (GError) none = ho_libvirt_error_to_error (NULL);

  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  g_assert_error (none, HO_ERROR, HO_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/libvirt-reason/translated", test_translated);
  g_test_add_func ("/libvirt-reason/nothing-said", test_nothing_said);
  return g_test_run ();
}
