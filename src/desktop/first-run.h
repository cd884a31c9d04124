/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "actions.h"
#include "autostart.h"
#include "shortcut.h"

G_BEGIN_DECLS

#define HO_TYPE_FIRST_RUN (ho_first_run_get_type ())
G_DECLARE_FINAL_TYPE (HoFirstRun, ho_first_run, HO, FIRST_RUN, GtkApplicationWindow)

GtkWidget *ho_first_run_new (GtkApplication *application, HoCore *core, HoActions *actions,
                             HoAutostart *autostart, HoShortcut *shortcut);

G_END_DECLS
