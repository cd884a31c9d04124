/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_PAGE_GUESTS (ho_page_guests_get_type ())
G_DECLARE_FINAL_TYPE (HoPageGuests, ho_page_guests, HO, PAGE_GUESTS, GtkBox)

GtkWidget *ho_page_guests_new (HoCore *core);

G_END_DECLS
