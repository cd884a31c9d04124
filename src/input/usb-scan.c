/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "usb-scan.h"

#include <gudev/gudev.h>

/* Reading what is plugged in, by libgudev. A device is judged by what sysfs says of it, not by
 * udev's database, which containers and rescue systems lack; only names are taken from there. */

#define USB_CLASS_HID 0x03
#define USB_CLASS_HUB 0x09
#define HID_PROTOCOL_KEYBOARD 1
#define HID_PROTOCOL_MOUSE 2

#define BUS_TYPE_I8042 0x11 /* BUS_I8042 in linux/input.h */

typedef GList DeviceList;

static void
device_list_free (DeviceList *list)
{
  g_list_free_full (list, g_object_unref);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeviceList, device_list_free)

static guint
get_number (GUdevDevice *device, const char *attribute, guint base)
{
  const char *text = g_udev_device_get_sysfs_attr (device, attribute);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, base) : 0;
}

/* The hardware database's name, else what the device says of itself, else its numbers. */
static char *
make_name (GUdevDevice *device, const HoUsbDevice *usb)
{
  const char *vendor = g_udev_device_get_property (device, "ID_VENDOR_FROM_DATABASE");
  const char *model = g_udev_device_get_property (device, "ID_MODEL_FROM_DATABASE");
  const char *manufacturer = g_udev_device_get_sysfs_attr (device, "manufacturer");
  const char *product = g_udev_device_get_sysfs_attr (device, "product");
  g_autofree char *name = NULL;

  if (vendor == NULL)
    vendor = manufacturer;
  if (model == NULL)
    model = product;
  if (vendor != NULL && model != NULL && !g_str_has_prefix (model, vendor))
    name = g_strdup_printf ("%s %s", vendor, model);
  else if (model != NULL || vendor != NULL)
    name = g_strdup (model != NULL ? model : vendor);
  if (name == NULL || *g_strstrip (name) == '\0')
    return g_strdup_printf ("USB %04x:%04x", usb->vendor, usb->product);
  /* A device may call itself anything. */
  return g_utf8_make_valid (name, -1);
}

static void
add_device (HoUsbScan *self, GUdevDevice *device)
{
  HoUsbDevice *usb = ho_usb_device_new (g_udev_device_get_name (device));
  const char *serial = g_udev_device_get_sysfs_attr (device, "serial");
  const char *own_name = g_udev_device_get_sysfs_attr (device, "product");

  usb->vendor = (guint16) get_number (device, "idVendor", 16);
  usb->product = (guint16) get_number (device, "idProduct", 16);
  usb->bus = get_number (device, "busnum", 10);
  usb->device = get_number (device, "devnum", 10);
  usb->hub = get_number (device, "bDeviceClass", 16) == USB_CLASS_HUB;
  usb->name = make_name (device, usb);
  if (own_name != NULL && *own_name != '\0')
    usb->own_name = g_utf8_make_valid (own_name, -1);
  if (serial != NULL && *serial != '\0' && g_utf8_validate (serial, -1, NULL))
    usb->serial = g_strdup (serial);
  g_ptr_array_add (self->devices, usb);
}

static HoUsbDevice *
find_by_port (HoUsbScan *self, const char *port)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      HoUsbDevice *usb = self->devices->pdata[i];

      if (g_str_equal (usb->port, port))
        return usb;
    }
  return NULL;
}

/* `1-1.2:1.0` is interface 0 of the device at 1-1.2. */
static void
add_interface (HoUsbScan *self, GUdevDevice *interface)
{
  const char *name = g_udev_device_get_name (interface);
  const char *colon = strchr (name, ':');
  g_autofree char *port = colon != NULL ? g_strndup (name, (gsize) (colon - name)) : NULL;
  HoUsbDevice *usb = port != NULL ? find_by_port (self, port) : NULL;
  const char *driver = g_udev_device_get_driver (interface);

  if (usb == NULL)
    return;
  if (driver == NULL)
    g_ptr_array_add (usb->driverless, g_strdup (name));
  else if (g_str_equal (driver, "usbfs"))
    usb->claimed = TRUE;
  else
    usb->driven = TRUE;

  if (get_number (interface, "bInterfaceClass", 16) != USB_CLASS_HID)
    return;
  switch (get_number (interface, "bInterfaceProtocol", 16))
    {
    case HID_PROTOCOL_KEYBOARD:
      usb->kinds |= HO_USB_KEYBOARD;
      break;
    case HID_PROTOCOL_MOUSE:
      usb->kinds |= HO_USB_MOUSE;
      break;
    default:
      usb->kinds |= HO_USB_OTHER_INPUT;
    }
}

/* Whether letters can be typed on it: power buttons and the volume keys of a headset have keys too.
 * The lowest keys (escape, digits, the first row of letters) are all there, as udev judges it. */
static gboolean
has_letters (GUdevDevice *input)
{
  const char *keys = g_udev_device_get_sysfs_attr (input, "capabilities/key");
  const char *lowest = keys != NULL ? strrchr (keys, ' ') : NULL;
  const guint64 letters = 0xfffffffe; /* KEY_ESC to KEY_S */

  lowest = lowest != NULL ? lowest + 1 : keys;
  return lowest != NULL && (g_ascii_strtoull (lowest, NULL, 16) & letters) == letters;
}

static gboolean
is_laptop (GUdevClient *client)
{
  /* https://www.dmtf.org/standards/smbios, chassis types of machines with a keyboard of their own
   */
  static const guint with_keyboard[] = { 8, 9, 10, 11, 14, 30, 31, 32 };
  g_autoptr (GUdevDevice) dmi = g_udev_client_query_by_subsystem_and_name (client, "dmi", "id");
  guint chassis = dmi != NULL ? get_number (dmi, "chassis_type", 10) : 0;

  for (gsize i = 0; i < G_N_ELEMENTS (with_keyboard); i++)
    {
      if (chassis == with_keyboard[i])
        return TRUE;
    }
  return FALSE;
}

/* Input devices: which kinds a USB device has beyond its boot protocol, and the host's other
 * keyboards. Ghosts do not count: those that programs make (uinput), and the PS/2 port of a desktop
 * machine, where the kernel shows a keyboard although nothing is plugged in. */
static void
add_input (HoUsbScan *self, GUdevDevice *input, gboolean laptop)
{
  g_autoptr (GUdevDevice) usb_device
      = g_udev_device_get_parent_with_subsystem (input, "usb", "usb_device");
  const char *path = g_udev_device_get_sysfs_path (input);
  const char *name = g_udev_device_get_sysfs_attr (input, "name");
  HoUsbDevice *usb;

  if (!has_letters (input))
    return;
  usb = usb_device != NULL ? find_by_port (self, g_udev_device_get_name (usb_device)) : NULL;
  if (usb != NULL)
    {
      usb->kinds |= HO_USB_KEYBOARD;
      usb->drives_keyboard = TRUE;
      return;
    }
  if (strstr (path, "/virtual/input/") != NULL)
    return;
  if (get_number (input, "id/bustype", 16) == BUS_TYPE_I8042 && !laptop)
    return;
  g_ptr_array_add (self->other_keyboards, g_utf8_make_valid (name != NULL ? name : "?", -1));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const HoUsbDevice *first = *(HoUsbDevice *const *) a;
  const HoUsbDevice *second = *(HoUsbDevice *const *) b;

  if (first->bus != second->bus)
    return first->bus < second->bus ? -1 : 1;
  return first->device < second->device ? -1 : first->device > second->device;
}

/* Two models may share a number, and so the database's name: what each calls itself is added. */
static void
tell_apart (HoUsbScan *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) shared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->devices->len; i++)
    {
      const HoUsbDevice *usb = self->devices->pdata[i];
      const HoUsbDevice *other = g_hash_table_lookup (seen, usb->name);

      if (other == NULL)
        g_hash_table_insert (seen, usb->name, (gpointer) usb);
      else if (g_strcmp0 (usb->own_name, other->own_name) != 0)
        g_hash_table_add (shared, g_strdup (usb->name));
    }
  for (guint i = 0; i < self->devices->len; i++)
    {
      HoUsbDevice *usb = self->devices->pdata[i];
      char *name = usb->name;

      if (usb->own_name == NULL || !g_hash_table_contains (shared, name))
        continue;
      usb->name = g_strdup_printf ("%s (%s)", name, usb->own_name);
      g_free (name);
    }
}

/**
 * ho_usb_scan_read:
 *
 * Looks at everything that is plugged in. Reads sysfs, which waits while a device is being reset:
 * for a thread.
 *
 * Returns: (transfer full): what there is
 */
HoUsbScan *
ho_usb_scan_read (void)
{
  g_autoptr (GUdevClient) client = g_udev_client_new (NULL);
  g_autoptr (DeviceList) usb = g_udev_client_query_by_subsystem (client, "usb");
  g_autoptr (DeviceList) inputs = g_udev_client_query_by_subsystem (client, "input");
  HoUsbScan *self = ho_usb_scan_new ();
  gboolean laptop = is_laptop (client);

  for (GList *at = usb; at != NULL; at = at->next)
    {
      if (g_strcmp0 (g_udev_device_get_devtype (at->data), "usb_device") == 0)
        add_device (self, at->data);
    }
  for (GList *at = usb; at != NULL; at = at->next)
    {
      if (g_strcmp0 (g_udev_device_get_devtype (at->data), "usb_interface") == 0)
        add_interface (self, at->data);
    }
  for (GList *at = inputs; at != NULL; at = at->next)
    {
      if (g_udev_device_has_sysfs_attr (at->data, "capabilities/key"))
        add_input (self, at->data, laptop);
    }
  g_ptr_array_sort (self->devices, compare);
  tell_apart (self);
  return self;
}
