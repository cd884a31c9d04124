/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "doctor.h"

G_BEGIN_DECLS

char *ho_diagnosis_write_report (HoDiagnosis *self);

G_END_DECLS
