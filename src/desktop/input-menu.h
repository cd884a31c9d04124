/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "actions.h"
#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_INPUT_MENU (ho_input_menu_get_type ())
G_DECLARE_FINAL_TYPE (HoInputMenu, ho_input_menu, HO, INPUT_MENU, GtkMenuItem)

HoInputMenu *ho_input_menu_new (HoCore *core, HoActions *actions, HoShortcut *shortcut,
                                GActionGroup *application);

GtkWidget *ho_input_menu_get_toggle (HoInputMenu *self);

G_END_DECLS
