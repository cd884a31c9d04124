/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "core.h"

#include "apparmor.h"
#include "audio-chain.h"

static void
add_string (GVariantBuilder *facts, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (facts, "{sv}", key, g_variant_new_string (value));
}

static const char *
get_server (HoSoundServer *server)
{
  switch (ho_sound_server_get_kind (server))
    {
    case HO_SOUND_SERVER_PULSEAUDIO:
      return "pulseaudio";
    case HO_SOUND_SERVER_PIPEWIRE:
      return "pipewire";
    case HO_SOUND_SERVER_REMOTE:
      return "remote";
    case HO_SOUND_SERVER_UNKNOWN:
    default:
      return NULL;
    }
}

static gboolean
lacks_apparmor_rule (const char *socket)
{
  return g_str_has_prefix (socket, "/run/handover/")
         && ho_apparmor_judge ("", socket, NULL) == HO_APPARMOR_LACKS_RULE;
}

static gboolean
is_sink_muted (HoGuestStreams *streams, const char *name)
{
  GPtrArray *sinks = ho_guest_streams_get_sinks (streams);

  for (guint i = 0; i < sinks->len; i++)
    {
      const HoSoundSink *sink = sinks->pdata[i];

      if (g_strcmp0 (sink->name, name) == 0)
        return sink->muted;
    }
  return FALSE;
}

/* Whether a user hears this guest, and if not why not. */
static char *
explain_guest (HoCore *self, HoGuest *guest)
{
  HoAudioLink *link = ho_core_get_audio (self);
  HoGuestStreams *streams = ho_core_get_streams (self);
  HoAudioChain chain = {
    .domain = ho_guest_get_facts (guest),
    .socket = ho_audio_link_get_socket (link),
    .active = ho_guest_is_active (guest),
    .silenced = ho_audio_link_is_silenced (link, guest),
    .stream = ho_guest_streams_find (streams, guest),
  };

  chain.way = ho_audio_link_get_delay (link);
  if (ho_audio_link_get_state (link) != HO_AUDIO_ON)
    {
      chain.way = ho_audio_link_get_problem (link);
      if (chain.way == NULL)
        chain.way = ho_audio_link_get_reason (link);
    }
  if (chain.stream != NULL)
    chain.sink_muted = is_sink_muted (streams, chain.stream->sink);
  else
    chain.apparmor_lacks_rule = lacks_apparmor_rule (chain.socket);
  return ho_audio_chain_explain (&chain);
}

static void
add_stream (HoCore *self, GVariantBuilder *facts, HoGuest *guest)
{
  HoGuestStreams *streams = ho_core_get_streams (self);
  const HoSoundStream *stream = ho_guest_streams_find (streams, guest);

  g_variant_builder_add (facts, "{sv}", "playing", g_variant_new_boolean (stream != NULL));
  if (stream == NULL)
    return;
  g_variant_builder_add (facts, "{sv}", "volume", g_variant_new_uint32 (stream->volume));
  g_variant_builder_add (facts, "{sv}", "muted", g_variant_new_boolean (stream->muted));
  add_string (facts, "device", stream->sink);
}

static GVariant *
describe_guests (HoCore *self)
{
  HoAudioLink *link = ho_core_get_audio (self);
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (self));
  guint n = g_list_model_get_n_items (guests);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, i);

      g_autofree char *text = NULL;

      if (!ho_audio_link_is_used_by (link, guest) && ho_guest_get_facts (guest)->sounds->len == 0)
        continue;
      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      add_string (&builder, "name", ho_guest_get_name (guest));
      g_variant_builder_add (&builder, "{sv}", "silenced",
                             g_variant_new_boolean (ho_audio_link_is_silenced (link, guest)));
      add_stream (self, &builder, guest);
      text = explain_guest (self, guest);
      add_string (&builder, "text", text);
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

/**
 * ho_core_get_sounding_guest:
 * @self: the core
 *
 * Returns: (transfer none) (nullable): the guest that volume and mute in the tray are meant for:
 * the primary one if it plays to Handover; else the only one that does, or that does and plays
 */
HoGuest *
ho_core_get_sounding_guest (HoCore *self)
{
  HoAudioLink *link = ho_core_get_audio (self);
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (self));
  HoGuest *primary = ho_core_get_primary_guest (self);
  HoGuest *found = NULL, *playing = NULL;
  guint n = g_list_model_get_n_items (guests), n_found = 0, n_playing = 0;

  if (primary != NULL && ho_audio_link_is_used_by (link, primary))
    return primary;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, i); /* the list keeps it */

      if (!ho_audio_link_is_used_by (link, guest))
        continue;
      n_found++;
      found = guest;
      if (ho_guest_streams_find (ho_core_get_streams (self), guest) == NULL)
        continue;
      n_playing++;
      playing = guest;
    }
  if (n_playing == 1)
    return playing;
  return n_found == 1 ? found : NULL;
}

/**
 * ho_core_describe_audio:
 * @self: the core
 *
 * Returns: (transfer floating): `a{sv}`: the way for guests' sound, and the guests that are to use
 *   it
 */
GVariant *
ho_core_describe_audio (HoCore *self)
{
  HoAudioLink *link = ho_core_get_audio (self);
  HoSoundServer *server = ho_audio_link_get_server (link);
  const HoQemuUser *qemu = ho_audio_link_get_qemu_user (link);
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  add_string (&facts, "server", get_server (server));
  add_string (&facts, "server-name", ho_sound_server_get_name (server));
  add_string (&facts, "mode", ho_audio_mode_to_string (ho_audio_link_get_mode (link)));
  add_string (&facts, "state", ho_audio_state_to_string (ho_audio_link_get_state (link)));
  add_string (&facts, "socket", ho_audio_link_get_socket (link));
  add_string (&facts, "reason", ho_audio_link_get_reason (link));
  add_string (&facts, "problem", ho_audio_link_get_problem (link));
  if (qemu != NULL)
    {
      add_string (&facts, "qemu-user", qemu->user);
      add_string (&facts, "qemu-group", qemu->group);
      add_string (&facts, "qemu-user-found", qemu->source);
    }
  g_variant_builder_add (&facts, "{sv}", "guests", describe_guests (self));
  return g_variant_builder_end (&facts);
}
