/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "command.h"

G_BEGIN_DECLS

int ho_print_status (const HoCommand *command, GVariant *status);
int ho_print_input (GVariant *input);
int ho_print_devices (const HoCommand *command, GVariant *devices);
int ho_print_audio (const HoCommand *command, GVariant *audio);
void ho_print_event (const char *event, GVariant *facts);

G_END_DECLS
