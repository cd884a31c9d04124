/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "usb-device.h"

G_DEFINE_BOXED_TYPE (HoUsbScan, ho_usb_scan, ho_usb_scan_ref, ho_usb_scan_unref)

/**
 * ho_usb_device_new:
 * @port: where it is plugged in
 *
 * Returns: (transfer full): a device that is nothing yet
 */
HoUsbDevice *
ho_usb_device_new (const char *port)
{
  HoUsbDevice *self = g_new0 (HoUsbDevice, 1);

  self->port = g_strdup (port);
  self->driverless = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ho_usb_device_free (HoUsbDevice *self)
{
  g_free (self->name);
  g_free (self->own_name);
  g_free (self->port);
  g_free (self->serial);
  g_ptr_array_unref (self->driverless);
  g_free (self);
}

/**
 * ho_usb_device_dup_xml:
 * @self: a device
 *
 * Returns: (transfer full): the `<hostdev>` that means this device and no other. The address tells
 *   it from another one of its kind, vendor and product from one that has since taken its number.
 */
char *
ho_usb_device_dup_xml (const HoUsbDevice *self)
{
  return g_strdup_printf ("<hostdev mode='subsystem' type='usb' managed='yes'><source>"
                          "<vendor id='0x%04x'/><product id='0x%04x'/>"
                          "<address bus='%u' device='%u'/></source></hostdev>",
                          self->vendor, self->product, self->bus, self->device);
}

/** ho_usb_scan_new: Returns: (transfer full): a scan that has seen nothing yet */
HoUsbScan *
ho_usb_scan_new (void)
{
  HoUsbScan *self = g_atomic_rc_box_new0 (HoUsbScan);

  self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_usb_device_free);
  self->other_keyboards = g_ptr_array_new_with_free_func (g_free);
  return self;
}

HoUsbScan *
ho_usb_scan_ref (HoUsbScan *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
scan_clear (gpointer data)
{
  HoUsbScan *self = data;

  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->other_keyboards);
}

void
ho_usb_scan_unref (HoUsbScan *self)
{
  g_atomic_rc_box_release_full (self, scan_clear);
}

/**
 * ho_usb_scan_find:
 * @self: what is plugged in
 * @bus: a bus number
 * @device: a device number
 *
 * Returns: (transfer none) (nullable): the device that has these numbers now
 */
const HoUsbDevice *
ho_usb_scan_find (const HoUsbScan *self, guint bus, guint device)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      const HoUsbDevice *candidate = self->devices->pdata[i];

      if (candidate->bus == bus && candidate->device == device)
        return candidate;
    }
  return NULL;
}

/**
 * ho_usb_scan_dup_id:
 * @self: what is plugged in
 * @device: one of its devices
 *
 * Returns: (transfer full): the shortest identity that means @device alone: vendor and product;
 *   with the serial number where another device has both; with the port where the serial does not
 *   tell them apart either
 */
char *
ho_usb_scan_dup_id (const HoUsbScan *self, const HoUsbDevice *device)
{
  gboolean alike = FALSE;
  gboolean same_serial = device->serial == NULL;

  for (guint i = 0; i < self->devices->len; i++)
    {
      const HoUsbDevice *other = self->devices->pdata[i];

      if (other == device || other->vendor != device->vendor || other->product != device->product)
        continue;
      alike = TRUE;
      same_serial |= g_strcmp0 (other->serial, device->serial) == 0;
    }
  if (!alike)
    return g_strdup_printf ("%04x:%04x", device->vendor, device->product);
  if (!same_serial)
    return g_strdup_printf ("%04x:%04x/serial=%s", device->vendor, device->product, device->serial);
  return g_strdup_printf ("%04x:%04x/port=%s", device->vendor, device->product, device->port);
}
