/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_DOCTOR_WINDOW (ho_doctor_window_get_type ())
G_DECLARE_FINAL_TYPE (HoDoctorWindow, ho_doctor_window, HO, DOCTOR_WINDOW, GtkApplicationWindow)

GtkWidget *ho_doctor_window_new (GtkApplication *application, HoCore *core);

G_END_DECLS
