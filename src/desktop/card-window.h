/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_CARD_WINDOW (ho_card_window_get_type ())
G_DECLARE_FINAL_TYPE (HoCardWindow, ho_card_window, HO, CARD_WINDOW, GtkApplicationWindow)

GtkWidget *ho_card_window_new (GtkApplication *application, HoCore *core);

G_END_DECLS
