/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "holders.h"

G_BEGIN_DECLS

guint ho_holders_count_closable (const HoHolders *self);
void ho_holders_close_async (HoHolders *self, guint seconds, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_holders_close_finish (GAsyncResult *result, GError **error);

G_END_DECLS
