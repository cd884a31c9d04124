/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include "apparmor.h"

#include <glib/gi18n.h>

/* SELinux and AppArmor confine QEMU. Nothing is ever changed there: what could help is shown. */

static gboolean
has_apparmor (const HoHost *host)
{
  g_autofree char *enabled = ho_host_read (host, "/sys/module/apparmor/parameters/enabled");

  return g_strcmp0 (enabled, "Y") == 0;
}

static char *
get_selinux (const HoHost *host)
{
  return ho_host_read (host, "/sys/fs/selinux/enforce");
}

static void
run_lsm (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *selinux = get_selinux (context->host);

  if (!context->local)
    return;
  if (g_strcmp0 (selinux, "1") == 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("SELinux, enforcing"));
  else if (selinux != NULL)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("SELinux, permissive"));
  else if (has_apparmor (context->host))
    ho_finding_say (finding, HO_VERDICT_OK, "AppArmor");
  else if (ho_host_exists (context->host, "/sys/module"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("neither SELinux nor AppArmor"));
      ho_finding_advise (finding, "https://libvirt.org/drvqemu.html#driver-security-architecture");
    }
  else
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("/sys cannot be read"));
}

const HoCheck ho_check_lsm = {
  .id = "lsm",
  .family = HO_FAMILY_SECURITY,
  .title = N_ ("Are guests confined?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("With SELinux or AppArmor a guest that breaks out of QEMU reaches only its own files. "
             "They also deny what was not foreseen, such as some sockets and hugepages."),
  .source = "https://libvirt.org/drvqemu.html#driver-security-architecture",
  .run = run_lsm,
};

/* The last message about a denial that concerns QEMU or libvirt, and how many there are. */
static const char *
find_denials (char **lines, guint *n)
{
  const char *last = NULL;

  *n = 0;
  for (char **line = lines; *line != NULL; line++)
    {
      gboolean denied = strstr (*line, "apparmor=\"DENIED\"") != NULL
                        || (strstr (*line, "avc:") != NULL && strstr (*line, "denied") != NULL);

      if (!denied
          || (strstr (*line, "libvirt") == NULL && strstr (*line, "svirt") == NULL
              && strstr (*line, "qemu") == NULL))
        continue;
      (*n)++;
      last = *line;
    }
  return last;
}

static void
run_denials (const HoDoctorContext *context, HoFinding *finding)
{
  g_auto (GStrv) lines = NULL;
  const char *last;
  guint n;

  if (!context->local)
    return;
  if (context->journal == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("this user may not read the kernel's messages in the journal"));
      return;
    }
  lines = g_strsplit (context->journal, "\n", -1);
  last = find_denials (lines, &n);
  if (last == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("none among the kernel's latest messages"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_WARNING, _ ("%u, the last one: %s"), n, last);
  if (strstr (last, "apparmor") != NULL)
    ho_finding_advise (finding, "journalctl -k -b | grep 'apparmor=\"DENIED\"'\n# %s",
                       _ ("what QEMU may reach is in /etc/apparmor.d/abstractions/libvirt-qemu; "
                          "additions go to /etc/apparmor.d/local/abstractions/libvirt-qemu"));
  else
    ho_finding_advise (finding,
                       "sudo ausearch -m avc -ts boot | grep svirt\n"
                       "sudo ausearch -m avc -ts boot | audit2allow   # %s",
                       _ ("read it before you allow anything"));
}

const HoCheck ho_check_lsm_denials = {
  .id = "lsm-denials",
  .family = HO_FAMILY_SECURITY,
  .title = N_ ("Was QEMU or libvirt denied anything?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("A guest that does not start, or has no sound or hugepages, was often denied them by "
             "SELinux or AppArmor, which QEMU only reports as “Permission denied”."),
  .source = "https://libvirt.org/drvqemu.html#driver-security-architecture",
  .run = run_denials,
};

static void
run_sound (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *server
      = ho_xml_text (context->definition, "/domain/devices/audio[@type='pulseaudio']/@serverName");
  g_autofree char *command = NULL;
  const char *file, *socket;
  HoApparmor verdict;

  if (!context->local || !ho_virt_host_may_confine_by (context->virt, "apparmor") || server == NULL
      || strstr (server, "/run/handover/") == NULL)
    return;
  socket = strchr (server, '/');
  verdict = ho_apparmor_judge (context->host->root, socket, &file);
  switch (verdict)
    {
    case HO_APPARMOR_ALLOWS:
      ho_finding_say (finding, HO_VERDICT_OK, _ ("allowed in %s"), file);
      break;

    case HO_APPARMOR_LACKS_RULE:
      command = ho_apparmor_get_command (socket);
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("no rule for /run/handover in %s"),
                      HO_APPARMOR_LOCAL);
      ho_finding_advise (finding, "%s", command);
      break;

    case HO_APPARMOR_UNKNOWN:
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("%s cannot be read"),
                      "/etc/apparmor.d/abstractions/libvirt-qemu");
      break;

    case HO_APPARMOR_ABSENT:
    default:
      break;
    }
}

const HoCheck ho_check_lsm_sound = {
  .id = "lsm-sound",
  .family = HO_FAMILY_SECURITY,
  .title = N_ ("May QEMU reach the socket for sound?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why
  = N_ ("AppArmor's rules for QEMU know only the sockets of PulseAudio in /tmp. “handover setup” "
        "adds no sound until there is a rule; a guest that has it already does not start without "
        "one."),
  .source = "https://gitlab.com/apparmor/apparmor/-/wikis/QuickProfileLanguage",
  .run = run_sound,
};
