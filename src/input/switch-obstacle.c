/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "switch-obstacle.h"

#include "error.h"

#include <glib/gi18n.h>

/* What stands in the way of a switch, in sentences for the user. */

GError *
ho_switch_new_unconnected_error (HoHypervisor *hypervisor)
{
  g_autofree char *problem = ho_hypervisor_dup_problem (hypervisor);

  return g_error_new_literal (HO_ERROR, HO_ERROR_NO_CONNECTION,
                              problem != NULL ? problem
                                              : _ ("There is no connection to libvirt yet."));
}

GError *
ho_switch_new_remote_error (HoHypervisor *hypervisor)
{
  g_autofree char *uri = ho_hypervisor_dup_uri (hypervisor);

  return g_error_new (HO_ERROR, HO_ERROR_UNSUPPORTED,
                      _ ("Keyboard, mouse, card and sound of this machine can't be handed to a "
                         "guest on another one (%s)."),
                      uri);
}

GError *
ho_switch_new_stuck_error (HoGuest *guest)
{
  const char *name = guest != NULL ? ho_guest_get_name (guest) : "?";

  return g_error_new (
      HO_ERROR, HO_ERROR_TIMED_OUT,
      _ ("%s does not let go of keyboard and mouse: its QEMU does not answer. Force "
         "it off, then they come home: handover stop --force %s"),
      name, name);
}

/* Why @target cannot have the devices now. */
GError *
ho_switch_find_obstacle (const HoInputView *view, HoGuest *target)
{
  if (ho_guest_get_state (target) != HO_GUEST_RUNNING)
    return g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                        _ ("%s is not running, so keyboard and mouse stay here. Start it first."),
                        ho_guest_get_name (target));
  if (view->devices->len == 0)
    return g_error_new_literal (HO_ERROR, HO_ERROR_NOT_FOUND,
                                _ ("No keyboard or mouse is chosen. “handover devices” lists them; "
                                   "put them into “input-devices” of the settings."));
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (device->problem != NULL)
        return g_error_new_literal (HO_ERROR, HO_ERROR_NOT_FOUND, device->problem);
    }
  if (ho_input_view_count (view, HO_DEVICE_ABSENT) == view->devices->len)
    return g_error_new_literal (HO_ERROR, HO_ERROR_NOT_FOUND,
                                _ ("None of the chosen devices is plugged in."));
  return NULL;
}

/* What libvirt says counts, and the kernel must not contradict it. */
GError *
ho_switch_check_arrival (const HoInputView *view, HoGuest *target)
{
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (device->location == HO_DEVICE_ABSENT
          || (device->guest == target && (device->usb->claimed || !device->usb->driven)))
        continue;
      return g_error_new (HO_ERROR, HO_ERROR_FAILED,
                          _ ("%s did not arrive in %s. Everything was brought home; try again."),
                          device->name, ho_guest_get_name (target));
    }
  return NULL;
}

/* A device did not go there, for the reason @cause. libvirt's errors end without a full stop,
 * Handover's with one. */
GError *
ho_switch_new_refused_error (const HoInputDevice *device, HoGuest *target, const GError *cause)
{
  g_autofree char *why = g_str_has_suffix (cause->message, ".")
                             ? g_strdup (cause->message)
                             : g_strconcat (cause->message, ".", NULL);

  return g_error_new (HO_ERROR, cause->code,
                      _ ("%s cannot go to %s: %s Everything is on the host."), device->name,
                      ho_guest_get_name (target), why);
}
