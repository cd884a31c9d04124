/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "guest-edit.h"

G_BEGIN_DECLS

#define HO_TYPE_DIFFERENCE_WINDOW (ho_difference_window_get_type ())
G_DECLARE_FINAL_TYPE (HoDifferenceWindow, ho_difference_window, HO, DIFFERENCE_WINDOW, GtkWindow)

HoDifferenceWindow *ho_difference_window_new (GtkWindow *parent, HoGuestEdit *edit);

G_END_DECLS
