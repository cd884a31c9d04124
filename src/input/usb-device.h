/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HoUsbKinds:
 *
 * What a device is for a user. A receiver that serves several is all of them.
 */
typedef enum
{
  HO_USB_KEYBOARD = 1 << 0,
  HO_USB_MOUSE = 1 << 1,
  HO_USB_OTHER_INPUT = 1 << 2, /* tablets, game pads … */
} HoUsbKinds;

/**
 * HoUsbDevice:
 * @port: where it is plugged in: bus and port path, as sysfs writes it: `1-1.2`
 * @name: what people call it
 * @own_name: (nullable): what it calls itself
 * @serial: (nullable): its serial number
 * @bus: bus number
 * @device: device number on that bus; a new one each time it is plugged in
 * @drives_keyboard: whether the host reads keys from it now
 * @driverless: (element-type utf8): names of its interfaces that no driver has, such as `1-1.2:1.0`
 * @driven: whether a driver of the host has one of its interfaces
 * @claimed: whether a program has one of its interfaces through usbfs, as QEMU does
 *
 * One USB device as sysfs shows it. Immutable once it is in a #HoUsbScan.
 */
typedef struct
{
  char *name;
  char *own_name;
  char *port;
  char *serial;
  guint16 vendor;
  guint16 product;
  guint bus;
  guint device;
  HoUsbKinds kinds;
  gboolean hub;
  gboolean drives_keyboard;
  GPtrArray *driverless;
  gboolean driven;
  gboolean claimed;
} HoUsbDevice;

HoUsbDevice *ho_usb_device_new (const char *port);
void ho_usb_device_free (HoUsbDevice *self);
char *ho_usb_device_dup_xml (const HoUsbDevice *self);

/**
 * HoUsbScan:
 * @devices: (element-type HoUsbDevice): sorted by bus and device number
 * @other_keyboards: (element-type utf8): names of the keyboards of the host that are on no USB
 *
 * Everything that is plugged in, at one moment. Immutable, shared by reference, safe in any thread.
 */
typedef struct
{
  GPtrArray *devices;
  GPtrArray *other_keyboards;
} HoUsbScan;

#define HO_TYPE_USB_SCAN (ho_usb_scan_get_type ())
GType ho_usb_scan_get_type (void);
HoUsbScan *ho_usb_scan_new (void);
HoUsbScan *ho_usb_scan_ref (HoUsbScan *self);
void ho_usb_scan_unref (HoUsbScan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoUsbScan, ho_usb_scan_unref)

const HoUsbDevice *ho_usb_scan_find (const HoUsbScan *self, guint bus, guint device);
char *ho_usb_scan_dup_id (const HoUsbScan *self, const HoUsbDevice *device);

G_END_DECLS
