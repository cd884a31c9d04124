/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-view.h"
#include "usb-bus.h"

G_BEGIN_DECLS

#define HO_TYPE_INPUT_SWITCH (ho_input_switch_get_type ())
G_DECLARE_FINAL_TYPE (HoInputSwitch, ho_input_switch, HO, INPUT_SWITCH, GObject)

HoInputSwitch *ho_input_switch_new (HoHypervisor *hypervisor, HoGuestList *guests, HoUsbBus *bus,
                                    HoSettings *settings);

gboolean ho_input_switch_is_busy (HoInputSwitch *self);
GError *ho_input_switch_find_obstacle (HoInputSwitch *self, HoGuest *guest);
void ho_input_switch_to_guest_async (HoInputSwitch *self, HoGuest *guest, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
void ho_input_switch_to_host_async (HoInputSwitch *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_input_switch_finish (HoInputSwitch *self, GAsyncResult *result, GError **error);

G_END_DECLS
