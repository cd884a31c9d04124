/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "status-text.h"

#include "guest-control.h"
#include "input-text.h"

#include <glib/gi18n.h>

/* What the icon and the menu say. Nothing here looks at anything but its arguments. */

/**
 * ho_status_text_get_icon:
 * @connection: state of the connection
 * @guest: (nullable): the primary guest
 *
 * Returns: the name of the icon that shows this at a glance
 */
const char *
ho_status_text_get_icon (HoConnectionState connection, HoGuest *guest)
{
  if (connection != HO_CONNECTION_CONNECTED)
    return "org.handover.Handover-disconnected";
  if (guest == NULL)
    return "org.handover.Handover-off";

  switch (ho_guest_get_state (guest))
    {
    case HO_GUEST_STARTING:
      return "org.handover.Handover-starting";
    case HO_GUEST_RUNNING:
      return "org.handover.Handover-running";
    case HO_GUEST_PAUSED:
    case HO_GUEST_SUSPENDED:
      return "org.handover.Handover-paused";
    case HO_GUEST_STOPPING:
      return "org.handover.Handover-stopping";
    case HO_GUEST_CRASHED:
      return "org.handover.Handover-crashed";
    case HO_GUEST_OFF:
    default:
      return "org.handover.Handover-off";
    }
}

/**
 * ho_status_text_describe_guest:
 * @guest: a guest
 *
 * Returns: (transfer full): its state as a short sentence
 */
char *
ho_status_text_describe_guest (HoGuest *guest)
{
  const char *name = ho_guest_get_name (guest);

  switch (ho_guest_get_state (guest))
    {
    case HO_GUEST_STARTING:
      return g_strdup_printf (_ ("%s is starting"), name);
    case HO_GUEST_RUNNING:
      return g_strdup_printf (_ ("%s is running"), name);
    case HO_GUEST_PAUSED:
      if (ho_guest_get_reason (guest) == HO_REASON_IO_ERROR)
        return g_strdup_printf (_ ("%s is paused by a disk error"), name);
      return g_strdup_printf (_ ("%s is paused"), name);
    case HO_GUEST_STOPPING:
      return g_strdup_printf (_ ("%s is shutting down"), name);
    case HO_GUEST_CRASHED:
      return g_strdup_printf (_ ("%s has crashed"), name);
    case HO_GUEST_SUSPENDED:
      return g_strdup_printf (_ ("%s is asleep"), name);
    case HO_GUEST_OFF:
    default:
      return g_strdup_printf (_ ("%s is off"), name);
    }
}

/**
 * ho_status_text_describe:
 * @connection: state of the connection
 * @guest: (nullable): the primary guest
 *
 * Returns: (transfer full): what the icon shows, in words: its title, and what a screen reader says
 */
char *
ho_status_text_describe (HoConnectionState connection, HoGuest *guest)
{
  switch (connection)
    {
    case HO_CONNECTION_CONNECTING:
      return g_strdup (_ ("Connecting to libvirt"));
    case HO_CONNECTION_DENIED:
      return g_strdup (_ ("libvirt does not let you in"));
    case HO_CONNECTION_UNREACHABLE:
      return g_strdup (_ ("No connection to libvirt"));
    case HO_CONNECTION_CONNECTED:
    default:
      return guest != NULL ? ho_status_text_describe_guest (guest)
                           : g_strdup (_ ("No primary guest"));
    }
}

/**
 * ho_status_text_get_tray_icon:
 * @connection: state of the connection
 * @guest: (nullable): the primary guest
 * @input: keyboard and mouse
 *
 * Returns: the name of the icon for the tray: as ho_status_text_get_icon(), but above all that a
 *   guest has keyboard and mouse
 */
const char *
ho_status_text_get_tray_icon (HoConnectionState connection, HoGuest *guest, HoInput *input)
{
  if (ho_input_get_location (input) == HO_INPUT_GUEST)
    return "org.handover.Handover-input";
  if (ho_input_get_location (input) == HO_INPUT_PARTIAL)
    return "org.handover.Handover-input-partial";
  return ho_status_text_get_icon (connection, guest);
}

/**
 * ho_status_text_describe_tray:
 * @connection: state of the connection
 * @guest: (nullable): the primary guest
 * @input: keyboard and mouse
 *
 * Returns: (transfer full): ho_status_text_describe(), and who has keyboard and mouse if that is
 * not the host
 */
char *
ho_status_text_describe_tray (HoConnectionState connection, HoGuest *guest, HoInput *input)
{
  g_autofree char *status = ho_status_text_describe (connection, guest);
  g_autofree char *where = NULL;
  HoInputLocation location = ho_input_get_location (input);

  if (location != HO_INPUT_GUEST && location != HO_INPUT_PARTIAL)
    return g_steal_pointer (&status);
  if (location == HO_INPUT_GUEST && guest != NULL && ho_input_get_guest (input) == guest
      && ho_guest_get_state (guest) == HO_GUEST_RUNNING)
    return g_strdup_printf (_ ("%s is running, and has keyboard and mouse"),
                            ho_guest_get_name (guest));
  where = ho_input_text_describe (location, ho_input_get_guest (input));
  /* Translators: two sentences without full stops: “win10 is off. Keyboard and mouse are with …” */
  return g_strdup_printf (_ ("%s. %s"), status, where);
}

/**
 * ho_status_text_get_action:
 * @guest: a guest
 *
 * Returns: (transfer full): what a toggle would do to @guest, as the label of a menu item; while it
 *   would do nothing, why not
 */
char *
ho_status_text_get_action (HoGuest *guest)
{
  const char *name = ho_guest_get_name (guest);

  switch (ho_guest_get_state (guest))
    {
    case HO_GUEST_RUNNING:
      return g_strdup_printf (_ ("Shut down %s"), name);
    case HO_GUEST_PAUSED:
      return g_strdup_printf (_ ("Resume %s"), name);
    case HO_GUEST_SUSPENDED:
      return g_strdup_printf (_ ("Wake %s"), name);
    case HO_GUEST_STARTING:
    case HO_GUEST_STOPPING:
      return ho_status_text_describe_guest (guest);
    case HO_GUEST_OFF:
    case HO_GUEST_CRASHED:
    default:
      return g_strdup_printf (_ ("Start %s"), name);
    }
}
