/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "return-channels.h"

#include "return-channel.h"

/**
 * HoReturnChannels:
 *
 * Listens to every running guest that has a return channel, also before anything is handed over: a
 * heartbeat that is heard by then is a way back.
 *
 * Signals: `host` and `alive`, with the UUID of the guest that wrote it.
 */
struct _HoReturnChannels
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  GHashTable *channels; /* uuid → HoReturnChannel */
};

G_DEFINE_FINAL_TYPE (HoReturnChannels, ho_return_channels, G_TYPE_OBJECT)

enum
{
  HOST,
  ALIVE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
emit (HoReturnChannels *self, guint signal, HoReturnChannel *channel)
{
  GHashTableIter iter;
  gpointer uuid, candidate;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, &uuid, &candidate))
    {
      if (candidate == channel)
        {
          g_autofree char *copy = g_strdup (uuid); /* whoever listens may close it */

          g_signal_emit (self, signals[signal], 0, copy);
          return;
        }
    }
}

static void
on_host (HoReturnChannels *self, HoReturnChannel *channel)
{
  emit (self, HOST, channel);
}

static void
on_alive (HoReturnChannels *self, HoReturnChannel *channel)
{
  emit (self, ALIVE, channel);
}

static void
ho_return_channels_dispose (GObject *object)
{
  HoReturnChannels *self = HO_RETURN_CHANNELS (object);

  g_hash_table_remove_all (self->channels);
  g_clear_object (&self->guests);
  g_clear_object (&self->hypervisor);

  G_OBJECT_CLASS (ho_return_channels_parent_class)->dispose (object);
}

static void
ho_return_channels_finalize (GObject *object)
{
  g_hash_table_unref (HO_RETURN_CHANNELS (object)->channels);

  G_OBJECT_CLASS (ho_return_channels_parent_class)->finalize (object);
}

static void
ho_return_channels_class_init (HoReturnChannelsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_return_channels_dispose;
  object_class->finalize = ho_return_channels_finalize;

  signals[HOST] = g_signal_new ("host", HO_TYPE_RETURN_CHANNELS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[ALIVE] = g_signal_new ("alive", HO_TYPE_RETURN_CHANNELS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ho_return_channels_init (HoReturnChannels *self)
{
  self->channels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * ho_return_channels_new:
 * @hypervisor: what runs the guests
 * @guests: its guests
 *
 * Returns: (transfer full): the channels; none is open before ho_return_channels_follow()
 */
HoReturnChannels *
ho_return_channels_new (HoHypervisor *hypervisor, HoGuestList *guests)
{
  HoReturnChannels *self = g_object_new (HO_TYPE_RETURN_CHANNELS, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  return self;
}

/**
 * ho_return_channels_follow:
 * @self: the channels
 *
 * To be called when guests have changed: closes what has ended and opens what has come.
 */
void
ho_return_channels_follow (HoReturnChannels *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));
  GHashTableIter iter;
  gpointer uuid;

  g_hash_table_iter_init (&iter, self->channels);
  while (g_hash_table_iter_next (&iter, &uuid, NULL))
    {
      HoGuest *guest = ho_guest_list_get_by_uuid (self->guests, uuid);

      if (guest == NULL || !ho_guest_is_active (guest))
        g_hash_table_iter_remove (&iter);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);
      HoReturnChannel *channel;

      if (ho_guest_get_state (guest) != HO_GUEST_RUNNING
          || ho_guest_get_facts (guest)->return_channel == HO_CHANNEL_ABSENT
          || g_hash_table_contains (self->channels, ho_guest_get_uuid (guest)))
        continue;
      channel = ho_return_channel_new (self->hypervisor, guest);
      g_signal_connect_object (channel, "alive", G_CALLBACK (on_alive), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (channel, "host", G_CALLBACK (on_host), self, G_CONNECT_SWAPPED);
      g_hash_table_insert (self->channels, g_strdup (ho_guest_get_uuid (guest)), channel);
    }
}

/**
 * ho_return_channels_get_last_alive:
 * @self: the channels
 * @uuid: a guest
 *
 * Returns: when its last heartbeat came, in microseconds of g_get_monotonic_time(); 0: never
 */
gint64
ho_return_channels_get_last_alive (HoReturnChannels *self, const char *uuid)
{
  HoReturnChannel *channel = g_hash_table_lookup (self->channels, uuid);

  return channel != NULL ? ho_return_channel_get_last_alive (channel) : 0;
}

/**
 * ho_return_channels_get_problem:
 * @self: the channels
 * @uuid: a guest
 *
 * Returns: (nullable): why that guest cannot be listened to, as a sentence for the user
 */
const char *
ho_return_channels_get_problem (HoReturnChannels *self, const char *uuid)
{
  HoReturnChannel *channel = g_hash_table_lookup (self->channels, uuid);

  return channel != NULL ? ho_return_channel_get_problem (channel) : NULL;
}
