/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_TRAY_HINT (ho_tray_hint_get_type ())
G_DECLARE_FINAL_TYPE (HoTrayHint, ho_tray_hint, HO, TRAY_HINT, GObject)

HoTrayHint *ho_tray_hint_new (GDBusConnection *connection, HoNoticeBoard *board,
                              const char *state_dir);

G_END_DECLS
