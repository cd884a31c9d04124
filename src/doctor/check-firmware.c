/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include <glib/gi18n.h>

#define VENDOR_NVIDIA 0x10de
#define FEATURES "https://libvirt.org/formatdomain.html#hypervisor-features"
#define BOOTING "https://libvirt.org/formatdomain.html#bios-bootloader"

static gboolean
has_uefi (const HoDoctorContext *context)
{
  return ho_xml_has (context->definition,
                     "/domain/os[@firmware='efi'] | /domain/os/loader[@type='pflash']");
}

static void
run_uefi (const HoDoctorContext *context, HoFinding *finding)
{
  if (!ho_doctor_context_has_card (context))
    return;
  if (!ho_xml_has (context->definition, "/domain/os/type[.='hvm']"))
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("not a fully virtualised guest"));
  else if (has_uefi (context))
    ho_finding_say (finding, HO_VERDICT_OK, "UEFI");
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, "BIOS (SeaBIOS)");
      ho_finding_advise (finding,
                         _ ("Make new guests with UEFI (OVMF). An installed system mostly does not "
                            "boot after a change, so leave this one if it works."));
    }
}

const HoCheck ho_check_firmware = {
  .id = "firmware",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Does the guest start by UEFI?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("UEFI uses a card without its VGA part, so it does not get in the way of the host's; "
             "and current cards and Windows expect it."),
  .source = BOOTING,
  .run = run_uefi,
};

static void
run_machine (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *machine = ho_xml_text (context->definition, "/domain/os/type/@machine");

  if (!ho_doctor_context_has_card (context))
    return;
  if (machine == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the guest's XML names no machine"));
  else if (strstr (machine, "q35") != NULL)
    ho_finding_say (finding, HO_VERDICT_OK, "%s", machine);
  else if (g_str_equal (machine, "pc") || strstr (machine, "i440fx") != NULL)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, "%s", machine);
      ho_finding_advise (finding,
                         _ ("Make new guests with q35. Leave this one if its card works."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, "%s", machine);
}

const HoCheck ho_check_machine = {
  .id = "machine",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Has the guest's machine PCI Express?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("On i440fx a card sits on an old PCI bus: some drivers then find no link speed, no "
             "resizable BAR, or refuse to start."),
  .source = "https://www.qemu.org/docs/master/system/i386/pc.html",
  .run = run_machine,
};

/* Windows 11 and the servers that want the same. */
static gboolean
is_windows_11 (const HoDoctorContext *context)
{
  g_autofree char *os
      = ho_xml_text (context->definition, "/domain/metadata//*[local-name()='os']/@id");

  return os != NULL && strstr (os, "microsoft.com/win/11") != NULL;
}

static void
run_tpm (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *version
      = ho_xml_text (context->definition, "/domain/devices/tpm/backend/@version");
  gboolean wanted = is_windows_11 (context);

  if (!ho_doctor_context_is_windows (context))
    return;
  if (!ho_xml_has (context->definition, "/domain/devices/tpm"))
    {
      ho_finding_say (finding, wanted ? HO_VERDICT_WARNING : HO_VERDICT_ADVICE, _ ("no TPM"));
      if (context->local && ho_host_exists (context->host, "/usr/bin/swtpm"))
        ho_finding_offer (finding, _ ("Add an emulated TPM 2.0 to the guest's XML."));
      else
        ho_finding_advise (finding, "sudo apt install swtpm swtpm-tools   # %s",
                           _ ("or with dnf, pacman or zypper; then run this again"));
    }
  else if (g_strcmp0 (version, "1.2") == 0)
    {
      ho_finding_say (finding, wanted ? HO_VERDICT_WARNING : HO_VERDICT_ADVICE, "TPM 1.2");
      ho_finding_advise (finding, _ ("Set version='2.0' on the <backend> of <tpm>, unless disks in "
                                     "the guest are encrypted with this one."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "TPM %s", version != NULL ? version : "2.0");
}

static gboolean
fix_tpm (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *devices = ho_xml_first (doc, "/domain/devices");
  xmlNode *tpm;

  if (devices == NULL || ho_xml_find_child (devices, "tpm") != NULL)
    return TRUE;
  tpm = ho_xml_add_child (devices, "tpm", "model", "tpm-crb", NULL);
  ho_xml_add_child (tpm, "backend", "type", "emulator", "version", "2.0", NULL);
  return TRUE;
}

const HoCheck ho_check_tpm = {
  .id = "tpm",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Has Windows a TPM?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("Windows 11 does not install without TPM 2.0, and some games ask for it."),
  .source = "https://libvirt.org/formatdomain.html#tpm-device",
  .run = run_tpm,
  .fix = fix_tpm,
  .touches = "/domain/devices/tpm",
};

static void
run_secure_boot (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean secure = ho_xml_has (
      context->definition, "/domain/os/loader[@secure='yes'] | "
                           "/domain/os/firmware/feature[@name='secure-boot' and @enabled='yes']");

  if (!ho_doctor_context_is_windows (context))
    return;
  if (secure)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("Secure Boot is on"));
  else if (is_windows_11 (context))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("Secure Boot is off"));
      ho_finding_advise (finding, BOOTING "   # %s",
                         _ ("<os firmware='efi'> with <feature enabled='yes' name='secure-boot'/>, "
                            "best before Windows is installed"));
    }
  else if (has_uefi (context))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("off, which this Windows does not mind"));
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("off, as BIOS has none"));
}

const HoCheck ho_check_secure_boot = {
  .id = "secure-boot",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Can Windows have Secure Boot?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("Windows 11 asks for it when it is installed, and some games when they start."),
  .source = BOOTING,
  .run = run_secure_boot,
};

static const char *const enlightenments[]
    = { "relaxed", "vapic", "spinlocks", "vpindex", "synic", "stimer" };

static char *
list_missing_enlightenments (const HoDoctorContext *context)
{
  g_autoptr (GString) missing = g_string_new (NULL);
  g_autofree char *mode = ho_xml_text (context->definition, "/domain/features/hyperv/@mode");

  if (g_strcmp0 (mode, "passthrough") == 0)
    return g_strdup ("");
  for (gsize i = 0; i < G_N_ELEMENTS (enlightenments); i++)
    {
      g_autofree char *path
          = g_strdup_printf ("/domain/features/hyperv/%s[@state='on']", enlightenments[i]);

      if (!ho_xml_has (context->definition, path))
        g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "", enlightenments[i]);
    }
  return g_string_free (g_steal_pointer (&missing), FALSE);
}

static void
run_hyperv (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *missing = NULL;

  if (!ho_doctor_context_is_windows (context))
    return;
  missing = list_missing_enlightenments (context);
  if (*missing == '\0')
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("<hyperv> has what Windows uses"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("off in <hyperv>: %s"), missing);
  ho_finding_offer (finding, _ ("Switch them on in the guest's XML, under <features><hyperv>."));
}

static gboolean
fix_hyperv (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *features = ho_xml_find_child (root, "features");
  xmlNode *hyperv;

  if (features == NULL)
    features = ho_xml_add_child (root, "features", NULL);
  hyperv = ho_xml_find_child (features, "hyperv");
  if (hyperv == NULL)
    hyperv = ho_xml_add_child (features, "hyperv", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (enlightenments); i++)
    {
      xmlNode *node = ho_xml_find_child (hyperv, enlightenments[i]);

      if (node == NULL)
        node = ho_xml_add_child (hyperv, enlightenments[i], NULL);
      ho_xml_set_attribute (node, "state", "on");
      if (g_str_equal (enlightenments[i], "spinlocks")
          && ho_xml_attribute_is (node, "retries", NULL))
        ho_xml_set_attribute (node, "retries", "8191");
    }
  return TRUE;
}

const HoCheck ho_check_hyperv = {
  .id = "hyperv",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Does Windows know that it is a guest?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("With Hyper-V's enlightenments Windows asks the hypervisor instead of emulated "
             "hardware, which costs less and idles better."),
  .source = "https://www.qemu.org/docs/master/system/i386/hyperv.html",
  .run = run_hyperv,
  .fix = fix_hyperv,
  .touches = "/domain/features/hyperv/relaxed | /domain/features/hyperv/vapic | "
             "/domain/features/hyperv/spinlocks | /domain/features/hyperv/vpindex | "
             "/domain/features/hyperv/synic | /domain/features/hyperv/stimer | "
             "/domain/features/hyperv[not(*[not(self::relaxed or self::vapic or self::spinlocks or "
             "self::vpindex or self::synic or self::stimer)])] | "
             "/domain/features[not(*[not(self::hyperv)])]",
};

static void
run_clock (const HoDoctorContext *context, HoFinding *finding)
{
  if (!ho_doctor_context_is_windows (context))
    return;
  if (ho_xml_has (context->definition,
                  "/domain/clock/timer[@name='hypervclock' and @present='yes']"))
    ho_finding_say (finding, HO_VERDICT_OK, "<timer name='hypervclock' present='yes'/>");
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("no <timer name='hypervclock'>"));
      ho_finding_offer (finding, _ ("Add <timer name='hypervclock' present='yes'/> to <clock>."));
    }
}

static gboolean
fix_clock (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *clock = ho_xml_find_child (root, "clock");
  xmlNode *timer = ho_xml_first (doc, "/domain/clock/timer[@name='hypervclock']");

  if (clock == NULL)
    clock = ho_xml_add_child (root, "clock", "offset", "localtime", NULL);
  if (timer == NULL)
    timer = ho_xml_add_child (clock, "timer", "name", "hypervclock", NULL);
  ho_xml_set_attribute (timer, "present", "yes");
  return TRUE;
}

const HoCheck ho_check_hyperv_clock = {
  .id = "hyperv-clock",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Does Windows read the time without leaving the guest?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("Games ask for the time very often; each time an emulated clock stops the guest."),
  .source = "https://libvirt.org/formatdomain.html#time-keeping",
  .run = run_clock,
  .fix = fix_clock,
  .touches = "/domain/clock/timer[@name='hypervclock'] | "
             "/domain/clock[not(timer[not(@name='hypervclock')])]",
};

static void
run_hidden (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean hidden, vendor;

  if (!ho_doctor_context_is_windows (context)
      || !ho_doctor_context_passes_vendor (context, VENDOR_NVIDIA))
    return;
  hidden = ho_xml_has (context->definition, "/domain/features/kvm/hidden[@state='on']");
  vendor = ho_xml_has (context->definition, "/domain/features/hyperv/vendor_id[@state='on']")
           || !ho_xml_has (context->definition, "/domain/features/hyperv");
  if (hidden && vendor)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("hidden"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("not hidden"));
  ho_finding_offer (finding, _ ("Only if the card shows error 43 in Windows: set <hidden "
                                "state='on'/> under <kvm> and a <vendor_id> under <hyperv>. "
                                "Drivers since 465 do not need it."));
}

static gboolean
fix_hidden (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *features = ho_xml_find_child (root, "features");
  xmlNode *kvm, *hidden, *hyperv, *vendor;

  if (features == NULL)
    features = ho_xml_add_child (root, "features", NULL);
  kvm = ho_xml_find_child (features, "kvm");
  if (kvm == NULL)
    kvm = ho_xml_add_child (features, "kvm", NULL);
  hidden = ho_xml_find_child (kvm, "hidden");
  if (hidden == NULL)
    hidden = ho_xml_add_child (kvm, "hidden", NULL);
  ho_xml_set_attribute (hidden, "state", "on");
  hyperv = ho_xml_find_child (features, "hyperv");
  vendor = ho_xml_find_child (hyperv, "vendor_id");
  /* In pass-through mode libvirt takes no single settings. */
  if (hyperv == NULL || ho_xml_attribute_is (hyperv, "mode", "passthrough"))
    return TRUE;
  if (vendor == NULL)
    vendor = ho_xml_add_child (hyperv, "vendor_id", "value", "handover", NULL);
  ho_xml_set_attribute (vendor, "state", "on");
  if (ho_xml_attribute_is (vendor, "value", NULL))
    ho_xml_set_attribute (vendor, "value", "handover");
  return TRUE;
}

const HoCheck ho_check_kvm_hidden = {
  .id = "kvm-hidden",
  .family = HO_FAMILY_FIRMWARE,
  .title = N_ ("Does an old NVIDIA driver see that it is in a guest?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("NVIDIA's drivers for Windows before 465 stopped with error 43 when they saw a "
             "hypervisor."),
  .source = "https://nvidia.custhelp.com/app/answers/detail/a_id/5173",
  .run = run_hidden,
  .fix = fix_hidden,
  .touches = "/domain/features/kvm/hidden | /domain/features/hyperv/vendor_id | "
             "/domain/features/kvm[not(*[not(self::hidden)])] | "
             "/domain/features[not(*[not(self::kvm)])]",
};
