/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shortcut alone, with real backends: says what becomes of it and when it acts, a line each.
 *   shortcut-probe SETTINGS-FILE */
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>

#include "shortcut.h"

static void
say_state (HoShortcut *shortcut)
{
  g_print ("%s|%s|%s|%s\n", ho_shortcut_state_to_string (ho_shortcut_get_state (shortcut)),
           ho_shortcut_get_backend (shortcut) ?: "", ho_shortcut_get_label (shortcut) ?: "",
           ho_shortcut_get_problem (shortcut) ?: "");
}

static void
say_activated (void)
{
  g_print ("activated %" G_GINT64_FORMAT "\n", g_get_monotonic_time () / 1000);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (HoSettings) settings = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (HoShortcut) shortcut = NULL;

  setlocale (LC_ALL, "");
  setvbuf (stdout, NULL, _IOLBF, 0);
  settings = ho_settings_new (argc > 1 ? argv[1] : "/dev/null", &error);
  if (settings == NULL)
    g_error ("%s", error->message);
  shortcut = ho_shortcut_new (settings, connection);
  g_signal_connect (shortcut, "notify::state", G_CALLBACK (say_state), NULL);
  g_signal_connect (shortcut, "activated", G_CALLBACK (say_activated), NULL);
  g_unix_signal_add (SIGTERM, G_SOURCE_FUNC (g_main_loop_quit), loop);
  ho_shortcut_set_enabled (shortcut, TRUE);
  g_main_loop_run (loop);
  g_clear_object (&shortcut);
  if (connection != NULL)
    g_dbus_connection_flush_sync (connection, NULL, NULL);
  return 0;
}
