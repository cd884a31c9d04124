/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-list.h"
#include "settings.h"
#include "usb-device.h"

G_BEGIN_DECLS

/**
 * HoInputLocation:
 * @HO_INPUT_UNCONFIGURED: no device is chosen
 * @HO_INPUT_HOST: every device that is plugged in is with the host
 * @HO_INPUT_GUEST: every device that is plugged in is with one guest
 * @HO_INPUT_PARTIAL: some are here, some are there
 */
typedef enum
{
  HO_INPUT_UNCONFIGURED,
  HO_INPUT_HOST,
  HO_INPUT_GUEST,
  HO_INPUT_PARTIAL,
} HoInputLocation;

typedef enum
{
  HO_DEVICE_HOST,
  HO_DEVICE_GUEST,
  HO_DEVICE_ABSENT,
} HoDeviceLocation;

/**
 * HoInputDevice:
 * @id: the identity, as the settings have it
 * @name: its name, or @id while it is absent
 * @guest: (nullable): the guest that has it; %NULL as well for one of which libvirt tells nothing
 * now
 * @alias: (nullable): libvirt's name for it in that guest
 * @usb: (nullable): what it is plugged in as; belongs to the view's scan
 * @problem: (nullable): why @id means no device, as a sentence for the user
 *
 * One chosen device.
 */
typedef struct
{
  char *id;
  char *name;
  HoDeviceLocation location;
  HoGuest *guest;
  char *alias;
  const HoUsbDevice *usb;
  char *problem;
} HoInputDevice;

/**
 * HoStaleEntry:
 *
 * A device of the set that a guest's running XML still names although it was unplugged since.
 */
typedef struct
{
  HoGuest *guest;
  char *alias;
} HoStaleEntry;

/**
 * HoInputView:
 * @devices: (element-type HoInputDevice): in the order of the settings
 * @stale: (element-type HoStaleEntry): what is left of devices that were pulled out
 * @guest: (nullable): the guest that has any of @devices
 *
 * Where the chosen devices are, as libvirt and the kernel say at one moment. Immutable, shared by
 * reference, for the main thread.
 */
typedef struct
{
  HoUsbScan *scan;
  GPtrArray *devices;
  GPtrArray *stale;
  HoInputLocation location;
  HoGuest *guest;
} HoInputView;

HoInputView *ho_input_view_new (HoUsbScan *scan, HoGuestList *guests, gboolean connected,
                                const char *const *ids);
HoInputView *ho_input_view_ref (HoInputView *self);
void ho_input_view_unref (HoInputView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoInputView, ho_input_view_unref)

gboolean ho_input_device_is_stranded (const HoInputDevice *device);
guint ho_input_view_count (const HoInputView *self, HoDeviceLocation location);
gboolean ho_input_view_takes_last_keyboard (const HoInputView *self);
gboolean ho_input_view_equal (const HoInputView *a, const HoInputView *b);

char **ho_input_ids_for_guest (HoSettings *settings, HoGuest *guest);
char **ho_input_ids_for_all (HoSettings *settings, HoGuestList *guests);

const char *ho_input_location_to_string (HoInputLocation location);
const char *ho_device_location_to_string (HoDeviceLocation location);

G_END_DECLS
