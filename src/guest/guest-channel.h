/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_GUEST_CHANNEL (ho_guest_channel_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestChannel, ho_guest_channel, HO, GUEST_CHANNEL, GObject)

/**
 * HoGuestChannelFuncs:
 * @more: asks for the next piece of data, which comes by ho_guest_channel_emit_data()
 * @close: ends the channel and frees @backend
 *
 * How a hypervisor serves a channel.
 */
typedef struct
{
  void (*more) (gpointer backend);
  void (*close) (gpointer backend);
} HoGuestChannelFuncs;

HoGuestChannel *ho_guest_channel_new (const HoGuestChannelFuncs *funcs, gpointer backend);

void ho_guest_channel_more (HoGuestChannel *self);
void ho_guest_channel_close (HoGuestChannel *self);

/* For implementations. */
void ho_guest_channel_emit_data (HoGuestChannel *self, GBytes *data);
void ho_guest_channel_emit_closed (HoGuestChannel *self);

G_END_DECLS
