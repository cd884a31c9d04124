/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_GUEST_CHOICE (ho_guest_choice_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestChoice, ho_guest_choice, HO, GUEST_CHOICE, GtkComboBoxText)

void ho_guest_choice_follow (HoGuestChoice *self, HoCore *core, gboolean with_automatic);

HoGuest *ho_guest_choice_get_guest (HoGuestChoice *self);
void ho_guest_choice_select (HoGuestChoice *self, const char *name);

G_END_DECLS
