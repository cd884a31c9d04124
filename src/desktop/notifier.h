/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "actions.h"
#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_NOTIFIER (ho_notifier_get_type ())
G_DECLARE_FINAL_TYPE (HoNotifier, ho_notifier, HO, NOTIFIER, GObject)

HoNotifier *ho_notifier_new (HoCore *core, HoActions *actions, HoNoticeBoard *board);

void ho_notifier_tell_status (HoNotifier *self);
void ho_notifier_confirm_force_off (HoNotifier *self, HoGuest *guest);

G_END_DECLS
