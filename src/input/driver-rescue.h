/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-view.h"
#include "usb-bus.h"

G_BEGIN_DECLS

#define HO_TYPE_DRIVER_RESCUE (ho_driver_rescue_get_type ())
G_DECLARE_FINAL_TYPE (HoDriverRescue, ho_driver_rescue, HO, DRIVER_RESCUE, GObject)

HoDriverRescue *ho_driver_rescue_new (HoHypervisor *hypervisor, HoGuestList *guests, HoUsbBus *bus,
                                      HoSettings *settings);

void ho_driver_rescue_check (HoDriverRescue *self);
gboolean ho_driver_rescue_is_busy (HoDriverRescue *self);

G_END_DECLS
