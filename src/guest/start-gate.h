/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "guest.h"

G_BEGIN_DECLS

/**
 * HoStartFlags:
 * @HO_START_IGNORE_BUSY: start although the card is in use, or may be
 */
typedef enum
{
  HO_START_NONE = 0,
  HO_START_IGNORE_BUSY = 1 << 0,
} HoStartFlags;

#define HO_TYPE_START_GATE (ho_start_gate_get_type ())
G_DECLARE_INTERFACE (HoStartGate, ho_start_gate, HO, START_GATE, GObject)

/**
 * HoStartGateInterface:
 * @open: makes ready what the guest needs and returns %TRUE through the task, or an error of
 *   %HO_ERROR that says why the guest must not start; owns the task
 * @close: the guest did not start after all, or has stopped
 * @holds_up: (nullable): whether what the gate let through may still be held up where nothing can
 *   call it off
 */
struct _HoStartGateInterface
{
  GTypeInterface parent_iface;

  void (*open) (HoStartGate *self, HoGuest *guest, HoStartFlags flags, GTask *task);
  void (*close) (HoStartGate *self, HoGuest *guest);
  gboolean (*holds_up) (HoStartGate *self, HoGuest *guest);
};

void ho_start_gate_open_async (HoStartGate *self, HoGuest *guest, HoStartFlags flags,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ho_start_gate_open_finish (HoStartGate *self, GAsyncResult *result, GError **error);
void ho_start_gate_close (HoStartGate *self, HoGuest *guest);
gboolean ho_start_gate_holds_up (HoStartGate *self, HoGuest *guest);

G_END_DECLS
