/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "usb-device.h"

G_BEGIN_DECLS

#define HO_TYPE_USB_BUS (ho_usb_bus_get_type ())
G_DECLARE_INTERFACE (HoUsbBus, ho_usb_bus, HO, USB_BUS, GObject)

/**
 * HoUsbBusInterface:
 * @get_scan: returns the last scan, not owned; empty before the first
 * @refresh: looks again, and returns %TRUE through the task once get_scan() tells what was seen
 * @settle: the same, but looks only if the kernel has told of a change since the last look
 * @revive: gives the interfaces of the device at @port their drivers again through its device node
 *
 * Where USB devices are seen. Signal `changed`: another scan is there.
 */
struct _HoUsbBusInterface
{
  GTypeInterface parent_iface;

  HoUsbScan *(*get_scan) (HoUsbBus *self);
  void (*refresh) (HoUsbBus *self, GTask *task);
  void (*settle) (HoUsbBus *self, GTask *task);
  void (*revive) (HoUsbBus *self, const HoUsbDevice *device, GTask *task);
};

HoUsbScan *ho_usb_bus_get_scan (HoUsbBus *self);
void ho_usb_bus_refresh_async (HoUsbBus *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_usb_bus_refresh_finish (HoUsbBus *self, GAsyncResult *result, GError **error);
void ho_usb_bus_settle_async (HoUsbBus *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_usb_bus_settle_finish (HoUsbBus *self, GAsyncResult *result, GError **error);
void ho_usb_bus_revive_async (HoUsbBus *self, const HoUsbDevice *device, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_usb_bus_revive_finish (HoUsbBus *self, GAsyncResult *result, GError **error);

/* For implementations. */
void ho_usb_bus_emit_changed (HoUsbBus *self);

G_END_DECLS
