/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hand for a KWin without devices: moves, clicks and types by its fake-input protocol. One
 * process for all, since KWin closes popups when the hand goes away. fake-input FIFO Reads a
 * command a line from FIFO and says "ok" once KWin has it: "move X Y" (logical pixels), "button
 * CODE 0|1", "axis VALUE" (vertical), "key CODE 0|1" (codes of evdev). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#include "fake-input-client-protocol.h"

static void
on_global (void *data, struct wl_registry *registry, uint32_t name, const char *interface,
           uint32_t version)
{
  struct org_kde_kwin_fake_input **input = data;

  if (strcmp (interface, org_kde_kwin_fake_input_interface.name) == 0)
    *input = wl_registry_bind (registry, name, &org_kde_kwin_fake_input_interface,
                               version < 4 ? version : 4);
}

static void
on_global_remove (void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener listener = { on_global, on_global_remove };

static int
obey (struct org_kde_kwin_fake_input *input, const char *line)
{
  double x, y;
  unsigned code, state;

  if (sscanf (line, "move %lf %lf", &x, &y) == 2)
    org_kde_kwin_fake_input_pointer_motion_absolute (input, wl_fixed_from_double (x),
                                                     wl_fixed_from_double (y));
  else if (sscanf (line, "button %u %u", &code, &state) == 2)
    org_kde_kwin_fake_input_button (input, code, state);
  else if (sscanf (line, "axis %lf", &x) == 1)
    org_kde_kwin_fake_input_axis (input, WL_POINTER_AXIS_VERTICAL_SCROLL, wl_fixed_from_double (x));
  else if (sscanf (line, "key %u %u", &code, &state) == 2)
    org_kde_kwin_fake_input_keyboard_key (input, code, state);
  else
    return 0;
  return 1;
}

int
main (int argc, char **argv)
{
  struct wl_display *display = wl_display_connect (NULL);
  struct org_kde_kwin_fake_input *input = NULL;
  FILE *commands;
  char line[200];

  if (display == NULL || argc != 2)
    return 2;
  wl_registry_add_listener (wl_display_get_registry (display), &listener, &input);
  wl_display_roundtrip (display);
  if (input == NULL)
    return 3;
  org_kde_kwin_fake_input_authenticate (input, "test", "to act as the user");
  wl_display_roundtrip (display);
  printf ("ready\n");
  fflush (stdout);

  commands = fopen (argv[1], "r");
  while (commands != NULL && fgets (line, sizeof line, commands) != NULL)
    {
      int ok = obey (input, line) && wl_display_roundtrip (display) >= 0;

      printf (ok ? "ok\n" : "not ok: %s", line);
      fflush (stdout);
    }
  return 0;
}
