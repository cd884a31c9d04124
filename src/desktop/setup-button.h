/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"
#include "row.h"

G_BEGIN_DECLS

#define HO_TYPE_SETUP_BUTTON (ho_setup_button_get_type ())
G_DECLARE_FINAL_TYPE (HoSetupButton, ho_setup_button, HO, SETUP_BUTTON, GtkButton)

void ho_setup_button_set_up (HoSetupButton *self, HoCore *core, const char *part, HoRow *row);
void ho_setup_button_set_guest (HoSetupButton *self, HoGuest *guest);

G_END_DECLS
