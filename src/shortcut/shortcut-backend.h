/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "accelerator.h"

G_BEGIN_DECLS

#define HO_TYPE_SHORTCUT_BACKEND (ho_shortcut_backend_get_type ())
G_DECLARE_INTERFACE (HoShortcutBackend, ho_shortcut_backend, HO, SHORTCUT_BACKEND, GObject)

/**
 * HoShortcutBackendInterface:
 * @bind: asks for the keys, and returns through the task what was granted, as people call it
 * (`char *`). Errors: %HO_ERROR_UNSUPPORTED if there is no such service here, %HO_ERROR_REFUSED if
 * somebody else has the keys, both with a sentence for the user
 * @unbind: gives the keys back, at once
 *
 * One way to hear of keys that are pressed while another program has the keyboard. Signals:
 * `pressed`, again and again while the keys are held, and `released`; `rebound` with the keys that
 * the user has chosen elsewhere, or %NULL if they took them away; `lost` when the service has gone.
 */
struct _HoShortcutBackendInterface
{
  GTypeInterface parent_iface;

  void (*bind) (HoShortcutBackend *self, const HoAccelerator *wanted, GTask *task);
  void (*unbind) (HoShortcutBackend *self);
};

void ho_shortcut_backend_bind_async (HoShortcutBackend *self, const HoAccelerator *wanted,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
char *ho_shortcut_backend_bind_finish (HoShortcutBackend *self, GAsyncResult *result,
                                       GError **error);
void ho_shortcut_backend_unbind (HoShortcutBackend *self);

/* For implementations. */
void ho_shortcut_backend_emit_pressed (HoShortcutBackend *self);
void ho_shortcut_backend_emit_released (HoShortcutBackend *self);
void ho_shortcut_backend_emit_rebound (HoShortcutBackend *self, const char *label);
void ho_shortcut_backend_emit_lost (HoShortcutBackend *self);

G_END_DECLS
