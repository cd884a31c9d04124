/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "actions.h"
#include "tray-menu.h"

G_BEGIN_DECLS

#define HO_TYPE_TRAY (ho_tray_get_type ())
G_DECLARE_FINAL_TYPE (HoTray, ho_tray, HO, TRAY, GObject)

HoTray *ho_tray_new (HoCore *core, HoActions *actions, HoTrayMenu *menu,
                     GDBusConnection *connection);

G_END_DECLS
