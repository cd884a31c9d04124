/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "return-channel.h"

#include "error.h"
#include "return-lines.h"

/* The guest is read at most this often, in milliseconds: a piece is 1 KiB, so a guest that floods
 * its port is slowed to 100 KiB in a second, and costs next to nothing. */
#define PACE 10

/* However often a guest asks, it is heard once in this time, in microseconds. */
#define DEAF G_TIME_SPAN_SECOND

/* A channel that is taken by another program, or has ended, is tried again after 1, 2, 4 … seconds:
 * nobody tells when it is free. */
#define LAST_RETRY 30

/**
 * HoReturnChannel:
 *
 * Listens to a running guest's return channel. Signals: `host` (the guest wants its devices to go
 * home) and `alive` (a heartbeat). Nothing else that comes from there has any effect.
 */
struct _HoReturnChannel
{
  GObject parent;

  HoHypervisor *hypervisor;
  char *name; /* of the guest */
  char *uuid;
  guint retry; /* seconds */
  guint retry_timer;
  GCancellable *cancellable;
  HoGuestChannel *channel;
  HoReturnLines lines;
  gboolean told_of_junk;
  guint pace;
  gint64 last_host;
  gint64 last_alive;
  char *problem;
};

G_DEFINE_FINAL_TYPE (HoReturnChannel, ho_return_channel, G_TYPE_OBJECT)

enum
{
  HOST,
  ALIVE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void open_channel (HoReturnChannel *self);

static void
on_word (HoReturnWord word, gpointer user_data)
{
  HoReturnChannel *self = user_data;
  gint64 now = g_get_monotonic_time ();

  switch (word)
    {
    case HO_RETURN_HOST:
      if (self->last_host != 0 && now - self->last_host < DEAF)
        break;
      self->last_host = now;
      g_signal_emit (self, signals[HOST], 0);
      break;
    case HO_RETURN_ALIVE:
      if (self->last_alive != 0 && now - self->last_alive < DEAF)
        break;
      self->last_alive = now;
      g_signal_emit (self, signals[ALIVE], 0);
      break;
    case HO_RETURN_JUNK:
    default:
      if (!self->told_of_junk)
        g_message ("%s writes something else than “host” or “alive” to its return channel; it is "
                   "ignored.",
                   self->name);
      self->told_of_junk = TRUE;
    }
}

static gboolean
on_paced (gpointer user_data)
{
  HoReturnChannel *self = user_data;

  self->pace = 0;
  ho_guest_channel_more (self->channel);
  return G_SOURCE_REMOVE;
}

static void
on_data (HoReturnChannel *self, GBytes *data)
{
  gsize length;
  const char *text = g_bytes_get_data (data, &length);

  g_object_ref (self);
  ho_return_lines_feed (&self->lines, text, length, on_word, self);
  if (self->channel != NULL && self->pace == 0)
    self->pace = g_timeout_add (PACE, on_paced, self);
  g_object_unref (self);
}

static gboolean
on_retry (gpointer user_data)
{
  HoReturnChannel *self = user_data;

  self->retry_timer = 0;
  open_channel (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (HoReturnChannel *self)
{
  if (self->retry_timer == 0)
    self->retry_timer = g_timeout_add_seconds (self->retry, on_retry, self);
  self->retry = MIN (self->retry * 2, LAST_RETRY);
}

static void
on_closed (HoReturnChannel *self)
{
  g_clear_handle_id (&self->pace, g_source_remove);
  if (self->channel != NULL)
    ho_guest_channel_close (self->channel);
  g_clear_object (&self->channel);
  self->lines = (HoReturnLines){ 0 };
  retry_later (self);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoReturnChannel *self;
  g_autoptr (GError) error = NULL;
  HoGuestChannel *channel
      = ho_hypervisor_open_channel_finish (HO_HYPERVISOR (object), result, &error);

  if (ho_error_is_silent (error))
    return;
  self = HO_RETURN_CHANNEL (user_data);
  if (channel == NULL)
    {
      if (g_strcmp0 (self->problem, error->message) != 0)
        g_message ("%s: %s", self->name, error->message);
      g_free (self->problem);
      self->problem = g_strdup (error->message);
      retry_later (self);
      return;
    }
  g_clear_pointer (&self->problem, g_free);
  self->retry = 1;
  self->channel = channel;
  g_signal_connect_object (channel, "data", G_CALLBACK (on_data), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (channel, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
  ho_guest_channel_more (channel);
}

static void
open_channel (HoReturnChannel *self)
{
  ho_hypervisor_open_channel_async (self->hypervisor, self->uuid, HO_RETURN_PORT, self->cancellable,
                                    on_opened, self);
}

static void
ho_return_channel_dispose (GObject *object)
{
  HoReturnChannel *self = HO_RETURN_CHANNEL (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->pace, g_source_remove);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  if (self->channel != NULL)
    ho_guest_channel_close (self->channel);
  g_clear_object (&self->channel);
  g_clear_object (&self->hypervisor);

  G_OBJECT_CLASS (ho_return_channel_parent_class)->dispose (object);
}

static void
ho_return_channel_finalize (GObject *object)
{
  HoReturnChannel *self = HO_RETURN_CHANNEL (object);

  g_object_unref (self->cancellable);
  g_free (self->name);
  g_free (self->uuid);
  g_free (self->problem);

  G_OBJECT_CLASS (ho_return_channel_parent_class)->finalize (object);
}

static void
ho_return_channel_class_init (HoReturnChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_return_channel_dispose;
  object_class->finalize = ho_return_channel_finalize;

  signals[HOST] = g_signal_new ("host", HO_TYPE_RETURN_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
  signals[ALIVE] = g_signal_new ("alive", HO_TYPE_RETURN_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
ho_return_channel_init (HoReturnChannel *self)
{
  self->cancellable = g_cancellable_new ();
  self->retry = 1;
}

/**
 * ho_return_channel_new:
 * @hypervisor: what runs @guest
 * @guest: a running guest with %HO_RETURN_PORT in its XML
 *
 * Returns: (transfer full): the channel, which opens by itself
 */
HoReturnChannel *
ho_return_channel_new (HoHypervisor *hypervisor, HoGuest *guest)
{
  HoReturnChannel *self = g_object_new (HO_TYPE_RETURN_CHANNEL, NULL);

  self->name = g_strdup (ho_guest_get_name (guest));
  self->uuid = g_strdup (ho_guest_get_uuid (guest));
  self->hypervisor = g_object_ref (hypervisor);
  open_channel (self);
  return self;
}

/**
 * ho_return_channel_get_last_alive:
 * @self: a channel
 *
 * Returns: when the last heartbeat came, in microseconds of g_get_monotonic_time(); 0: never
 */
gint64
ho_return_channel_get_last_alive (HoReturnChannel *self)
{
  return self->last_alive;
}

/**
 * ho_return_channel_get_problem:
 * @self: a channel
 *
 * Returns: (nullable): why it cannot be listened to, as a sentence for the user
 */
const char *
ho_return_channel_get_problem (HoReturnChannel *self)
{
  return self->problem;
}
