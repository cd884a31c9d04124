/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "usb-bus.h"

G_BEGIN_DECLS

#define HO_TYPE_USB_MONITOR (ho_usb_monitor_get_type ())
G_DECLARE_FINAL_TYPE (HoUsbMonitor, ho_usb_monitor, HO, USB_MONITOR, GObject)

HoUsbMonitor *ho_usb_monitor_new (void);

G_END_DECLS
