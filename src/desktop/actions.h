/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_ACTIONS (ho_actions_get_type ())
G_DECLARE_FINAL_TYPE (HoActions, ho_actions, HO, ACTIONS, GObject)

HoActions *ho_actions_new (HoCore *core);

void ho_actions_start (HoActions *self, HoGuest *guest);
void ho_actions_start_anyway (HoActions *self, HoGuest *guest);
void ho_actions_stop (HoActions *self, HoGuest *guest);
void ho_actions_force_off (HoActions *self, HoGuest *guest);
void ho_actions_pause (HoActions *self, HoGuest *guest);
void ho_actions_toggle (HoActions *self, HoGuest *guest);
void ho_actions_move_input (HoActions *self, HoGuest *guest, int return_after);
void ho_actions_toggle_input (HoActions *self);

G_END_DECLS
