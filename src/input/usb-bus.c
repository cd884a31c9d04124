/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "usb-bus.h"

G_DEFINE_INTERFACE (HoUsbBus, ho_usb_bus, G_TYPE_OBJECT)

static guint changed;

static void
ho_usb_bus_default_init (HoUsbBusInterface *iface)
{
  changed = g_signal_new ("changed", HO_TYPE_USB_BUS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                          G_TYPE_NONE, 0);
}

/**
 * ho_usb_bus_get_scan:
 * @self: a bus
 *
 * Returns: (transfer none): what is plugged in, as it was last seen
 */
HoUsbScan *
ho_usb_bus_get_scan (HoUsbBus *self)
{
  return HO_USB_BUS_GET_IFACE (self)->get_scan (self);
}

/**
 * ho_usb_bus_refresh_async:
 * @self: a bus
 * @cancellable: (nullable): forgets the answer
 * @callback: (nullable): called when what is there was looked at once more
 * @user_data: for @callback
 *
 * The kernel tells nothing when a program takes or leaves a device by usbfs; whoever has reason to
 * think so must ask.
 */
void
ho_usb_bus_refresh_async (HoUsbBus *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_usb_bus_refresh_async);
  HO_USB_BUS_GET_IFACE (self)->refresh (self, task);
}

gboolean
ho_usb_bus_refresh_finish (HoUsbBus *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_usb_bus_settle_async:
 * @self: a bus
 * @cancellable: (nullable): forgets the answer
 * @callback: called when what the kernel has told of so far was looked at
 * @user_data: for @callback
 *
 * For whoever only wants to know what is plugged in, and not which program has it: a look costs
 * reading some hundred files.
 */
void
ho_usb_bus_settle_async (HoUsbBus *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_usb_bus_settle_async);
  HO_USB_BUS_GET_IFACE (self)->settle (self, task);
}

gboolean
ho_usb_bus_settle_finish (HoUsbBus *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_usb_bus_revive_async:
 * @self: a bus
 * @device: a device with interfaces that no driver has
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the kernel was asked
 * @user_data: for @callback
 *
 * Fails with %HO_ERROR_REFUSED where this user may not write to the device's node.
 */
void
ho_usb_bus_revive_async (HoUsbBus *self, const HoUsbDevice *device, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_usb_bus_revive_async);
  HO_USB_BUS_GET_IFACE (self)->revive (self, device, task);
}

gboolean
ho_usb_bus_revive_finish (HoUsbBus *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ho_usb_bus_emit_changed (HoUsbBus *self)
{
  g_signal_emit (self, changed, 0);
}
