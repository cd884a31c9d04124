/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core.h"
#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_SHIELD_NOTICES (ho_shield_notices_get_type ())
G_DECLARE_FINAL_TYPE (HoShieldNotices, ho_shield_notices, HO, SHIELD_NOTICES, GObject)

HoShieldNotices *ho_shield_notices_new (HoCore *core, HoNoticeBoard *board);

G_END_DECLS
