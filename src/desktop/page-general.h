/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "autostart.h"
#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_PAGE_GENERAL (ho_page_general_get_type ())
G_DECLARE_FINAL_TYPE (HoPageGeneral, ho_page_general, HO, PAGE_GENERAL, GtkBox)

GtkWidget *ho_page_general_new (HoCore *core, HoAutostart *autostart);

G_END_DECLS
