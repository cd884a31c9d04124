/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-list.h"

G_BEGIN_DECLS

#define HO_TYPE_RETURN_CHANNEL (ho_return_channel_get_type ())
G_DECLARE_FINAL_TYPE (HoReturnChannel, ho_return_channel, HO, RETURN_CHANNEL, GObject)

HoReturnChannel *ho_return_channel_new (HoHypervisor *hypervisor, HoGuest *guest);

gint64 ho_return_channel_get_last_alive (HoReturnChannel *self);
const char *ho_return_channel_get_problem (HoReturnChannel *self);

G_END_DECLS
