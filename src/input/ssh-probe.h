/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void ho_ssh_probe_async (gboolean wanted, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
gboolean ho_ssh_probe_finish (GAsyncResult *result, GError **error);

G_END_DECLS
