/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HO_TYPE_GROUP (ho_group_get_type ())
G_DECLARE_FINAL_TYPE (HoGroup, ho_group, HO, GROUP, GtkBox)

GtkWidget *ho_group_new (const char *title);

void ho_group_set_title (HoGroup *self, const char *title);

G_END_DECLS
