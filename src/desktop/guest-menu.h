/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "actions.h"
#include "notifier.h"

G_BEGIN_DECLS

#define HO_TYPE_GUEST_MENU (ho_guest_menu_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestMenu, ho_guest_menu, HO, GUEST_MENU, GtkMenuItem)

GtkWidget *ho_guest_menu_new (HoGuest *guest, HoInput *input, HoActions *actions,
                              HoNotifier *notifier, HoNoticeBoard *board);

G_END_DECLS
