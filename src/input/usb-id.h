/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "usb-device.h"

G_BEGIN_DECLS

/**
 * HoUsbId:
 * @serial: (nullable): the serial number it must have
 * @port: (nullable): the port it must be plugged into
 *
 * How settings and people name a device: `046d:c52b`, `046d:c52b/serial=A1B2`,
 * `0627:0001/port=1-2`.
 */
typedef struct
{
  guint16 vendor;
  guint16 product;
  char *serial;
  char *port;
} HoUsbId;

HoUsbId *ho_usb_id_parse (const char *text, GError **error);
void ho_usb_id_free (HoUsbId *self);
gboolean ho_usb_id_matches (const HoUsbId *self, const HoUsbDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoUsbId, ho_usb_id_free)

G_END_DECLS
