/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu.h"

G_BEGIN_DECLS

void ho_gpu_command_run_async (const char *command, HoGpu *gpu, HoGuest *guest, guint seconds,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ho_gpu_command_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
