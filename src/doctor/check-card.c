/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include <glib/gi18n.h>

/* The host's side of a card that is passed through: who shows the desktop, which drivers there are,
 * and whether the card comes back well. */

#define VENDOR_NVIDIA 0x10de
#define VENDOR_AMD 0x1002

static guint
count_displays (const HoHost *host)
{
  guint n = 0;

  for (guint i = 0; i < host->pci->len; i++)
    n += ho_host_pci_is_display (host->pci->pdata[i]);
  return n;
}

static const HoHostPci *
find_boot_vga (const HoHost *host)
{
  for (guint i = 0; i < host->pci->len; i++)
    {
      const HoHostPci *pci = host->pci->pdata[i];

      if (pci->boot_vga)
        return pci;
    }
  return NULL;
}

static gboolean
has_vendor (const HoHost *host, guint16 vendor)
{
  for (guint i = 0; i < host->pci->len; i++)
    {
      const HoHostPci *pci = host->pci->pdata[i];

      if (pci->vendor == vendor && ho_host_pci_is_display (pci))
        return TRUE;
    }
  return FALSE;
}

static void
run_boot_vga (const HoDoctorContext *context, HoFinding *finding)
{
  const HoHostPci *boot = find_boot_vga (context->host);
  g_autofree char *name = boot != NULL ? ho_host_pci_to_string (boot) : NULL;

  if (!context->local || context->host->pci->len == 0)
    return;
  if (boot == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("no card has boot_vga set in sysfs"));
      return;
    }
  if (!ho_doctor_context_passes (context, boot->address))
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("the host started on %s, which it keeps"), name);
      return;
    }
  if (count_displays (context->host) > 1)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("the host started on %s, which is passed to the guest"), name);
      ho_finding_advise (finding, _ ("Choose the other card as the first one in the firmware "
                                     "set-up of the mainboard, often called primary display."));
    }
  else
    {
      ho_finding_say (finding, HO_VERDICT_ERROR,
                      _ ("%s is the only card, and it is passed to the guest"), name);
      ho_finding_advise (finding,
                         _ ("While the guest runs the host has no screen, and the desktop that "
                            "uses the card must end first. Add a second card or use the "
                            "processor's own graphics."));
    }
}

const HoCheck ho_check_boot_vga = {
  .id = "boot-vga",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does the host keep the card that it starts on?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("The card that showed the firmware's screen is held by the console and the desktop, "
             "and its ROM is no longer the one that a guest needs."),
  .source = "https://docs.kernel.org/gpu/vgaarbiter.html",
  .run = run_boot_vga,
};

/* The connectors of a card that show a picture, such as `HDMI-A-1`. */
static void
add_connectors (const HoHost *host, const char *address, GString *shown, gboolean *readable)
{
  g_auto (GStrv) cards = ho_host_list (host, "/sys/bus/pci/devices/%s/drm", address);

  for (char **card = cards; card != NULL && *card != NULL; card++)
    {
      g_auto (GStrv) names = NULL;

      if (!g_str_has_prefix (*card, "card"))
        continue;
      names = ho_host_list (host, "/sys/bus/pci/devices/%s/drm/%s", address, *card);
      for (char **name = names; name != NULL && *name != NULL; name++)
        {
          g_autofree char *enabled = NULL;

          if (!g_str_has_prefix (*name, *card))
            continue;
          *readable = TRUE;
          enabled = ho_host_read (host, "/sys/bus/pci/devices/%s/drm/%s/%s/enabled", address, *card,
                                  *name);
          if (g_strcmp0 (enabled, "enabled") == 0)
            g_string_append_printf (shown, "%s%s", shown->len > 0 ? ", " : "", *name);
        }
    }
}

static void
run_desktop (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GString) guest = g_string_new (NULL);
  g_autoptr (GString) host = g_string_new (NULL);
  gboolean passed = FALSE, readable = FALSE;

  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];
      gboolean is_passed = ho_doctor_context_passes (context, pci->address);

      if (!ho_host_pci_is_display (pci))
        continue;
      passed = passed || is_passed;
      add_connectors (context->host, pci->address, is_passed ? guest : host, &readable);
    }
  if (!passed || context->live != NULL)
    return;
  if (guest->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("the desktop shows a picture on the guest's card: %s"), guest->str);
      ho_finding_advise (finding, _ ("Plug that monitor into the host's card, or switch the output "
                                     "off in the display settings before the guest starts."));
    }
  else if (host->len > 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the desktop shows its picture on %s"), host->str);
  else if (readable)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("no picture is shown on the guest's card"));
  else
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("no card tells which outputs are in use"));
}

const HoCheck ho_check_desktop_card = {
  .id = "desktop-card",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Is the desktop off the guest's card?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("A card that shows a picture is in use, and a driver that is taken away while in use "
             "may hang until the host is restarted."),
  .source = "https://docs.kernel.org/gpu/drm-uapi.html",
  .run = run_desktop,
};

static void
run_vfio (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *release = ho_host_read (context->host, "/proc/sys/kernel/osrelease");
  g_autofree char *loadable = NULL;
  g_autofree char *built_in = NULL;

  if (!context->local)
    return;
  if (ho_host_module (context->host, "vfio_pci"))
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("vfio-pci is loaded"));
      return;
    }
  if (release != NULL)
    {
      loadable = ho_host_read (context->host, "/lib/modules/%s/modules.dep", release);
      built_in = ho_host_read (context->host, "/lib/modules/%s/modules.builtin", release);
    }
  if (loadable == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("the list of the kernel's modules cannot be "
                       "read"));
  else if (strstr (loadable, "/vfio-pci.ko") != NULL
           || (built_in != NULL && strstr (built_in, "/vfio-pci.ko") != NULL))
    ho_finding_say (finding, HO_VERDICT_OK,
                    _ ("vfio-pci is there; libvirt loads it when a guest "
                       "starts"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("kernel %s has no vfio-pci"), release);
      ho_finding_advise (finding, _ ("Use the distribution's usual kernel: small ones for clouds "
                                     "leave it out."));
    }
}

const HoCheck ho_check_vfio = {
  .id = "vfio-module",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does the kernel have VFIO?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("vfio-pci is the driver that holds a device for a guest."),
  .source = "https://docs.kernel.org/driver-api/vfio.html",
  .run = run_vfio,
};

static void
run_nouveau (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *where = NULL;
  g_autofree char *modeset = ho_host_option (context->host, "nouveau.modeset");
  gboolean blacklisted = ho_host_blacklists (context->host, "nouveau", &where);

  if (!context->local)
    return;
  if (!has_vendor (context->host, VENDOR_NVIDIA))
    return;
  if (ho_host_module (context->host, "nouveau"))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      blacklisted ? _ ("nouveau is loaded, although %s blacklists it")
                                  : _ ("nouveau is loaded"),
                      where);
      ho_finding_advise (
          finding, "printf 'blacklist nouveau\\noptions nouveau modeset=0\\n' | sudo tee "
                   "/etc/modprobe.d/nouveau.conf\n"
                   "sudo update-initramfs -u   # Debian, Ubuntu\nsudo dracut --force   # Fedora");
    }
  else if (blacklisted)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("not loaded, blacklisted by %s"), where);
  else if (g_strcmp0 (modeset, "0") == 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("not loaded, nouveau.modeset=0"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("not loaded, but not blacklisted either"));
      ho_finding_advise (finding, "echo 'blacklist nouveau' | sudo tee "
                                  "/etc/modprobe.d/nouveau.conf");
    }
}

const HoCheck ho_check_nouveau = {
  .id = "nouveau",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does nouveau stay away from the card?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("nouveau shows a console on every card it finds, and then does not let it go to a "
             "guest without trouble."),
  .source = "https://nouveau.freedesktop.org/KernelModuleParameters.html",
  .run = run_nouveau,
};

static void
run_persistence (const HoDoctorContext *context, HoFinding *finding)
{
  if (!ho_doctor_context_passes_vendor (context, VENDOR_NVIDIA)
      || !ho_host_module (context->host, "nvidia"))
    return;
  if (ho_host_has_process (context->host, "nvidia-persiste"))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("nvidia-persistenced runs"));
      ho_finding_advise (finding, "sudo systemctl disable --now nvidia-persistenced.service");
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, _ ("nvidia-persistenced does not run"));
}

const HoCheck ho_check_nvidia_persistence = {
  .id = "nvidia-persistence",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does nothing hold an idle NVIDIA card?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING,
  .why
  = N_ ("The persistence daemon keeps the card open so that it stays awake; while it does, the "
        "driver never lets the card go."),
  .source = "https://docs.nvidia.com/deploy/driver-persistence/index.html",
  .run = run_persistence,
};

static void
run_modeset (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *value
      = ho_host_read (context->host, "/sys/module/nvidia_drm/parameters/modeset");

  if (!ho_doctor_context_passes_vendor (context, VENDOR_NVIDIA)
      || !ho_host_module (context->host, "nvidia_drm"))
    return;
  if (value == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("only root may read /sys/module/nvidia_drm/parameters/modeset"));
  else if (g_str_equal (value, "Y"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, "nvidia_drm modeset=Y");
      ho_finding_advise (finding,
                         "echo 'options nvidia_drm modeset=0' | sudo tee "
                         "/etc/modprobe.d/nvidia-drm.conf   # %s",
                         _ ("unless this card also shows the desktop"));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "nvidia_drm modeset=%s", value);
}

const HoCheck ho_check_nvidia_modeset = {
  .id = "nvidia-modeset",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Do desktops leave the NVIDIA card alone?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why
  = N_ ("With modeset the card looks like any other to a compositor, which opens every card it "
        "finds and then holds it."),
  .source = "https://download.nvidia.com/XFree86/Linux-x86_64/535.183.01/README/kms.html",
  .run = run_modeset,
};

/* AMD's chips that stay hung after a bus reset, as the module vendor-reset lists them. */
static gboolean
has_reset_bug (guint16 device)
{
  static const struct
  {
    guint16 first, last;
  } ranges[] = {
    { 0x67c0, 0x67df }, /* Polaris 10 */
    { 0x67e0, 0x67ff }, /* Polaris 11 */
    { 0x6980, 0x699f }, /* Polaris 12 */
    { 0x6860, 0x687f }, /* Vega 10 */
    { 0x66a0, 0x66af }, /* Vega 20 */
    { 0x7310, 0x731f }, /* Navi 10 */
    { 0x7340, 0x734f }, /* Navi 14 */
    { 0x7360, 0x7362 }, /* Navi 12 */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      if (device >= ranges[i].first && device <= ranges[i].last)
        return TRUE;
    }
  return FALSE;
}

static void
run_amd (const HoDoctorContext *context, HoFinding *finding)
{
  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];
      g_autofree char *name = ho_host_pci_to_string (pci);

      if (pci->vendor != VENDOR_AMD || !ho_host_pci_is_display (pci)
          || !ho_doctor_context_passes (context, pci->address))
        continue;
      if (!has_reset_bug (pci->device))
        ho_finding_say (finding, HO_VERDICT_OK, _ ("%s is not known to hang"), name);
      else if (ho_host_module (context->host, "vendor_reset"))
        ho_finding_say (finding, HO_VERDICT_OK,
                        _ ("%s hangs after a reset, but vendor-reset is "
                           "loaded"),
                        name);
      else
        {
          ho_finding_say (finding, HO_VERDICT_WARNING,
                          _ ("%s is of a kind that hangs when a guest stops"), name);
          ho_finding_advise (finding, "https://github.com/gnif/vendor-reset");
          return;
        }
    }
}

const HoCheck ho_check_amd_reset = {
  .id = "amd-reset",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Does the AMD card come back after a guest?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING,
  .why = N_ ("Some generations cannot be reset by the bus: the second start of a guest then hangs, "
             "or the host, until it is powered off."),
  .source = "https://github.com/gnif/vendor-reset",
  .run = run_amd,
};

static void
run_reset (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GString) without = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];

      if (!ho_doctor_context_passes (context, pci->address))
        continue;
      n++;
      /* The kernel shows the file only where it knows a way. */
      if (!ho_host_exists (context->host, "/sys/bus/pci/devices/%s/reset", pci->address))
        g_string_append_printf (without, "%s%s", without->len > 0 ? ", " : "", pci->address);
    }
  if (n == 0)
    return;
  if (without->len == 0)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("the kernel can reset each of the devices"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("no way to reset %s alone"), without->str);
  ho_finding_advise (finding, _ ("Pass all functions of the slot, so that the slot can be reset as "
                                 "a whole. If the guest does not start a second time, suspend and "
                                 "resume the host."));
}

const HoCheck ho_check_card_reset = {
  .id = "device-reset",
  .family = HO_FAMILY_CARD,
  .title = N_ ("Can the kernel reset the passed devices?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("A device that is not reset between guests keeps the last one's state, and may not "
             "start again."),
  .source = "https://docs.kernel.org/PCI/pci.html",
  .run = run_reset,
};

/* Ids that vfio-pci takes at boot, as `10de:1c03,10de:10f1`. */
static char *
get_vfio_ids (const HoHost *host, char **where)
{
  g_auto (GStrv) names = ho_host_list (host, "/etc/modprobe.d");
  char *ids = ho_host_option (host, "vfio-pci.ids");

  *where = g_strdup (_ ("the kernel's command line"));
  if (ids != NULL)
    return ids;
  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *text = ho_host_read (host, "/etc/modprobe.d/%s", *name);
      g_autoptr (GMatchInfo) match = NULL;
      g_autoptr (GRegex) regex
          = g_regex_new ("^\\s*options\\s+vfio[-_]pci\\s.*ids=(\\S+)", G_REGEX_MULTILINE, 0, NULL);

      if (text == NULL || !g_regex_match (regex, text, 0, &match))
        continue;
      g_free (*where);
      *where = g_strdup_printf ("/etc/modprobe.d/%s", *name);
      return g_match_info_fetch (match, 1);
    }
  g_clear_pointer (where, g_free);
  return NULL;
}

static void
run_ids (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *where = NULL;
  g_autofree char *ids = get_vfio_ids (context->host, &where);
  g_autoptr (GString) kept = g_string_new (NULL);

  if (!ho_doctor_context_has_card (context) || !context->local || context->host->cmdline == NULL)
    return;
  if (ids == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("vfio-pci takes nothing at boot"));
      return;
    }
  for (guint i = 0; i < context->host->pci->len; i++)
    {
      const HoHostPci *pci = context->host->pci->pdata[i];
      g_autofree char *id = g_strdup_printf ("%04x:%04x", pci->vendor, pci->device);

      if (strstr (ids, id) != NULL && !ho_doctor_context_passes (context, pci->address))
        g_string_append_printf (kept, "%s%s", kept->len > 0 ? ", " : "", pci->address);
    }
  if (kept->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("ids=%s in %s also takes %s, which this guest does not get"), ids, where,
                      kept->str);
      ho_finding_advise (finding, _ ("Two devices alike have the same ids. Remove the option; "
                                     "libvirt gives the right one to vfio-pci when the guest "
                                     "starts."));
    }
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("ids=%s in %s"), ids, where);
      ho_finding_advise (finding, _ ("Remove the option if the host shall use the card while the "
                                     "guest is off."));
    }
}

const HoCheck ho_check_vfio_ids = {
  .id = "vfio-ids",
  .family = HO_FAMILY_CARD,
  .title = N_ ("May the host use the card while the guest is off?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why
  = N_ ("What vfio-pci takes at boot the host never sees, and it takes every device with these "
        "ids."),
  .source = "https://docs.kernel.org/driver-api/vfio.html",
  .run = run_ids,
};
