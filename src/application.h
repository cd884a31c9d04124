/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HO_TYPE_APPLICATION (ho_application_get_type ())
G_DECLARE_FINAL_TYPE (HoApplication, ho_application, HO, APPLICATION, GtkApplication)

HoApplication *ho_application_new (void);

G_END_DECLS
