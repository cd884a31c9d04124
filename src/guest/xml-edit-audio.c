/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "xml-edits.h"

#include "error.h"
#include "xml-tree.h"

#include <glib/gi18n.h>

/* https://libvirt.org/formatdomain.html#audio-backends and #sound-devices. The times are in
 * microseconds: measured, they halve QEMU's delay and still play without a gap; values that the
 * user has chosen stay. */
#define TIMER_PERIOD "2000"
#define LATENCY "20000"
#define BUFFER_LENGTH "10000"

#define QEMU_NS "http://libvirt.org/schemas/domain/qemu/1.0"

/* What libvirt's QEMU driver is told beside its own XML. */

static xmlNode *
find_command_line (xmlDoc *doc)
{
  return ho_xml_find_child_ns (xmlDocGetRootElement (doc), QEMU_NS, "commandline");
}

static gboolean
is_audio_variable (xmlNode *env)
{
  g_autofree char *name = ho_xml_get_attribute (env, "name");

  return name != NULL
         && (g_str_has_prefix (name, "QEMU_AUDIO_") || g_str_has_prefix (name, "QEMU_PA_"));
}

/* Whether the guest's sound is set up by hand, with arguments for QEMU. */
static gboolean
has_audio_argument (xmlDoc *doc)
{
  xmlNode *command_line = find_command_line (doc);

  for (xmlNode *arg = ho_xml_find_child_ns (command_line, QEMU_NS, "arg"); arg != NULL;
       arg = ho_xml_find_next (arg, "arg"))
    {
      g_autofree char *value = ho_xml_get_attribute (arg, "value");

      if (value != NULL
          && (g_str_has_prefix (value, "-audio") || g_str_has_prefix (value, "--audio")
              || g_str_has_suffix (value, "-soundhw")))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_jack_variable (xmlDoc *doc)
{
  xmlNode *command_line = find_command_line (doc);

  for (xmlNode *env = ho_xml_find_child_ns (command_line, QEMU_NS, "env"); env != NULL;
       env = ho_xml_find_next (env, "env"))
    {
      if (ho_xml_attribute_is (env, "name", "QEMU_AUDIO_DRV")
          && ho_xml_attribute_is (env, "value", "jack"))
        return TRUE;
    }
  return FALSE;
}

/* QEMU has not read these variables since 8.2; before, libvirt's `<audio>` overrules them. */
static void
remove_audio_variables (xmlDoc *doc)
{
  xmlNode *command_line = find_command_line (doc);
  xmlNode *env = ho_xml_find_child_ns (command_line, QEMU_NS, "env");
  gboolean removed = FALSE;

  while (env != NULL)
    {
      xmlNode *next = ho_xml_find_next (env, "env");

      if (is_audio_variable (env))
        {
          ho_xml_remove (env);
          removed = TRUE;
        }
      env = next;
    }
  if (removed && command_line->children == NULL)
    ho_xml_remove (command_line);
}

/* The sound device and its way out. */

/* The PC speaker does not count: it has no way out of its own. */
static xmlNode *
find_sound (xmlNode *devices)
{
  xmlNode *sound = ho_xml_find_child (devices, "sound");

  while (sound != NULL && ho_xml_attribute_is (sound, "model", "pcspk"))
    sound = ho_xml_find_next (sound, "sound");
  return sound;
}

static xmlNode *
find_audio (xmlNode *devices, const char *attribute, const char *value)
{
  xmlNode *audio = ho_xml_find_child (devices, "audio");

  while (audio != NULL && !ho_xml_attribute_is (audio, attribute, value))
    audio = ho_xml_find_next (audio, "audio");
  return audio;
}

/* Where @sound goes now: libvirt takes the first way out unless one is named. */
static xmlNode *
find_audio_of (xmlNode *devices, xmlNode *sound)
{
  g_autofree char *id = ho_xml_get_attribute (ho_xml_find_child (sound, "audio"), "id");

  return id != NULL ? find_audio (devices, "id", id) : ho_xml_find_child (devices, "audio");
}

static char *
make_audio_id (xmlNode *devices)
{
  guint64 highest = 0;

  for (xmlNode *audio = ho_xml_find_child (devices, "audio"); audio != NULL;
       audio = ho_xml_find_next (audio, "audio"))
    {
      g_autofree char *id = ho_xml_get_attribute (audio, "id");

      if (id != NULL)
        highest = MAX (highest, g_ascii_strtoull (id, NULL, 10));
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT, highest + 1);
}

/* The way out that becomes ours: the one in use, or one that leads nowhere, or a new one. */
static xmlNode *
choose_audio (xmlNode *devices, xmlNode *sound)
{
  xmlNode *audio = sound != NULL ? find_audio_of (devices, sound) : NULL;
  g_autofree char *id = NULL;

  if (audio == NULL)
    audio = find_audio (devices, "type", "pulseaudio");
  if (audio == NULL)
    audio = find_audio (devices, "type", "none");
  if (audio == NULL && sound == NULL)
    audio = find_audio (devices, "type", "spice"); /* libvirt's own addition; nothing uses it */
  if (audio != NULL)
    return audio;
  id = make_audio_id (devices);
  return ho_xml_add_child (devices, "audio", "id", id, "type", "pulseaudio", NULL);
}

static void
set_default (xmlNode *node, const char *name, const char *value)
{
  if (ho_xml_attribute_is (node, name, NULL))
    ho_xml_set_attribute (node, name, value);
}

static xmlNode *
ensure_child (xmlNode *parent, const char *name)
{
  xmlNode *child = ho_xml_find_child (parent, name);

  return child != NULL ? child : ho_xml_add_child (parent, name, NULL);
}

static void
lead_to_socket (xmlNode *audio, const char *guest, const char *socket)
{
  g_autofree char *server = g_strconcat ("unix:", socket, NULL);
  g_autofree char *stream = g_strdup_printf ("%s sound", guest != NULL ? guest : "guest");
  xmlNode *output;

  ho_xml_set_attribute (audio, "type", "pulseaudio");
  ho_xml_set_attribute (audio, "serverName", server);
  set_default (audio, "timerPeriod", TIMER_PERIOD);
  set_default (ensure_child (audio, "input"), "mixingEngine", "no");
  output = ensure_child (audio, "output");
  set_default (output, "mixingEngine", "no");
  set_default (output, "streamName", stream);
  set_default (output, "latency", LATENCY);
  set_default (output, "bufferLength", BUFFER_LENGTH);
}

/* A device of Intel's kind also listens to the microphone unless it has only an output. */
static gboolean
has_codecs (xmlNode *sound)
{
  g_autofree char *model = ho_xml_get_attribute (sound, "model");

  return model != NULL && g_str_has_prefix (model, "ich");
}

static void
link_sound (xmlNode *devices, xmlNode *sound, xmlNode *audio)
{
  g_autofree char *id = ho_xml_get_attribute (audio, "id");

  if (sound == NULL)
    sound = ho_xml_add_child (devices, "sound", "model", "ich9", NULL);
  if (has_codecs (sound) && ho_xml_find_child (sound, "codec") == NULL)
    ho_xml_add_child (sound, "codec", "type", "output", NULL);
  ho_xml_set_attribute (ensure_child (sound, "audio"), "id", id);
}

/* Says why the guest's sound is none of our business, or returns %TRUE. */
static gboolean
check_other_ways (xmlDoc *doc, xmlNode *audio, const HoXmlAudio *wish, const char *guest,
                  GError **error)
{
  g_autofree char *type = ho_xml_get_attribute (audio, "type");
  const char *name = guest != NULL ? guest : "";

  if (wish->passed_device != NULL)
    g_set_error (error, HO_ERROR, HO_ERROR_UNSUPPORTED,
                 _ ("%s has a sound device of its own, %s, so Handover leaves its sound alone."),
                 name, wish->passed_device);
  else if (has_audio_argument (doc))
    g_set_error (error, HO_ERROR, HO_ERROR_UNSUPPORTED,
                 _ ("%s has its sound set up by arguments for QEMU, so Handover leaves it alone. "
                    "Remove them from <qemu:commandline> to change that."),
                 name);
  else if (g_strcmp0 (type, "spice") == 0)
    g_set_error (error, HO_ERROR, HO_ERROR_UNSUPPORTED,
                 _ ("%s sends its sound to a SPICE viewer, so Handover leaves it alone. Remove "
                    "<audio type='spice'> and <sound> to change that."),
                 name);
  else if (g_strcmp0 (type, "jack") == 0 || has_jack_variable (doc))
    g_set_error (error, HO_ERROR, HO_ERROR_UNSUPPORTED,
                 _ ("%s plays through JACK, so Handover leaves its sound alone."), name);
  else if (type != NULL && !g_str_equal (type, "none") && !g_str_equal (type, "pulseaudio"))
    g_set_error (
        error, HO_ERROR, HO_ERROR_UNSUPPORTED,
        _ ("%s plays through “%s”, so Handover leaves its sound alone. Remove that <audio> "
           "to change it."),
        name, type);
  else
    return TRUE;
  return FALSE;
}

static gboolean
is_exempt_from_apparmor (xmlNode *root)
{
  xmlNode *label = ho_xml_find_child (root, "seclabel");

  for (; label != NULL; label = ho_xml_find_next (label, "seclabel"))
    {
      if (ho_xml_attribute_is (label, "type", "none")
          && (ho_xml_attribute_is (label, "model", NULL)
              || ho_xml_attribute_is (label, "model", "apparmor")))
        return TRUE;
    }
  return FALSE;
}

/* A guest whose QEMU cannot reach its sound server does not start. */
static gboolean
check_confinement (xmlNode *root, const HoXmlAudio *wish, const char *guest, GError **error)
{
  if (wish->apparmor == NULL || is_exempt_from_apparmor (root))
    return TRUE;
  g_set_error (error, HO_ERROR, HO_ERROR_REFUSED,
               _ ("AppArmor has no rule that lets the QEMU of %s reach %s: with sound the guest "
                  "would not start. Add the rule first: %s"),
               guest != NULL ? guest : "", wish->socket, wish->apparmor);
  return FALSE;
}

/**
 * ho_xml_edit_audio:
 * @doc: the description of a guest
 * @data: a #HoXmlAudio
 * @error: return location for a #GError
 *
 * Leads the guest's sound to the user's sound server: adds an emulated sound device where there is
 * none, gives it `<audio type='pulseaudio'>` at the socket of @data, and removes the variables that
 * did this before QEMU 8.2. A #HoXmlEdit.
 *
 * Returns: %TRUE, or %FALSE with %HO_ERROR_UNSUPPORTED if the guest's sound goes another way, which
 *   is left alone, or with %HO_ERROR_REFUSED if the guest could not start then
 */
gboolean
ho_xml_edit_audio (xmlDoc *doc, gpointer data, GError **error)
{
  const HoXmlAudio *wish = data;
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *devices = ho_xml_find_child (root, "devices");
  g_autofree char *guest = ho_xml_get_text (ho_xml_find_child (root, "name"));
  xmlNode *sound, *audio;

  if (devices == NULL)
    {
      g_set_error_literal (error, HO_ERROR, HO_ERROR_FAILED,
                           _ ("The description of this guest has no devices."));
      return FALSE;
    }
  sound = find_sound (devices);
  audio = sound != NULL ? find_audio_of (devices, sound) : NULL;
  if (!check_other_ways (doc, audio, wish, guest, error)
      || !check_confinement (root, wish, guest, error))
    return FALSE;

  audio = choose_audio (devices, sound);
  lead_to_socket (audio, guest, wish->socket);
  link_sound (devices, sound, audio);
  remove_audio_variables (doc);
  return TRUE;
}
