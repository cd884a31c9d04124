/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "actions.h"
#include "autostart.h"
#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_WINDOWS (ho_windows_get_type ())
G_DECLARE_FINAL_TYPE (HoWindows, ho_windows, HO, WINDOWS, GObject)

HoWindows *ho_windows_new (GtkApplication *application, HoCore *core, HoActions *actions,
                           HoAutostart *autostart, HoShortcut *shortcut);

G_END_DECLS
