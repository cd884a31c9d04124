/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "usb-device.h"

G_BEGIN_DECLS

HoUsbScan *ho_usb_scan_read (void);

G_END_DECLS
