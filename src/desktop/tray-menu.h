/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "actions.h"
#include "autostart.h"
#include "notifier.h"
#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_TRAY_MENU (ho_tray_menu_get_type ())
G_DECLARE_FINAL_TYPE (HoTrayMenu, ho_tray_menu, HO, TRAY_MENU, GtkMenu)

HoTrayMenu *ho_tray_menu_new (HoCore *core, HoActions *actions, HoShortcut *shortcut,
                              HoNotifier *notifier, HoNoticeBoard *board, HoAutostart *autostart,
                              GActionGroup *application);

GtkWidget *ho_tray_menu_get_toggle (HoTrayMenu *self);

G_END_DECLS
