/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-list.h"
#include "settings.h"
#include "start-gate.h"

G_BEGIN_DECLS

#define HO_TYPE_GUEST_CONTROL (ho_guest_control_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestControl, ho_guest_control, HO, GUEST_CONTROL, GObject)

HoGuestControl *ho_guest_control_new (HoHypervisor *hypervisor, HoGuestList *guests,
                                      HoSettings *settings);

void ho_guest_control_add_gate (HoGuestControl *self, HoStartGate *gate);
gboolean ho_guest_control_would_start (HoGuest *guest);

void ho_guest_control_start_async (HoGuestControl *self, HoGuest *guest, HoStartFlags flags,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
void ho_guest_control_stop_async (HoGuestControl *self, HoGuest *guest, gboolean force,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
void ho_guest_control_pause_async (HoGuestControl *self, HoGuest *guest, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_guest_control_finish (HoGuestControl *self, GAsyncResult *result, GError **error);

G_END_DECLS
