/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "input-view.h"

#include "usb-id.h"

#include <glib/gi18n.h>

static void
input_device_free (gpointer data)
{
  HoInputDevice *device = data;

  g_free (device->id);
  g_free (device->name);
  g_free (device->alias);
  g_free (device->problem);
  g_clear_object (&device->guest);
  g_free (device);
}

static void
stale_entry_free (gpointer data)
{
  HoStaleEntry *entry = data;

  g_object_unref (entry->guest);
  g_free (entry->alias);
  g_free (entry);
}

static gboolean
is_entry_of (const HoUsbHostdev *hostdev, const HoUsbDevice *device)
{
  return !hostdev->missing && hostdev->bus == device->bus && hostdev->device == device->device
         && (hostdev->vendor == 0
             || (hostdev->vendor == device->vendor && hostdev->product == device->product));
}

/* Finds which running guest has @device. Only a running guest's XML has addresses that hold. */
static gboolean
find_owner (HoGuestList *guests, const HoUsbDevice *device, HoGuest **guest, const char **alias)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) candidate = g_list_model_get_item (G_LIST_MODEL (guests), i);
      GPtrArray *hostdevs = ho_guest_get_facts (candidate)->usb_hostdevs;

      for (guint j = 0; ho_guest_is_active (candidate) && j < hostdevs->len; j++)
        {
          const HoUsbHostdev *hostdev = hostdevs->pdata[j];

          if (!is_entry_of (hostdev, device))
            continue;
          *guest = candidate; /* the list keeps it */
          *alias = hostdev->alias;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_undriven (const HoUsbDevice *usb)
{
  return !usb->driven && !usb->claimed && usb->driverless->len > 0;
}

static gboolean
is_taken (GPtrArray *devices, const HoUsbDevice *usb)
{
  for (guint i = 0; i < devices->len; i++)
    {
      if (((const HoInputDevice *) devices->pdata[i])->usb == usb)
        return TRUE;
    }
  return FALSE;
}

static char *
explain_ambiguity (const HoInputView *self, const HoUsbId *id, const char *text)
{
  g_autoptr (GString) exact = g_string_new (NULL);

  for (guint i = 0; i < self->scan->devices->len; i++)
    {
      const HoUsbDevice *usb = self->scan->devices->pdata[i];
      g_autofree char *unique = NULL;

      if (!ho_usb_id_matches (id, usb))
        continue;
      unique = ho_usb_scan_dup_id (self->scan, usb);
      g_string_append_printf (exact, "%s%s", exact->len > 0 ? ", " : "", unique);
    }
  return g_strdup_printf (_ ("“%s” means more than one device. Put one of these into the settings: "
                             "%s."),
                          text, exact->str);
}

/* While libvirt tells nothing, the kernel still says that some program has the device; and a guest
 * that is still in its firmware has devices that nobody drives. */
static gboolean
is_away (const HoUsbDevice *usb)
{
  return usb->claimed || is_undriven (usb);
}

/* The device that @id means: the only one; among several the one that a guest has, so that it can
 * come home. */
static void
resolve (HoInputView *self, HoGuestList *guests, gboolean connected, HoInputDevice *device)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoUsbId) id = ho_usb_id_parse (device->id, &error);
  const HoUsbDevice *only = NULL;
  guint n = 0;

  device->location = HO_DEVICE_ABSENT;
  if (id == NULL)
    {
      device->problem = g_strdup (error->message);
      return;
    }
  for (guint i = 0; i < self->scan->devices->len && device->guest == NULL; i++)
    {
      const HoUsbDevice *usb = self->scan->devices->pdata[i];
      HoGuest *guest = NULL;
      const char *alias = NULL;

      if (!ho_usb_id_matches (id, usb) || is_taken (self->devices, usb))
        continue;
      n++;
      only = usb;
      if (find_owner (guests, usb, &guest, &alias))
        {
          device->guest = g_object_ref (guest);
          device->alias = g_strdup (alias);
        }
    }
  if (n > 1 && device->guest == NULL)
    {
      device->location = HO_DEVICE_HOST;
      device->problem = explain_ambiguity (self, id, device->id);
      return;
    }
  if (only == NULL)
    return;

  device->usb = only;
  device->location
      = device->guest != NULL || (!connected && is_away (only)) ? HO_DEVICE_GUEST : HO_DEVICE_HOST;
  g_free (device->name);
  device->name = g_strdup (only->name);
}

static gboolean
is_of_set (const char *const *ids, const HoUsbHostdev *hostdev)
{
  for (; *ids != NULL; ids++)
    {
      g_autoptr (HoUsbId) id = ho_usb_id_parse (*ids, NULL);

      if (id != NULL && id->vendor == hostdev->vendor && id->product == hostdev->product)
        return TRUE;
    }
  return FALSE;
}

static void
find_stale (HoInputView *self, HoGuest *guest, const char *const *ids)
{
  GPtrArray *hostdevs = ho_guest_get_facts (guest)->usb_hostdevs;

  for (guint i = 0; i < hostdevs->len; i++)
    {
      const HoUsbHostdev *hostdev = hostdevs->pdata[i];
      const HoUsbDevice *usb = ho_usb_scan_find (self->scan, hostdev->bus, hostdev->device);
      HoStaleEntry *entry;

      if (hostdev->bus == 0 || hostdev->alias == NULL || !is_of_set (ids, hostdev)
          || (usb != NULL && is_entry_of (hostdev, usb)))
        continue;
      entry = g_new0 (HoStaleEntry, 1);
      entry->guest = g_object_ref (guest);
      entry->alias = g_strdup (hostdev->alias);
      g_ptr_array_add (self->stale, entry);
    }
}

static HoInputLocation
judge (const HoInputView *self)
{
  guint with_guest = ho_input_view_count (self, HO_DEVICE_GUEST);

  if (self->devices->len == 0)
    return HO_INPUT_UNCONFIGURED;
  if (with_guest == 0)
    return HO_INPUT_HOST;
  if (ho_input_view_count (self, HO_DEVICE_HOST) > 0)
    return HO_INPUT_PARTIAL;
  for (guint i = 0; i < self->devices->len; i++)
    {
      const HoInputDevice *device = self->devices->pdata[i];

      if (device->location == HO_DEVICE_GUEST && device->guest != self->guest)
        return HO_INPUT_PARTIAL;
    }
  return HO_INPUT_GUEST;
}

/**
 * ho_input_view_new:
 * @scan: what is plugged in
 * @guests: the guests
 * @connected: whether @guests is what libvirt says now
 * @ids: the chosen devices
 *
 * Returns: (transfer full): where they are
 */
HoInputView *
ho_input_view_new (HoUsbScan *scan, HoGuestList *guests, gboolean connected, const char *const *ids)
{
  HoInputView *self = g_rc_box_new0 (HoInputView);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (guests));

  self->scan = ho_usb_scan_ref (scan);
  self->devices = g_ptr_array_new_with_free_func (input_device_free);
  self->stale = g_ptr_array_new_with_free_func (stale_entry_free);
  for (const char *const *id = ids; *id != NULL; id++)
    {
      HoInputDevice *device = g_new0 (HoInputDevice, 1);

      device->id = g_strdup (*id);
      device->name = g_strdup (*id);
      resolve (self, guests, connected, device);
      g_ptr_array_add (self->devices, device);
      if (self->guest == NULL && device->guest != NULL)
        self->guest = g_object_ref (device->guest);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (guests), i);

      if (ho_guest_is_active (guest))
        find_stale (self, guest, ids);
    }
  self->location = judge (self);
  return self;
}

HoInputView *
ho_input_view_ref (HoInputView *self)
{
  return g_rc_box_acquire (self);
}

static void
view_clear (gpointer data)
{
  HoInputView *self = data;

  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->stale);
  g_clear_object (&self->guest);
  ho_usb_scan_unref (self->scan);
}

void
ho_input_view_unref (HoInputView *self)
{
  g_rc_box_release_full (self, view_clear);
}

/**
 * ho_input_view_count:
 * @self: a view
 * @location: a place
 *
 * Returns: how many of the chosen devices are there
 */
guint
ho_input_view_count (const HoInputView *self, HoDeviceLocation location)
{
  guint n = 0;

  for (guint i = 0; i < self->devices->len; i++)
    n += ((const HoInputDevice *) self->devices->pdata[i])->location == location;
  return n;
}

/**
 * ho_input_device_is_stranded:
 * @device: a chosen device
 *
 * Returns: whether no guest is known to have it and no driver is there for it either: as a QEMU
 *   that was killed leaves it
 */
gboolean
ho_input_device_is_stranded (const HoInputDevice *device)
{
  return device->guest == NULL && device->usb != NULL && is_undriven (device->usb);
}

/**
 * ho_input_view_takes_last_keyboard:
 * @self: a view
 *
 * Returns: whether no real keyboard stays with the host once all chosen devices are with a guest
 */
gboolean
ho_input_view_takes_last_keyboard (const HoInputView *self)
{
  if (self->scan->other_keyboards->len > 0)
    return FALSE;
  for (guint i = 0; i < self->scan->devices->len; i++)
    {
      const HoUsbDevice *usb = self->scan->devices->pdata[i];

      if (usb->drives_keyboard && !is_taken (self->devices, usb))
        return FALSE;
    }
  return TRUE;
}

static gboolean
device_equal (const HoInputDevice *a, const HoInputDevice *b)
{
  return a->location == b->location && a->guest == b->guest && g_str_equal (a->id, b->id)
         && g_str_equal (a->name, b->name) && g_strcmp0 (a->problem, b->problem) == 0
         && (a->usb == NULL) == (b->usb == NULL)
         && (a->usb == NULL
             || (a->usb->bus == b->usb->bus && a->usb->device == b->usb->device
                 && a->usb->driverless->len == b->usb->driverless->len));
}

/**
 * ho_input_view_equal:
 * @a: a view
 * @b: another
 *
 * Returns: whether both tell a user the same
 */
gboolean
ho_input_view_equal (const HoInputView *a, const HoInputView *b)
{
  if (a->location != b->location || a->guest != b->guest || a->devices->len != b->devices->len
      || a->stale->len != b->stale->len)
    return FALSE;
  for (guint i = 0; i < a->devices->len; i++)
    {
      if (!device_equal (a->devices->pdata[i], b->devices->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

/**
 * ho_input_ids_for_guest:
 * @settings: the settings
 * @guest: (nullable): a guest, or %NULL for the devices of every guest that has none of its own
 *
 * Returns: (transfer full): the devices that go to @guest
 */
char **
ho_input_ids_for_guest (HoSettings *settings, HoGuest *guest)
{
  if (guest != NULL)
    {
      g_auto (GStrv) own = g_settings_get_strv (
          ho_settings_get_guest (settings, ho_guest_get_uuid (guest)), HO_KEY_INPUT_DEVICES);

      if (*own != NULL)
        return g_steal_pointer (&own);
    }
  return g_settings_get_strv (ho_settings_get_global (settings), HO_KEY_INPUT_DEVICES);
}

/**
 * ho_input_ids_for_all:
 * @settings: the settings
 * @guests: the guests
 *
 * Returns: (transfer full): the devices that go to any guest, each once
 */
char **
ho_input_ids_for_all (HoSettings *settings, HoGuestList *guests)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (guests));

  for (guint i = 0; i <= n; i++)
    {
      g_autoptr (HoGuest) guest = i < n ? g_list_model_get_item (G_LIST_MODEL (guests), i) : NULL;
      g_auto (GStrv) ids = ho_input_ids_for_guest (settings, guest);

      for (char **id = ids; *id != NULL; id++)
        {
          if (g_hash_table_add (seen, g_strdup (*id)))
            g_strv_builder_add (all, *id);
        }
    }
  return g_strv_builder_end (all);
}

const char *
ho_input_location_to_string (HoInputLocation location)
{
  static const char *const names[] = { "unconfigured", "host", "guest", "partial" };

  return names[location];
}

const char *
ho_device_location_to_string (HoDeviceLocation location)
{
  static const char *const names[] = { "host", "guest", "absent" };

  return names[location];
}
