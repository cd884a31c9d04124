/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "row.h"

G_BEGIN_DECLS

void ho_lines_binding_bind (HoRow *row, GtkTextView *view, GSettings *settings, const char *key);

G_END_DECLS
