/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "guest-streams.h"

#define FULL 100 /* percent */

/**
 * HoGuestStreams:
 *
 * What guests play, as the desktop's mixer has it: volume, mute and output device of each guest.
 * What the user chose is kept in the guest's settings and set again whenever it is otherwise, since
 * QEMU sets its own volume when a stream begins and when the guest turns a knob.
 *
 * A stream is a guest's by the name that QEMU gives itself. Whoever plays can lie about that, so
 * nothing but what is shown and how loud it is may depend on it. The signal `changed` tells of all
 * that has a getter here.
 */
struct _HoGuestStreams
{
  GObject parent;

  HoSettings *settings;
  HoGuestList *guests;
  HoAudioLink *link;
  GHashTable *placed; /* uuid → index of the stream that was moved to its device */
};

G_DEFINE_FINAL_TYPE (HoGuestStreams, ho_guest_streams, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static HoSoundServer *
get_server (HoGuestStreams *self)
{
  return ho_audio_link_get_server (self->link);
}

static GSettings *
get_settings (HoGuestStreams *self, HoGuest *guest)
{
  return ho_settings_get_guest (self->settings, ho_guest_get_uuid (guest));
}

static const HoSoundSink *
find_sink (HoGuestStreams *self, const char *name)
{
  GPtrArray *sinks = ho_guest_streams_get_sinks (self);

  for (guint i = 0; i < sinks->len; i++)
    {
      if (g_strcmp0 (((HoSoundSink *) sinks->pdata[i])->name, name) == 0)
        return sinks->pdata[i];
    }
  return NULL;
}

/* A stream is moved when it begins, and when the user wants it elsewhere; later the desktop's mixer
 * may move it again. */
static void
place (HoGuestStreams *self, HoGuest *guest, const HoSoundStream *stream)
{
  const char *uuid = ho_guest_get_uuid (guest);
  g_autofree char *device = g_settings_get_string (get_settings (self, guest), HO_KEY_AUDIO_DEVICE);
  gpointer index;

  if (*device == '\0' || find_sink (self, device) == NULL
      || (g_hash_table_lookup_extended (self->placed, uuid, NULL, &index)
          && GPOINTER_TO_UINT (index) == stream->index))
    return;
  g_hash_table_insert (self->placed, g_strdup (uuid), GUINT_TO_POINTER (stream->index));
  if (g_strcmp0 (device, stream->sink) != 0)
    ho_sound_server_move (get_server (self), stream, device);
}

/* Makes a guest sound as the user wants it. Each change here comes back as one of the server's, so
 * what is as wanted is left alone. A guest that mutes itself is left alone, too. */
static void
apply (HoGuestStreams *self, HoGuest *guest)
{
  GSettings *settings = get_settings (self, guest);
  const HoSoundStream *stream = ho_guest_streams_find (self, guest);
  int volume = g_settings_get_int (settings, HO_KEY_AUDIO_VOLUME);

  if (stream == NULL)
    {
      g_hash_table_remove (self->placed, ho_guest_get_uuid (guest));
      return;
    }
  if (volume >= 0 && (guint) volume != stream->volume)
    ho_sound_server_set_volume (get_server (self), stream, (guint) volume);
  if (g_settings_get_boolean (settings, HO_KEY_AUDIO_MUTED) && !stream->muted)
    ho_sound_server_set_muted (get_server (self), stream, TRUE);
  place (self, guest, stream);
}

static void
on_streams_changed (HoGuestStreams *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      if (ho_audio_link_is_used_by (self->link, guest))
        apply (self, guest);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

/* What others play does not wake us while no guest of ours can. */
static void
update_watch (HoGuestStreams *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));
  gboolean watch = FALSE;

  for (guint i = 0; i < n && !watch; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      watch = ho_guest_is_active (guest) && ho_audio_link_is_used_by (self->link, guest);
    }
  ho_sound_server_watch_streams (get_server (self), watch);
}

static void
ho_guest_streams_dispose (GObject *object)
{
  HoGuestStreams *self = HO_GUEST_STREAMS (object);

  g_clear_object (&self->link);
  g_clear_object (&self->guests);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_guest_streams_parent_class)->dispose (object);
}

static void
ho_guest_streams_finalize (GObject *object)
{
  HoGuestStreams *self = HO_GUEST_STREAMS (object);

  g_hash_table_unref (self->placed);

  G_OBJECT_CLASS (ho_guest_streams_parent_class)->finalize (object);
}

static void
ho_guest_streams_class_init (HoGuestStreamsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_guest_streams_dispose;
  object_class->finalize = ho_guest_streams_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_GUEST_STREAMS, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_guest_streams_init (HoGuestStreams *self)
{
  self->placed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * ho_guest_streams_new:
 * @settings: where each guest's volume is kept
 * @guests: the guests
 * @link: the way for their sound
 *
 * Returns: (transfer full): what follows guests' streams while a guest runs that has a way
 */
HoGuestStreams *
ho_guest_streams_new (HoSettings *settings, HoGuestList *guests, HoAudioLink *link)
{
  HoGuestStreams *self = g_object_new (HO_TYPE_GUEST_STREAMS, NULL);

  self->settings = g_object_ref (settings);
  self->guests = g_object_ref (guests);
  self->link = g_object_ref (link);
  g_signal_connect_object (get_server (self), "streams-changed", G_CALLBACK (on_streams_changed),
                           self, G_CONNECT_SWAPPED);
  g_object_connect (guests, "swapped-object-signal::guest-added", update_watch, self,
                    "swapped-object-signal::guest-changed", update_watch, self,
                    "swapped-object-signal::guest-removed", update_watch, self, NULL);
  update_watch (self);
  return self;
}

/**
 * ho_guest_streams_find:
 * @self: the streams
 * @guest: a guest
 *
 * Returns: (transfer none) (nullable): what @guest plays
 */
const HoSoundStream *
ho_guest_streams_find (HoGuestStreams *self, HoGuest *guest)
{
  GPtrArray *streams = ho_sound_server_get_streams (get_server (self));

  for (guint i = 0; i < streams->len; i++)
    {
      const HoSoundStream *stream = streams->pdata[i];

      if (g_strcmp0 (stream->client, ho_guest_get_name (guest)) == 0)
        return stream;
    }
  return NULL;
}

/**
 * ho_guest_streams_get_sinks:
 * @self: the streams
 *
 * Returns: (element-type HoSoundSink): the output devices that a guest can be heard on
 */
GPtrArray *
ho_guest_streams_get_sinks (HoGuestStreams *self)
{
  return ho_sound_server_get_sinks (get_server (self));
}

/**
 * ho_guest_streams_get_volume:
 * @self: the streams
 * @guest: a guest
 *
 * Returns: how loud it is, or will be when it plays, in percent; -1 if that is the guest's business
 */
int
ho_guest_streams_get_volume (HoGuestStreams *self, HoGuest *guest)
{
  const HoSoundStream *stream = ho_guest_streams_find (self, guest);
  int wanted = g_settings_get_int (get_settings (self, guest), HO_KEY_AUDIO_VOLUME);

  return wanted >= 0 || stream == NULL ? wanted : (int) stream->volume;
}

gboolean
ho_guest_streams_get_muted (HoGuestStreams *self, HoGuest *guest)
{
  const HoSoundStream *stream = ho_guest_streams_find (self, guest);

  return g_settings_get_boolean (get_settings (self, guest), HO_KEY_AUDIO_MUTED)
         || (stream != NULL && stream->muted);
}

/**
 * ho_guest_streams_step_volume:
 * @self: the streams
 * @guest: a guest
 * @steps: how many steps of %HO_VOLUME_STEP up, or down if negative
 *
 * Turning a muted guest up makes it heard again.
 */
void
ho_guest_streams_step_volume (HoGuestStreams *self, HoGuest *guest, int steps)
{
  int volume = ho_guest_streams_get_volume (self, guest);

  if (volume < 0)
    volume = FULL;
  volume = CLAMP (volume + steps * HO_VOLUME_STEP, 0, FULL);
  if (steps > 0 && ho_guest_streams_get_muted (self, guest))
    ho_guest_streams_set_muted (self, guest, FALSE);
  g_settings_set_int (get_settings (self, guest), HO_KEY_AUDIO_VOLUME, volume);
  on_streams_changed (self);
}

void
ho_guest_streams_set_muted (HoGuestStreams *self, HoGuest *guest, gboolean muted)
{
  const HoSoundStream *stream = ho_guest_streams_find (self, guest);

  g_settings_set_boolean (get_settings (self, guest), HO_KEY_AUDIO_MUTED, muted);
  if (stream != NULL && stream->muted && !muted)
    ho_sound_server_set_muted (get_server (self), stream, FALSE);
  on_streams_changed (self);
}

/**
 * ho_guest_streams_set_device:
 * @self: the streams
 * @guest: a guest
 * @sink: name of an output device
 */
void
ho_guest_streams_set_device (HoGuestStreams *self, HoGuest *guest, const char *sink)
{
  g_settings_set_string (get_settings (self, guest), HO_KEY_AUDIO_DEVICE, sink);
  g_hash_table_remove (self->placed, ho_guest_get_uuid (guest));
  on_streams_changed (self);
}
