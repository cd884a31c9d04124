/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input.h"

G_BEGIN_DECLS

#define HO_TYPE_SWITCH_ON_START (ho_switch_on_start_get_type ())
G_DECLARE_FINAL_TYPE (HoSwitchOnStart, ho_switch_on_start, HO, SWITCH_ON_START, GObject)

HoSwitchOnStart *ho_switch_on_start_new (HoInput *input, HoGuestList *guests, HoSettings *settings);

gboolean ho_switch_on_start_is_wanted (HoSettings *settings, HoGuest *guest);

G_END_DECLS
