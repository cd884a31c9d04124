/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HO_TYPE_ROW (ho_row_get_type ())
G_DECLARE_FINAL_TYPE (HoRow, ho_row, HO, ROW, GtkGrid)

GtkWidget *ho_row_new (const char *title, const char *subtitle, GtkWidget *control);

const char *ho_row_get_key (HoRow *self);
GtkWidget *ho_row_get_control (HoRow *self);
void ho_row_set_title (HoRow *self, const char *title);
void ho_row_set_subtitle (HoRow *self, const char *subtitle);
void ho_row_set_fault (HoRow *self, const char *fault);

G_END_DECLS
