/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "audio-link.h"

G_BEGIN_DECLS

/** HO_VOLUME_STEP: what one turn of the wheel, or one choice in the menu, changes, in percent. */
#define HO_VOLUME_STEP 5

#define HO_TYPE_GUEST_STREAMS (ho_guest_streams_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestStreams, ho_guest_streams, HO, GUEST_STREAMS, GObject)

HoGuestStreams *ho_guest_streams_new (HoSettings *settings, HoGuestList *guests, HoAudioLink *link);

const HoSoundStream *ho_guest_streams_find (HoGuestStreams *self, HoGuest *guest);
GPtrArray *ho_guest_streams_get_sinks (HoGuestStreams *self);
int ho_guest_streams_get_volume (HoGuestStreams *self, HoGuest *guest);
gboolean ho_guest_streams_get_muted (HoGuestStreams *self, HoGuest *guest);
void ho_guest_streams_step_volume (HoGuestStreams *self, HoGuest *guest, int steps);
void ho_guest_streams_set_muted (HoGuestStreams *self, HoGuest *guest, gboolean muted);
void ho_guest_streams_set_device (HoGuestStreams *self, HoGuest *guest, const char *sink);

G_END_DECLS
