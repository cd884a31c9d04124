/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-list.h"

G_BEGIN_DECLS

#define HO_TYPE_RETURN_CHANNELS (ho_return_channels_get_type ())
G_DECLARE_FINAL_TYPE (HoReturnChannels, ho_return_channels, HO, RETURN_CHANNELS, GObject)

HoReturnChannels *ho_return_channels_new (HoHypervisor *hypervisor, HoGuestList *guests);

void ho_return_channels_follow (HoReturnChannels *self);
gint64 ho_return_channels_get_last_alive (HoReturnChannels *self, const char *uuid);
const char *ho_return_channels_get_problem (HoReturnChannels *self, const char *uuid);

G_END_DECLS
