/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>

#include "error.h"
#include "passed-sound.h"
#include "xml-edits.h"

#include <glib/gi18n.h>

#define SOURCE "https://libvirt.org/formatdomain.html#audio-backends"
#define VERSION(major, minor) ((guint64) (major) *1000000 + (guint64) (minor) *1000)
#define SOUNDS "/domain/devices/sound[not(@model='pcspk')]"
#define TOUCHES "/domain/devices/sound | /domain/devices/audio | /domain/qemu:commandline"

static char *
find_passed_sound (const HoDoctorContext *context)
{
  g_autofree char *sysfs = ho_host_path (context->host, "/sys");

  return context->facts != NULL && context->local ? ho_passed_sound_find (context->facts, sysfs)
                                                  : NULL;
}

static gboolean
fix_audio (xmlDoc *doc, gpointer data, GError **error)
{
  const HoDoctorContext *context = data;
  g_autofree char *passed = find_passed_sound (context);
  g_autofree char *apparmor = ho_doctor_context_get_apparmor (context);
  HoXmlAudio audio = { context->sound_socket, passed, apparmor };

  return ho_xml_edit_audio (doc, &audio, error);
}

/* Whether the loader would refuse: then it is not offered. */
static void
offer_audio (const HoDoctorContext *context, HoFinding *finding, const char *otherwise)
{
  xmlDoc *copy = xmlCopyDoc (context->definition, 1);
  g_autoptr (GError) error = NULL;

  if (fix_audio (copy, (gpointer) context, &error))
    ho_finding_offer (finding, _ ("Lead the guest's sound to your sound server by <sound> and "
                                  "<audio type='pulseaudio'>."));
  else if (g_error_matches (error, HO_ERROR, HO_ERROR_REFUSED))
    ho_finding_advise (finding, "%s", error->message);
  else
    ho_finding_advise (finding, "%s", otherwise);
  xmlFreeDoc (copy);
}

static void
run_device (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *passed = NULL;
  g_autofree char *model = NULL;

  if (!ho_doctor_context_has_card (context))
    return;
  passed = find_passed_sound (context);
  model = ho_xml_text (context->definition, SOUNDS "/@model");
  if (passed != NULL)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("%s is passed through"), passed);
  else if (model == NULL)
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, _ ("no <sound>"));
      offer_audio (context, finding, _ ("Sound by arguments for QEMU is left alone."));
    }
  else if (g_str_has_prefix (model, "ich") && !ho_xml_has (context->definition, SOUNDS "/codec"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("<sound model='%s'> without <codec>: it can record too"), model);
      ho_finding_advise (finding,
                         _ ("Add <codec type='output'/> to <sound>, so that the guest does "
                            "not hold your microphone open."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "<sound model='%s'>", model);
}

const HoCheck ho_check_sound_device = {
  .id = "sound-device",
  .family = HO_FAMILY_SOUND,
  .title = N_ ("Has the guest a sound device?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE,
  .why = N_ ("An emulated one is mixed with the host's sound; a passed one needs no mixing."),
  .source = "https://libvirt.org/formatdomain.html#sound-devices",
  .run = run_device,
  .fix = fix_audio,
  .touches = TOUCHES,
};

static void
run_link (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *wanted = NULL;
  g_autofree char *by_id = NULL;
  g_autofree char *type = NULL;

  if (!ho_xml_has (context->definition, SOUNDS))
    return;
  wanted = ho_xml_text (context->definition, SOUNDS "/audio/@id");
  /* An id has digits only; anything else could end the XPath early. */
  if (wanted != NULL && strspn (wanted, "0123456789") != strlen (wanted))
    g_clear_pointer (&wanted, g_free);
  by_id = wanted != NULL ? g_strdup_printf ("/domain/devices/audio[@id='%s']/@type", wanted)
                         : g_strdup ("/domain/devices/audio/@type");
  type = ho_xml_text (context->definition, by_id);
  if (type == NULL && wanted != NULL)
    {
      ho_finding_say (finding, HO_VERDICT_ERROR,
                      _ ("<sound> wants <audio id='%s'>, which is not "
                         "there"),
                      wanted);
      offer_audio (context, finding, _ ("Correct the id."));
    }
  else if (type == NULL || g_str_equal (type, "none"))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING,
                      type == NULL ? _ ("no <audio>: the sound goes nowhere or to a viewer")
                                   : _ ("<audio type='none'>: the sound goes nowhere"));
      offer_audio (context, finding, _ ("Its sound is set up in another way."));
    }
  else if (g_str_equal (type, "spice"))
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE,
                      _ ("<audio type='spice'>: heard only while a viewer is open"));
      offer_audio (context, finding,
                   _ ("Remove <audio type='spice'> and <sound> from the guest's XML, then run "
                      "“handover setup”, to hear it without one."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "<audio type='%s'>", type);
}

const HoCheck ho_check_sound_link = {
  .id = "sound-link",
  .family = HO_FAMILY_SOUND,
  .title = N_ ("Does the guest's sound lead to somewhere?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_WARNING | HO_CAN_ERROR,
  .why = N_ ("A sound device is heard only if an <audio> connects it with a sound server."),
  .source = SOURCE,
  .run = run_link,
  .fix = fix_audio,
  .touches = TOUCHES,
};

static void
run_variables (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *driver = ho_xml_text (
      context->definition, "/domain/qemu:commandline/qemu:env[@name='QEMU_AUDIO_DRV']/@value");
  gboolean server = ho_xml_has (context->definition,
                                "/domain/qemu:commandline/qemu:env[@name='QEMU_PA_SERVER']");

  if (!ho_xml_has (context->definition, SOUNDS) && driver == NULL && !server)
    return;
  if (driver == NULL && !server)
    {
      ho_finding_say (finding, HO_VERDICT_OK, _ ("none"));
      return;
    }
  if (!ho_doctor_context_is_qemu (context) || context->virt->hypervisor_version == 0)
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                      _ ("QEMU_AUDIO_DRV=%s; the version of QEMU is not known"),
                      driver != NULL ? driver : "");
      return;
    }
  if (context->virt->hypervisor_version >= VERSION (8, 2))
    ho_finding_say (finding, HO_VERDICT_ERROR,
                    _ ("QEMU_AUDIO_DRV=%s, which this QEMU no longer reads"),
                    driver != NULL ? driver : "");
  else
    ho_finding_say (finding, HO_VERDICT_WARNING,
                    _ ("QEMU_AUDIO_DRV=%s, which QEMU stops reading with 8.2"),
                    driver != NULL ? driver : "");
  offer_audio (context, finding, _ ("Replace them by <audio> in the guest's XML."));
}

const HoCheck ho_check_sound_variables = {
  .id = "sound-variables",
  .family = HO_FAMILY_SOUND,
  .title = N_ ("Is sound set up without QEMU's old variables?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("QEMU 8.2 removed QEMU_AUDIO_DRV and QEMU_PA_SERVER: after an update such a guest is "
             "silent."),
  .source = "https://www.qemu.org/docs/master/about/removed-features.html",
  .run = run_variables,
  .fix = fix_audio,
  .touches = TOUCHES,
};

static void
run_backend (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean pipewire = ho_xml_has (context->definition, "/domain/devices/audio[@type='pipewire']");

  if (!ho_xml_has (context->definition, "/domain/devices/audio"))
    return;
  if (!pipewire)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("every QEMU that libvirt uses has it"));
  else if (!ho_doctor_context_is_qemu (context) || context->virt->hypervisor_version == 0)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("<audio type='pipewire'>; the version of QEMU is not known"));
  else if (context->virt->hypervisor_version < VERSION (8, 1)
           || context->virt->libvirt_version < VERSION (9, 10))
    {
      ho_finding_say (finding, HO_VERDICT_ERROR,
                      _ ("<audio type='pipewire'> needs QEMU 8.1 and libvirt 9.10"));
      ho_finding_advise (finding, _ ("Use <audio type='pulseaudio'>, which PipeWire serves too."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_OK, "<audio type='pipewire'>");
}

const HoCheck ho_check_sound_backend = {
  .id = "sound-backend",
  .family = HO_FAMILY_SOUND,
  .title = N_ ("Can this QEMU play that way?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("A guest with an <audio> that QEMU does not know does not start."),
  .source = SOURCE,
  .run = run_backend,
};

static void
run_socket (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *server
      = ho_xml_text (context->definition, "/domain/devices/audio[@type='pulseaudio']/@serverName");
  const char *path;

  if (server == NULL || !context->local)
    return;
  path = g_str_has_prefix (server, "unix:") ? server + strlen ("unix:") : server;
  if (*path != '/')
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("%s is not a socket of this machine"), server);
  else if (ho_host_exists (context->host, "%s", path))
    ho_finding_say (finding, HO_VERDICT_OK, "%s", path);
  else
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("there is no %s now"), path);
      ho_finding_advise (finding, _ ("Start Handover's applet, which makes it, before the guest: "
                                     "without the socket the guest does not start."));
    }
}

const HoCheck ho_check_sound_socket = {
  .id = "sound-socket",
  .family = HO_FAMILY_SOUND,
  .title = N_ ("Is the socket for the guest's sound there?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("QEMU ends at once if its sound server's socket is missing."),
  .source = SOURCE,
  .run = run_socket,
};

static void
run_server (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean pulse = ho_host_exists (context->host, "/run/user/%u/pulse/native", context->uid);

  if (!context->local)
    return;
  if (pulse && ho_host_has_process (context->host, "pipewire-pulse"))
    ho_finding_say (finding, HO_VERDICT_OK, "PipeWire (pipewire-pulse)");
  else if (pulse && ho_host_has_process (context->host, "pulseaudio"))
    ho_finding_say (finding, HO_VERDICT_OK, "PulseAudio");
  else if (pulse)
    ho_finding_say (finding, HO_VERDICT_OK, _ ("one with PulseAudio's socket"));
  else if (ho_host_exists (context->host, "/run/user/%u/pipewire-0", context->uid))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("PipeWire without pipewire-pulse"));
      ho_finding_advise (finding, "systemctl --user enable --now pipewire-pulse.socket");
    }
  else if (!ho_host_exists (context->host, "/run/user/%u", context->uid))
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("this is no desktop session"));
  else
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, _ ("none in this session"));
      ho_finding_advise (finding, "systemctl --user status pipewire-pulse pulseaudio");
    }
}

const HoCheck ho_check_sound_server = {
  .id = "sound-server",
  .family = HO_FAMILY_SOUND,
  .title = N_ ("Does a sound server run?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("The guest's sound is mixed with the desktop's by its sound server."),
  .source = "https://docs.pipewire.org/page_man_pipewire-pulse_1.html",
  .run = run_server,
};
