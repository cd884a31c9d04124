/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "command.h"
#include "core.h"

G_BEGIN_DECLS

void ho_doctor_command_async (HoCore *core, const HoCommand *command, GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ho_doctor_command_finish (HoCore *core, GAsyncResult *result, GError **error);

G_END_DECLS
