/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "doctor.h"

G_BEGIN_DECLS

void ho_print_diagnosis (HoDiagnosis *diagnosis);

G_END_DECLS
