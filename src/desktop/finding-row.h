/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "check.h"

G_BEGIN_DECLS

#define HO_TYPE_FINDING_ROW (ho_finding_row_get_type ())
G_DECLARE_FINAL_TYPE (HoFindingRow, ho_finding_row, HO, FINDING_ROW, GtkGrid)

GtkWidget *ho_finding_row_new (const HoFinding *finding);

const HoCheck *ho_finding_row_get_check (HoFindingRow *self);

G_END_DECLS
