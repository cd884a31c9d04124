/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "autostart.h"
#include "core.h"
#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_PREFERENCES (ho_preferences_get_type ())
G_DECLARE_FINAL_TYPE (HoPreferences, ho_preferences, HO, PREFERENCES, GtkApplicationWindow)

GtkWidget *ho_preferences_new (GtkApplication *application, HoCore *core, HoAutostart *autostart,
                               HoShortcut *shortcut);

G_END_DECLS
