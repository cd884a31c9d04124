/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest-channel.h"

/**
 * HoGuestChannel:
 *
 * What a guest writes to one of its virtio-serial ports, in pieces and at the reader's pace: the
 * signal `data` (#GBytes) comes once for each ho_guest_channel_more(), so that a guest that floods
 * its port waits by itself. `closed` comes when the guest or its hypervisor has ended.
 */
struct _HoGuestChannel
{
  GObject parent;

  const HoGuestChannelFuncs *funcs;
  gpointer backend; /* NULL once closed */
};

G_DEFINE_FINAL_TYPE (HoGuestChannel, ho_guest_channel, G_TYPE_OBJECT)

enum
{
  DATA,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
ho_guest_channel_dispose (GObject *object)
{
  ho_guest_channel_close (HO_GUEST_CHANNEL (object));

  G_OBJECT_CLASS (ho_guest_channel_parent_class)->dispose (object);
}

static void
ho_guest_channel_class_init (HoGuestChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_guest_channel_dispose;

  signals[DATA] = g_signal_new ("data", HO_TYPE_GUEST_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
  signals[CLOSED] = g_signal_new ("closed", HO_TYPE_GUEST_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
ho_guest_channel_init (HoGuestChannel *self)
{
}

/**
 * ho_guest_channel_new:
 * @funcs: (transfer none): how the channel is served; static
 * @backend: (transfer full): for @funcs
 *
 * Returns: (transfer full): a channel
 */
HoGuestChannel *
ho_guest_channel_new (const HoGuestChannelFuncs *funcs, gpointer backend)
{
  HoGuestChannel *self = g_object_new (HO_TYPE_GUEST_CHANNEL, NULL);

  self->funcs = funcs;
  self->backend = backend;
  return self;
}

/**
 * ho_guest_channel_more:
 * @self: a channel
 *
 * Lets the next piece of data come: one `data`, whenever the guest has written something.
 */
void
ho_guest_channel_more (HoGuestChannel *self)
{
  if (self->backend != NULL)
    self->funcs->more (self->backend);
}

/**
 * ho_guest_channel_close:
 * @self: a channel
 *
 * Ends the channel; nothing comes from it any more.
 */
void
ho_guest_channel_close (HoGuestChannel *self)
{
  gpointer backend = g_steal_pointer (&self->backend);

  if (backend != NULL)
    self->funcs->close (backend);
}

void
ho_guest_channel_emit_data (HoGuestChannel *self, GBytes *data)
{
  g_signal_emit (self, signals[DATA], 0, data);
}

void
ho_guest_channel_emit_closed (HoGuestChannel *self)
{
  g_signal_emit (self, signals[CLOSED], 0);
}
