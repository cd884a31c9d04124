/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_SHORTCUT_RECORDER (ho_shortcut_recorder_get_type ())
G_DECLARE_FINAL_TYPE (HoShortcutRecorder, ho_shortcut_recorder, HO, SHORTCUT_RECORDER, GtkButton)

GtkWidget *ho_shortcut_recorder_new_row (HoShortcut *shortcut, HoSettings *settings);

G_END_DECLS
