/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

gboolean ho_busy_hook_is_installed (void);

gboolean ho_busy_marker_put (const char *uuid, GError **error);
void ho_busy_marker_remove (const char *uuid);
gboolean ho_busy_marker_take (const char *run_user, const char *uuid,
                              gboolean (*may_decide) (uid_t uid, gpointer user_data),
                              gpointer user_data);

G_END_DECLS
