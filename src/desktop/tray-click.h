/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_TRAY_CLICK (ho_tray_click_get_type ())
G_DECLARE_FINAL_TYPE (HoTrayClick, ho_tray_click, HO, TRAY_CLICK, GObject)

HoTrayClick *ho_tray_click_new (GDBusConnection *connection, const char *indicator_id);

void ho_tray_click_set_enabled (HoTrayClick *self, gboolean enabled);

G_END_DECLS
