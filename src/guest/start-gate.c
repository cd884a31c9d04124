/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "start-gate.h"

/**
 * HoStartGate:
 *
 * Something that must agree before a guest starts, and is told when it has stopped: the rooms for
 * input, card and sound do not know each other, and meet only here.
 */
G_DEFINE_INTERFACE (HoStartGate, ho_start_gate, G_TYPE_OBJECT)

static void
ho_start_gate_default_init (HoStartGateInterface *iface)
{
}

/**
 * ho_start_gate_open_async:
 * @self: a gate
 * @guest: the guest that is about to start
 * @flags: what the user has said about this start
 * @cancellable: (nullable): gives the start up
 * @callback: called with the verdict
 * @user_data: for @callback
 */
void
ho_start_gate_open_async (HoStartGate *self, HoGuest *guest, HoStartFlags flags,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_start_gate_open_async);
  HO_START_GATE_GET_IFACE (self)->open (self, guest, flags, task);
}

gboolean
ho_start_gate_open_finish (HoStartGate *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_start_gate_close:
 * @self: a gate
 * @guest: the guest that stopped, or did not start
 */
void
ho_start_gate_close (HoStartGate *self, HoGuest *guest)
{
  HO_START_GATE_GET_IFACE (self)->close (self, guest);
}

/**
 * ho_start_gate_holds_up:
 * @self: a gate
 * @guest: a guest that libvirt is starting
 *
 * Returns: whether that may hang, in a driver of the host, so that libvirt would answer nothing
 *   about @guest
 */
gboolean
ho_start_gate_holds_up (HoStartGate *self, HoGuest *guest)
{
  HoStartGateInterface *iface = HO_START_GATE_GET_IFACE (self);

  return iface->holds_up != NULL && iface->holds_up (self, guest);
}
