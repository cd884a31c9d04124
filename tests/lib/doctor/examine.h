/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "check.h"

G_BEGIN_DECLS

gboolean examine_set_guest (HoDoctorContext *context, const char *xml);
void examine_all (HoDoctorContext *context, guint *n_findings, guint *n_fixes);

G_END_DECLS
