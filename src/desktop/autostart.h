/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_AUTOSTART (ho_autostart_get_type ())
G_DECLARE_FINAL_TYPE (HoAutostart, ho_autostart, HO, AUTOSTART, GObject)

HoAutostart *ho_autostart_new (const char *config_dir);

gboolean ho_autostart_get_enabled (HoAutostart *self);
void ho_autostart_set_enabled (HoAutostart *self, gboolean enabled);

G_END_DECLS
