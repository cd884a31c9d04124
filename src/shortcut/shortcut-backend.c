/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-shortcut"

#include "shortcut-backend.h"

G_DEFINE_INTERFACE (HoShortcutBackend, ho_shortcut_backend, G_TYPE_OBJECT)

enum
{
  PRESSED,
  RELEASED,
  REBOUND,
  LOST,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
ho_shortcut_backend_default_init (HoShortcutBackendInterface *iface)
{
  signals[PRESSED] = g_signal_new ("pressed", HO_TYPE_SHORTCUT_BACKEND, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[RELEASED] = g_signal_new ("released", HO_TYPE_SHORTCUT_BACKEND, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REBOUND] = g_signal_new ("rebound", HO_TYPE_SHORTCUT_BACKEND, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[LOST] = g_signal_new ("lost", HO_TYPE_SHORTCUT_BACKEND, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
}

/**
 * ho_shortcut_backend_bind_async:
 * @self: a backend that has no keys yet
 * @wanted: the keys
 * @cancellable: (nullable): a #GCancellable
 * @callback: called when it is known what was granted
 * @user_data: for @callback
 */
void
ho_shortcut_backend_bind_async (HoShortcutBackend *self, const HoAccelerator *wanted,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_shortcut_backend_bind_async);
  HO_SHORTCUT_BACKEND_GET_IFACE (self)->bind (self, wanted, task);
}

/**
 * ho_shortcut_backend_bind_finish:
 * @self: a backend
 * @result: from the callback
 * @error: return location for a #GError, see #HoShortcutBackendInterface
 *
 * Returns: (transfer full): the keys that were granted, as people call them; %NULL with @error
 */
char *
ho_shortcut_backend_bind_finish (HoShortcutBackend *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * ho_shortcut_backend_unbind:
 * @self: a backend
 *
 * Gives the keys back. Nothing is heard of @self any more.
 */
void
ho_shortcut_backend_unbind (HoShortcutBackend *self)
{
  HO_SHORTCUT_BACKEND_GET_IFACE (self)->unbind (self);
}

void
ho_shortcut_backend_emit_pressed (HoShortcutBackend *self)
{
  g_signal_emit (self, signals[PRESSED], 0);
}

void
ho_shortcut_backend_emit_released (HoShortcutBackend *self)
{
  g_signal_emit (self, signals[RELEASED], 0);
}

void
ho_shortcut_backend_emit_rebound (HoShortcutBackend *self, const char *label)
{
  g_signal_emit (self, signals[REBOUND], 0, label);
}

void
ho_shortcut_backend_emit_lost (HoShortcutBackend *self)
{
  g_signal_emit (self, signals[LOST], 0);
}
