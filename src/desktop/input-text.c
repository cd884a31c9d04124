/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "input-text.h"

#include <glib/gi18n.h>

/* What is said of keyboard and mouse. Nothing here looks at anything but its arguments. */

/**
 * ho_input_text_describe:
 * @location: where they are
 * @guest: (nullable): the guest that has any of them; %NULL as well while only the kernel says that
 *   they are away, and libvirt not yet with whom
 *
 * Returns: (transfer full): where they are, as a short sentence
 */
char *
ho_input_text_describe (HoInputLocation location, HoGuest *guest)
{
  switch (location)
    {
    case HO_INPUT_HOST:
      return g_strdup (_ ("Keyboard and mouse are here"));
    case HO_INPUT_GUEST:
      if (guest == NULL)
        return g_strdup (_ ("Keyboard and mouse are with a guest"));
      return g_strdup_printf (_ ("Keyboard and mouse are with %s"), ho_guest_get_name (guest));
    case HO_INPUT_PARTIAL:
      if (guest == NULL)
        return g_strdup (_ ("Only a part of keyboard and mouse is here"));
      return g_strdup_printf (_ ("Only a part of keyboard and mouse is with %s"),
                              ho_guest_get_name (guest));
    case HO_INPUT_UNCONFIGURED:
    default:
      return g_strdup (_ ("No keyboard or mouse is chosen"));
    }
}

/**
 * ho_input_text_describe_left:
 * @seconds: time that is left
 *
 * Returns: (transfer full): when they come home
 */
char *
ho_input_text_describe_left (guint seconds)
{
  if (seconds < 120)
    return g_strdup_printf (
        ngettext ("They come home in %u second.", "They come home in %u seconds.", seconds),
        seconds);
  return g_strdup_printf (ngettext ("They come home in %u minute.", "They come home in %u minutes.",
                                    (seconds + 59) / 60),
                          (seconds + 59) / 60);
}

/**
 * ho_input_text_describe_span:
 * @seconds: a length of time
 *
 * Returns: (transfer full): its name in a menu
 */
char *
ho_input_text_describe_span (guint seconds)
{
  if (seconds % 60 != 0)
    return g_strdup_printf (ngettext ("%u Second", "%u Seconds", seconds), seconds);
  return g_strdup_printf (ngettext ("%u Minute", "%u Minutes", seconds / 60), seconds / 60);
}

/**
 * ho_input_text_get_toggle:
 * @location: where they are
 * @target: (nullable): the guest that a toggle would move them to
 *
 * Returns: (transfer full): what a toggle would do, as the label of a menu item
 */
char *
ho_input_text_get_toggle (HoInputLocation location, HoGuest *target)
{
  if (location == HO_INPUT_GUEST || location == HO_INPUT_PARTIAL)
    return g_strdup (_ ("Bring keyboard and mouse back"));
  if (target == NULL)
    return g_strdup (_ ("Switch keyboard and mouse"));
  return g_strdup_printf (_ ("Switch keyboard and mouse to %s"), ho_guest_get_name (target));
}
