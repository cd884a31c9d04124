/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keeper-place.h"

G_BEGIN_DECLS

void ho_keeper_start_async (const HoKeeperPlace *place, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
GDBusConnection *ho_keeper_start_finish (GAsyncResult *result, GError **error);

G_END_DECLS
