/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "command.h"

G_BEGIN_DECLS

void ho_print_gpus (GVariant *gpus);
int ho_print_gpu_status (const HoCommand *command, GVariant *status);

G_END_DECLS
