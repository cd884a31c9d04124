/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void ho_text_diff_async (const char *old_label, const char *old_text, const char *new_label,
                         const char *new_text, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
char *ho_text_diff_finish (GAsyncResult *result, GError **error);

G_END_DECLS
