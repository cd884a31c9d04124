/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include <glib/gi18n.h>

/* The unit that keeps a device's memory accesses inside the guest it is given to,
 * https://docs.kernel.org/driver-api/vfio.html. */

#define PCI_CLASS_BRIDGE_HOST 0x0600
#define PCI_CLASS_BRIDGE_PCI 0x0604

static gboolean
has_groups (const HoHost *host)
{
  g_auto (GStrv) groups = ho_host_list (host, "/sys/kernel/iommu_groups");

  return groups != NULL && groups[0] != NULL;
}

static gboolean
is_intel (const HoHost *host)
{
  g_autofree char *vendor = ho_host_cpu_field (host, "vendor_id");

  return g_strcmp0 (vendor, "GenuineIntel") == 0;
}

static void
run_hardware (const HoDoctorContext *context, HoFinding *finding)
{
  const HoHost *host = context->host;

  if (!context->local)
    return;
  /* https://uefi.org/acpi: DMAR is Intel's table, IVRS is AMD's. */
  if (ho_host_exists (host, "/sys/firmware/acpi/tables/DMAR"))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("VT-d: the firmware has a DMAR table"));
  else if (ho_host_exists (host, "/sys/firmware/acpi/tables/IVRS"))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("AMD-Vi: the firmware has an IVRS table"));
  else if (has_groups (host))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the kernel uses one"));
  else if (!ho_host_exists (host, "/sys/firmware/acpi/tables"))
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the firmware's ACPI tables cannot be seen"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ERROR,
                      _ ("neither DMAR nor IVRS in /sys/firmware/acpi/tables"));
      ho_finding_advise (finding, is_intel (host)
                                      ? _ ("Switch on VT-d in the firmware set-up of the "
                                           "mainboard. Not every board and processor has it.")
                                      : _ ("Switch on IOMMU (AMD-Vi) in the firmware set-up of "
                                           "the mainboard."));
    }
}

const HoCheck ho_check_iommu_hardware = {
  .id = "iommu-hardware",
  .family = HO_FAMILY_IOMMU,
  .title = N_ ("Does the firmware offer an IOMMU?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("A device can be given to a guest only if an IOMMU keeps it out of all other memory."),
  .source = "https://docs.kernel.org/driver-api/vfio.html",
  .run = run_hardware,
};

static void
advise_option (HoFinding *finding, const char *option)
{
  ho_finding_advise (finding,
                     "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&%s /' /etc/default/grub && "
                     "sudo update-grub   # Debian, Ubuntu\n"
                     "sudo grubby --update-kernel=ALL --args='%s'   # Fedora",
                     option, option);
}

static void
run_cmdline (const HoDoctorContext *context, HoFinding *finding)
{
  const HoHost *host = context->host;
  gboolean intel = is_intel (host);
  const char *name = intel ? "intel_iommu" : "amd_iommu";
  g_autofree char *value = ho_host_option (host, name);

  if (!context->local)
    return;
  if (host->cmdline == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("/proc/cmdline cannot be read"));
  else if (value != NULL && strstr (value, "off") != NULL)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("%s=%s on the kernel's command line"), name,
                      value);
      ho_finding_advise (finding,
                         _ ("Remove %s=%s from the kernel's command line "
                            "(GRUB_CMDLINE_LINUX in /etc/default/grub)."),
                         name, value);
    }
  else if (value != NULL)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%s=%s on the kernel's command line"), name, value);
  else if (has_groups (host))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("on without %s on the kernel's command line"), name);
  else if (intel)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("no %s=on on the kernel's command line"), name);
      advise_option (finding, "intel_iommu=on");
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("AMD's IOMMU needs no option"));
}

const HoCheck ho_check_iommu_cmdline = {
  .id = "iommu-option",
  .family = HO_FAMILY_IOMMU,
  .title = N_ ("Is the IOMMU switched on for the kernel?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("Many kernels leave Intel's IOMMU off unless they are told to use it."),
  .source = "https://docs.kernel.org/admin-guide/kernel-parameters.html",
  .run = run_cmdline,
};

static void
run_groups (const HoDoctorContext *context, HoFinding *finding)
{
  g_auto (GStrv) groups = ho_host_list (context->host, "/sys/kernel/iommu_groups");

  if (!context->local)
    return;
  if (groups == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("/sys/kernel/iommu_groups cannot be read"));
  else if (groups[0] != NULL)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%u groups in /sys/kernel/iommu_groups"),
                    g_strv_length (groups));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("/sys/kernel/iommu_groups is empty"));
      ho_finding_advise (finding, "sudo dmesg | grep -i -e DMAR -e IOMMU -e AMD-Vi");
    }
}

const HoCheck ho_check_iommu_groups = {
  .id = "iommu-groups",
  .family = HO_FAMILY_IOMMU,
  .title = N_ ("Has the kernel sorted devices into IOMMU groups?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("Without groups VFIO has nothing that it could give to a guest."),
  .source = "https://docs.kernel.org/driver-api/vfio.html#groups-devices-and-iommus",
  .run = run_groups,
};

/* Strangers: what shares the group of a passed device, is not passed and is not a bridge. */

static gboolean
is_bridge (const HoHostPci *pci)
{
  return pci->class >> 8 == PCI_CLASS_BRIDGE_PCI || pci->class >> 8 == PCI_CLASS_BRIDGE_HOST;
}

static gboolean
is_harmless (const HoHostPci *pci)
{
  return pci->driver == NULL || g_str_equal (pci->driver, "vfio-pci")
         || g_str_equal (pci->driver, "pci-stub") || g_str_equal (pci->driver, "pcieport");
}

static gboolean
shares_group (const HoDoctorContext *context, const HoHostPci *pci)
{
  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *other = context->host->pci->pdata[i];

      if (other->group == pci->group && ho_doctor_context_passes (context, other->address))
        return TRUE;
    }
  return FALSE;
}

static gboolean
knows_groups (const HoDoctorContext *context)
{
  for (guint i = 0; i < context->facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = context->facts->pci_hostdevs->pdata[i];
      const HoHostPci *pci = ho_host_find_pci (context->host, hostdev->address);

      if (pci != NULL && pci->group >= 0)
        return TRUE;
    }
  return FALSE;
}

static void
run_strangers (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GString) held = g_string_new (NULL);
  g_autoptr (GString) idle = g_string_new (NULL);

  if (!ho_doctor_context_has_card (context))
    return;
  if (!context->local || !knows_groups (context))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("the guest's devices are in no IOMMU group that can be seen here"));
      return;
    }
  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];
      g_autofree char *name = ho_host_pci_to_string (pci);

      if (pci->group < 0 || is_bridge (pci) || ho_doctor_context_passes (context, pci->address)
          || !shares_group (context, pci))
        continue;
      g_string_append_printf (is_harmless (pci) ? idle : held, _ ("%s%s in group %d (%s)"),
                              (is_harmless (pci) ? idle : held)->len > 0 ? ", " : "", name,
                              pci->group, pci->driver != NULL ? pci->driver : _ ("no driver"));
    }
  if (held->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, "%s", held->str);
      ho_finding_advise (finding,
                         _ ("Pass these devices too, or plug the card into another slot; slots "
                            "that the processor serves directly often have a group of their own. "
                            "libvirt refuses to start the guest as it is."));
    }
  else if (idle->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, "%s", idle->str);
      ho_finding_advise (finding, _ ("Pass these devices too. The guest starts as long as no "
                                     "driver of the host takes them."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the guest gets every device of its groups"));
}

const HoCheck ho_check_group_strangers = {
  .id = "iommu-strangers",
  .family = HO_FAMILY_IOMMU,
  .title = N_ ("Does the guest get whole IOMMU groups?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("Devices of one group can reach each other past the IOMMU, so a group belongs to the "
             "host or to one guest as a whole."),
  .source = "https://docs.kernel.org/driver-api/vfio.html#groups-devices-and-iommus",
  .run = run_strangers,
};

static void
run_acs (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *value = ho_host_option (context->host, "pcie_acs_override");

  if (!context->local)
    return;
  if (context->host->cmdline == NULL || !has_groups (context->host))
    return;
  if (value == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("no pcie_acs_override on the command line"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_WARNING, "pcie_acs_override=%s", value);
  ho_finding_advise (finding, _ ("Keep it only if no slot has a clean group, and trust no guest "
                                 "with such a device."));
}

const HoCheck ho_check_acs_override = {
  .id = "iommu-acs-override",
  .family = HO_FAMILY_IOMMU,
  .title = N_ ("Are IOMMU groups what the hardware says?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING,
  .why
  = N_ ("The ACS override patch splits groups that the hardware does not keep apart: a guest's "
        "device may then reach others and crash or read the host."),
  .source = "https://vfio.blogspot.com/2014/08/iommu-groups-inside-and-out.html",
  .run = run_acs,
};

static void
run_remapping (const HoDoctorContext *context, HoFinding *finding)
{
  const char *path = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
  g_autofree char *value = ho_host_read (context->host, "%s", path);

  if (!context->local)
    return;
  if (!ho_host_module (context->host, "vfio_iommu_type1"))
    return;
  if (value == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("%s cannot be read"), path);
  else if (g_str_equal (value, "Y"))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, "allow_unsafe_interrupts=Y");
      ho_finding_advise (finding, "grep -r allow_unsafe_interrupts /etc/modprobe.d   # %s",
                         _ ("remove the line, if the board has interrupt remapping"));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "allow_unsafe_interrupts=%s", value);
}

const HoCheck ho_check_interrupt_remapping = {
  .id = "iommu-interrupts",
  .family = HO_FAMILY_IOMMU,
  .title = N_ ("Are a device's interrupts kept apart too?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("With unsafe interrupts a guest's device can send any interrupt to the host."),
  .source = "https://docs.kernel.org/admin-guide/kernel-parameters.html",
  .run = run_remapping,
};
