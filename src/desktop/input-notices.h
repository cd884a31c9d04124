/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "actions.h"
#include "notice-board.h"
#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_INPUT_NOTICES (ho_input_notices_get_type ())
G_DECLARE_FINAL_TYPE (HoInputNotices, ho_input_notices, HO, INPUT_NOTICES, GObject)

HoInputNotices *ho_input_notices_new (HoCore *core, HoActions *actions, HoShortcut *shortcut,
                                      HoNoticeBoard *board);

G_END_DECLS
