/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include "xml-edits.h"

#include <glib/gi18n.h>

#define VIDEO_SOURCE "https://libvirt.org/formatdomain.html#video-devices"
#define INPUT_SOURCE "https://libvirt.org/formatdomain.html#input-devices"
#define TABLET "/domain/devices/input[@type='tablet']"

static void
run_channel (const HoDoctorContext *context, HoFinding *finding)
{
  if (context->facts == NULL)
    return;
  if (context->facts->return_channel != HO_CHANNEL_ABSENT)
    {
      ho_finding_say (finding, HO_VERDICT_OK, HO_RETURN_PORT);
      return;
    }
  if (!ho_xml_has (context->definition, "/domain/devices"))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the guest's XML has no <devices>"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("no channel %s"), HO_RETURN_PORT);
  ho_finding_offer (finding, _ ("Add the channel to the guest's XML."));
}

const HoCheck ho_check_return_channel = {
  .id = "return-channel",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Can the guest ask for keyboard and mouse to go home?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("While they are in the guest no shortcut of the host can bring them back. By this "
             "channel a shortcut in the guest can, without any network."),
  .source = "https://libvirt.org/formatdomain.html#channel",
  .run = run_channel,
  .fix = ho_xml_edit_return_channel,
  .touches = "/domain/devices/channel | /domain/devices/controller[@type='virtio-serial']",
};

static void
run_tablet (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean shown = ho_xml_has (context->definition, "/domain/devices/graphics");

  if (!ho_doctor_context_has_card (context))
    return;
  if (!ho_xml_has (context->definition, TABLET))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("no emulated tablet"));
  else if (shown)
    ho_finding_say (finding, HO_VERDICT_OK,
                    _ ("an emulated tablet, for the viewer that is set up"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("an emulated tablet, but no viewer to use it"));
      ho_finding_offer (finding, _ ("Remove <input type='tablet'> from the guest's XML."));
    }
}

static gboolean
fix_tablet (xmlDoc *doc, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) tablets = ho_xml_all (doc, TABLET);

  for (guint i = 0; i < tablets->len; i++)
    ho_xml_remove (tablets->pdata[i]);
  return TRUE;
}

const HoCheck ho_check_tablet = {
  .id = "emulated-tablet",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Are emulated input devices gone that nobody uses?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("QEMU looks after an emulated USB tablet many times a second, and games take its "
             "absolute positions for jumps of the mouse."),
  .source = INPUT_SOURCE,
  .run = run_tablet,
  .fix = fix_tablet,
  .touches = TABLET,
};

static void
run_video (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *model = NULL;

  if (!ho_doctor_context_has_card (context))
    return;
  model = ho_xml_text (context->definition, "/domain/devices/video/model/@type");
  if (model == NULL || g_str_equal (model, "none"))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("the passed card is the guest's only one"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("an emulated card (%s) as well"), model);
      ho_finding_advise (finding, _ ("Once the guest shows its picture on the passed card, remove "
                                     "<graphics> and set <video><model type='none'/></video>."));
    }
}

const HoCheck ho_check_video = {
  .id = "emulated-video",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Is the passed card the guest's only one?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why
  = N_ ("With a second, emulated screen windows and the mouse get lost where nobody sees them, "
        "and Windows may choose it as the first one."),
  .source = VIDEO_SOURCE,
  .run = run_video,
};

static void
run_evdev (const HoDoctorContext *context, HoFinding *finding)
{
  g_autoptr (GPtrArray) nodes
      = ho_xml_all (context->definition, "/domain/devices/input[@type='evdev']/source");
  g_autoptr (GString) absent = g_string_new (NULL);

  if (nodes->len == 0)
    return;
  if (!context->local)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("the devices are on another machine"));
      return;
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      g_autofree char *device = ho_xml_get_attribute (nodes->pdata[i], "dev");

      if (device != NULL && *device == '/' && !ho_host_exists (context->host, "%s", device))
        g_string_append_printf (absent, "%s%s", absent->len > 0 ? ", " : "", device);
    }
  if (absent->len > 0)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("there is no %s"), absent->str);
      ho_finding_advise (finding, "ls -l /dev/input/by-id");
    }
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("%u devices by evdev"), nodes->len);
      ho_finding_advise (finding,
                         _ ("QEMU takes them at its start and gives them back by both Ctrl "
                            "keys together. Do not switch the same devices with Handover "
                            "too."));
    }
}

const HoCheck ho_check_evdev = {
  .id = "evdev-input",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Are devices shared by evdev there?"),
  .verdicts = HO_CAN_ADVICE | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("A guest with an evdev device that is not plugged in does not start."),
  .source = INPUT_SOURCE,
  .run = run_evdev,
};

static void
run_usb_controller (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *model = NULL;

  if (!ho_doctor_context_has_card (context))
    return;
  if (ho_xml_has (context->definition, "/domain/devices/controller[@type='usb' and "
                                       "(@model='qemu-xhci' or @model='nec-xhci')]"))
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("USB 3 (xHCI)"));
      return;
    }
  model = ho_xml_text (context->definition, "/domain/devices/controller[@type='usb']/@model");
  if (g_strcmp0 (model, "none") == 0)
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("no USB controller"));
      ho_finding_advise (finding, "<controller type='usb' model='qemu-xhci'/>");
    }
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, "%s",
                      model != NULL ? model : _ ("QEMU's usual one"));
      ho_finding_advise (finding, "<controller type='usb' model='qemu-xhci'/>");
    }
}

const HoCheck ho_check_usb_controller = {
  .id = "usb-controller",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Has the guest a fast USB controller?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING,
  .why = N_ ("Keyboard and mouse are plugged into it. The older ones poll and cost time even while "
             "nothing moves, and some devices fail on them."),
  .source = "https://libvirt.org/formatdomain.html#controllers",
  .run = run_usb_controller,
};

/* Whether somebody listens on a port of this machine, see proc_pid_net(5). */
static gboolean
listens_on (const char *table, guint port)
{
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  g_autofree char *wanted = g_strdup_printf (":%04X", port);

  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (g_strstrip (*line), " ", -1);

      /* sl, local address, remote address, state; 0A is TCP_LISTEN. */
      if (g_strv_length (fields) > 3 && g_str_has_suffix (fields[1], wanted)
          && g_str_equal (fields[3], "0A"))
        return TRUE;
    }
  return FALSE;
}

static void
run_ssh (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *tcp = ho_host_read (context->host, "/proc/net/tcp");
  g_autofree char *tcp6 = ho_host_read (context->host, "/proc/net/tcp6");

  if (!context->local)
    return;
  if (tcp == NULL && tcp6 == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("/proc/net/tcp cannot be read"));
  else if ((tcp != NULL && listens_on (tcp, 22)) || (tcp6 != NULL && listens_on (tcp6, 22)))
    ho_finding_say (finding, HO_VERDICT_OK, _ ("something listens on port 22"));
  else
    {
      ho_finding_say (finding, context->return_by_ssh ? HO_VERDICT_WARNING : HO_VERDICT_ADVICE,
                      context->return_by_ssh
                          ? _ ("nothing listens on port 22, although “return-by-ssh” is set")
                          : _ ("nothing listens on port 22"));
      ho_finding_advise (finding, "sudo systemctl enable --now ssh.service   # Debian, Ubuntu\n"
                                  "sudo systemctl enable --now sshd.service   # Fedora, Arch");
    }
}

const HoCheck ho_check_ssh_server = {
  .id = "ssh-server",
  .family = HO_FAMILY_INPUT,
  .title = N_ ("Can this machine be reached by ssh?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("From another machine, or from the guest, “handover switch host” over ssh brings "
             "keyboard and mouse back."),
  .source = "https://www.openssh.com/manual.html",
  .run = run_ssh,
};
