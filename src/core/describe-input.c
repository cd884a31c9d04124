/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "core.h"

/* Keyboard and mouse as scripts see them (see describe.c). */

static void
add_text (GVariantBuilder *facts, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (facts, "{sv}", key, g_variant_new_string (text));
}

static void
add_flag (GVariantBuilder *facts, const char *key, gboolean flag)
{
  g_variant_builder_add (facts, "{sv}", key, g_variant_new_boolean (flag));
}

static void
add_device (GVariantBuilder *facts, const HoInputDevice *device)
{
  add_text (facts, "id", device->id);
  add_text (facts, "name", device->name);
  add_text (facts, "location", ho_device_location_to_string (device->location));
  if (device->guest != NULL)
    add_text (facts, "guest", ho_guest_get_name (device->guest));
  add_text (facts, "problem", device->problem);
}

/**
 * ho_core_describe_input:
 * @self: the core
 *
 * Returns: (transfer floating): `a{sv}`
 */
GVariant *
ho_core_describe_input (HoCore *self)
{
  HoInput *input = ho_core_get_input (self);
  HoInputView *view = ho_input_get_view (input);
  GVariantBuilder devices;
  GVariantBuilder facts;

  g_variant_builder_init (&devices, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < view->devices->len; i++)
    {
      g_variant_builder_open (&devices, G_VARIANT_TYPE_VARDICT);
      add_device (&devices, view->devices->pdata[i]);
      g_variant_builder_close (&devices);
    }

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  add_text (&facts, "location", ho_input_location_to_string (view->location));
  if (view->guest != NULL)
    add_text (&facts, "guest", ho_guest_get_name (view->guest));
  add_flag (&facts, "busy", ho_input_is_busy (input));
  if (ho_input_get_return_at (input) != 0)
    {
      g_variant_builder_add (&facts, "{sv}", "return-in",
                             g_variant_new_uint32 (ho_input_get_seconds_left (input)));
      add_flag (&facts, "return-unasked", ho_input_is_unasked (input));
    }
  add_text (&facts, "came-home", ho_input_get_reason (input));
  add_text (&facts, "problem", ho_input_get_problem (input));
  g_variant_builder_add (&facts, "{sv}", "devices", g_variant_builder_end (&devices));
  return g_variant_builder_end (&facts);
}

static gboolean
is_chosen (HoInput *input, const HoUsbDevice *usb)
{
  HoInputView *view = ho_input_get_view (input);

  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoUsbDevice *chosen = ((const HoInputDevice *) view->devices->pdata[i])->usb;

      if (chosen != NULL && chosen->bus == usb->bus && chosen->device == usb->device)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_last_keyboard (const HoUsbScan *scan, const HoUsbDevice *usb)
{
  if (!usb->drives_keyboard || scan->other_keyboards->len > 0)
    return FALSE;
  for (guint i = 0; i < scan->devices->len; i++)
    {
      const HoUsbDevice *other = scan->devices->pdata[i];

      if (other != usb && other->drives_keyboard)
        return FALSE;
    }
  return TRUE;
}

static void
add_kinds (GVariantBuilder *facts, const HoUsbDevice *usb)
{
  GVariantBuilder kinds;

  g_variant_builder_init (&kinds, G_VARIANT_TYPE_STRING_ARRAY);
  if ((usb->kinds & HO_USB_KEYBOARD) != 0)
    g_variant_builder_add (&kinds, "s", "keyboard");
  if ((usb->kinds & HO_USB_MOUSE) != 0)
    g_variant_builder_add (&kinds, "s", "mouse");
  if (usb->kinds == HO_USB_OTHER_INPUT)
    g_variant_builder_add (&kinds, "s", "other");
  g_variant_builder_add (facts, "{sv}", "kinds", g_variant_builder_end (&kinds));
}

/**
 * ho_core_describe_devices:
 * @self: the core
 *
 * Returns: (transfer floating): `aa{sv}`: each input device on USB, chosen or not, as `handover
 *   devices --json` prints it
 */
GVariant *
ho_core_describe_devices (HoCore *self)
{
  HoInput *input = ho_core_get_input (self);
  g_autoptr (HoInputView) all = ho_input_list_devices (input);
  const HoUsbKinds both = HO_USB_KEYBOARD | HO_USB_MOUSE;
  GVariantBuilder devices;

  g_variant_builder_init (&devices, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < all->devices->len; i++)
    {
      const HoInputDevice *device = all->devices->pdata[i];
      const HoUsbDevice *usb = device->usb;

      if (usb == NULL)
        continue;
      g_variant_builder_open (&devices, G_VARIANT_TYPE_VARDICT);
      add_device (&devices, device);
      add_text (&devices, "port", usb->port);
      add_text (&devices, "serial", usb->serial);
      add_kinds (&devices, usb);
      add_flag (&devices, "chosen", is_chosen (input, usb));
      add_flag (&devices, "combined", (usb->kinds & both) == both);
      add_flag (&devices, "hub", usb->hub);
      add_flag (&devices, "last-keyboard", is_last_keyboard (all->scan, usb));
      g_variant_builder_close (&devices);
    }
  return g_variant_builder_end (&devices);
}
