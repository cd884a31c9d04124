/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <glib/gi18n.h>

/* Whether libvirt can be used, and whether it and QEMU are new enough. */

#define VERSION(major, minor) ((guint64) (major) *1000000 + (guint64) (minor) *1000)

static char *
version_to_string (guint64 version)
{
  return g_strdup_printf ("%u.%u.%u", (guint) (version / 1000000), (guint) (version / 1000 % 1000),
                          (guint) (version % 1000));
}

/* Only the system's libvirt has a socket in a place that everybody knows. */
static gboolean
uses_system_socket (const HoDoctorContext *context)
{
  return g_strcmp0 (context->uri, "qemu:///system") == 0;
}

static void
run_socket (const HoDoctorContext *context, HoFinding *finding)
{
  static const char *const sockets[]
      = { "/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock" };

  if (!uses_system_socket (context))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sockets); i++)
    {
      if (ho_host_exists (context->host, "%s", sockets[i]))
        {
          ho_finding_say (finding, HO_VERDICT_OK, "%s", sockets[i]);
          return;
        }
    }
  ho_finding_say (finding, HO_VERDICT_ERROR, _ ("neither %s nor %s"), sockets[0], sockets[1]);
  ho_finding_advise (finding,
                     "sudo systemctl enable --now libvirtd.socket   # %s\n"
                     "sudo systemctl enable --now virtqemud.socket",
                     _ ("or, where libvirt is split into several daemons:"));
}

const HoCheck ho_check_libvirt_socket = {
  .id = "libvirt-socket",
  .family = HO_FAMILY_LIBVIRT,
  .title = N_ ("Is libvirt's socket there?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR,
  .why = N_ ("Guests are started, stopped and changed through it."),
  .source = "https://libvirt.org/daemons.html",
  .run = run_socket,
};

static void
run_connection (const HoDoctorContext *context, HoFinding *finding)
{
  switch (context->connection)
    {
    case HO_CONNECTION_CONNECTED:
      ho_finding_say (finding, HO_VERDICT_OK, _ ("connected to %s"), context->uri);
      break;
    case HO_CONNECTION_CONNECTING:
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("still connecting to %s"), context->uri);
      break;
    case HO_CONNECTION_DENIED:
    case HO_CONNECTION_UNREACHABLE:
    default:
      ho_finding_say (finding, HO_VERDICT_ERROR, "%s: %s", context->uri,
                      context->problem != NULL ? context->problem : _ ("no connection"));
      ho_finding_advise (finding, "virsh -c %s list", context->uri);
    }
}

const HoCheck ho_check_libvirt_connection = {
  .id = "libvirt-connection",
  .family = HO_FAMILY_LIBVIRT,
  .title = N_ ("Does libvirt let this user in?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("Without it nothing is known of any guest."),
  .source = "https://libvirt.org/uri.html",
  .run = run_connection,
};

/* Whether /etc/group lists the user: a login since then is in the group. */
static gboolean
is_listed (const HoDoctorContext *context, const char *group)
{
  g_autofree char *text = ho_host_read (context->host, "/etc/group");
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  for (char **line = lines; line != NULL && *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, ":", 4);
      g_auto (GStrv) members = NULL;

      if (g_strv_length (fields) != 4 || !g_str_equal (fields[0], group))
        continue;
      members = g_strsplit (fields[3], ",", -1);
      return context->user != NULL
             && g_strv_contains ((const char *const *) members, context->user);
    }
  return FALSE;
}

static void
run_group (const HoDoctorContext *context, HoFinding *finding)
{
  const char *user = context->user != NULL ? context->user : "?";

  if (!uses_system_socket (context))
    return;
  if (context->uid == 0)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("root needs no group"));
  else if (g_strv_contains ((const char *const *) context->groups, "libvirt"))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%s is in the group libvirt"), user);
  else if (context->connection == HO_CONNECTION_CONNECTED)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%s is let in without the group libvirt"), user);
  else if (is_listed (context, "libvirt"))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      _ ("%s is in the group libvirt, but was not when this session began"), user);
      ho_finding_advise (finding, _ ("Log out and in again."));
    }
  else
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("%s is not in the group libvirt"), user);
      ho_finding_advise (finding, "sudo usermod --append --groups libvirt %s   # %s", user,
                         _ ("then log out and in again"));
    }
}

const HoCheck ho_check_libvirt_group = {
  .id = "libvirt-group",
  .family = HO_FAMILY_LIBVIRT,
  .title = N_ ("Is the user in the group that may use libvirt?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_ERROR,
  .why = N_ ("Distributions let members of the group libvirt manage the system's guests without a "
             "password."),
  .source = "https://libvirt.org/aclpolkit.html",
  .run = run_group,
};

static void
run_libvirt_version (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *version = NULL;

  if (context->connection != HO_CONNECTION_CONNECTED)
    return;
  if (context->virt == NULL || context->virt->libvirt_version == 0)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("libvirt does not tell its version"));
      return;
    }
  version = version_to_string (context->virt->libvirt_version);
  if (context->virt->libvirt_version < VERSION (7, 0))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, "libvirt %s", version);
      ho_finding_advise (finding, _ ("Update libvirt: Handover is made for 7.0 and later, and "
                                     "<audio> needs 6.7."));
    }
  else if (context->virt->libvirt_version < VERSION (9, 10))
    ho_finding_say (finding, HO_VERDICT_OK,
                    _ ("libvirt %s; it has no <audio type='pipewire'>, which came with 9.10"),
                    version);
  else
    ho_finding_say (finding, HO_VERDICT_OK, "libvirt %s", version);
}

const HoCheck ho_check_libvirt_version = {
  .id = "libvirt-version",
  .family = HO_FAMILY_LIBVIRT,
  .title = N_ ("Is libvirt new enough?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("Older versions lack what Handover writes into a guest's definition."),
  .source = "https://libvirt.org/news.html",
  .run = run_libvirt_version,
};

static void
run_qemu_version (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *version = NULL;

  if (context->connection != HO_CONNECTION_CONNECTED)
    return;
  if (!ho_doctor_context_is_qemu (context))
    {
      if (context->virt != NULL)
        ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("%s runs the guests, not QEMU"),
                        context->virt->type);
      else
        ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("libvirt does not tell"));
      return;
    }
  version = version_to_string (context->virt->hypervisor_version);
  if (context->virt->hypervisor_version == 0)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("libvirt finds no QEMU"));
      ho_finding_advise (finding, "sudo apt install qemu-system-x86   # Debian, Ubuntu\n"
                                  "sudo dnf install qemu-kvm   # Fedora\n"
                                  "sudo pacman -S qemu-desktop   # Arch");
    }
  else if (context->virt->hypervisor_version < VERSION (5, 2))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, "QEMU %s", version);
      ho_finding_advise (finding, _ ("Update QEMU: this one is older than any that Handover is "
                                     "tried with."));
    }
  else if (context->virt->hypervisor_version >= VERSION (8, 2))
    ho_finding_say (finding, HO_VERDICT_OK,
                    _ ("QEMU %s; it no longer reads QEMU_AUDIO_DRV and QEMU_PA_SERVER"), version);
  else
    ho_finding_say (finding, HO_VERDICT_OK,
                    _ ("QEMU %s; <audio type='pipewire'> needs 8.1, and QEMU_AUDIO_DRV is gone "
                       "from 8.2 on"),
                    version);
}

const HoCheck ho_check_qemu_version = {
  .id = "qemu-version",
  .family = HO_FAMILY_LIBVIRT,
  .title = N_ ("Is QEMU there and new enough?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("Versions differ in what they can do, above all with sound."),
  .source = "https://www.qemu.org/docs/master/about/removed-features.html",
  .run = run_qemu_version,
};
