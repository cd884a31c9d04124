/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plug-judge.h"

static char *
dup_numbers (const HoUsbDevice *usb)
{
  return usb != NULL ? g_strdup_printf ("%u:%u", usb->bus, usb->device) : NULL;
}

/**
 * ho_plug_judge:
 * @state: what the keeper knows; what is in the guest now is noted in it
 * @guest: the guest that the devices are with
 * @view: the devices, as they are now
 *
 * What the plugs say. A device that is in the guest is remembered with its numbers: if it is on the
 * host later with the same ones somebody has brought it here, with others it was plugged in again.
 * Those others are remembered as well: in the guest with still others it was plugged in once more.
 *
 * Returns: what has happened
 */
HoPlugVerdict
ho_plug_judge (HoKeeperState *state, HoGuest *guest, const HoInputView *view)
{
  HoPlugVerdict verdict = HO_PLUGS_OVER;

  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];
      const char *seen = g_hash_table_lookup (state->seen, device->id);
      g_autofree char *numbers = dup_numbers (device->usb);
      gboolean elsewhere = seen != NULL && g_strcmp0 (seen, numbers) != 0;

      if (device->location == HO_DEVICE_GUEST || elsewhere)
        verdict &= ~HO_PLUGS_OVER;
      if (device->guest == guest)
        {
          if (elsewhere)
            verdict |= HO_PLUGS_AGAIN; /* while it was on its way there */
          g_hash_table_insert (state->seen, g_strdup (device->id), g_steal_pointer (&numbers));
          g_hash_table_remove (state->absent, device->id);
        }
      else if (device->location == HO_DEVICE_HOST && numbers != NULL && elsewhere)
        {
          verdict |= HO_PLUGS_AGAIN;
          g_hash_table_insert (state->seen, g_strdup (device->id), g_steal_pointer (&numbers));
        }
      else if (device->location == HO_DEVICE_HOST && numbers != NULL && seen == NULL
               && g_hash_table_contains (state->absent, device->id))
        verdict |= HO_PLUGS_JOIN;
    }
  return verdict;
}

/**
 * ho_plug_note_absent:
 * @state: what the keeper knows
 * @view: the devices, as they are now
 *
 * Notes which devices are not plugged in: they may join later.
 */
void
ho_plug_note_absent (HoKeeperState *state, const HoInputView *view)
{
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (device->location == HO_DEVICE_ABSENT)
        g_hash_table_add (state->absent, g_strdup (device->id));
    }
}
