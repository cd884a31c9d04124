/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include <errno.h>
#include <gio/gio.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "error.h"
#include "print-gpu.h"
#include "paths.h"
#include "print.h"

#include <glib/gi18n.h>

/* `handover`: asks the running applet. Where none runs it becomes `handover-local`, which does the
 * work itself; so this program links nothing that takes time to load. */

#define NAME "org.handover.Handover"
#define PATH "/org/handover/Handover"
#define INTERFACE "org.handover.Handover1"

typedef struct
{
  GDBusConnection *bus;
  GMainLoop *loop;
} Monitor;

/* The bus of the desktop session, also for a login by ssh, which has no address in its environment.
 */
static GDBusConnection *
open_session_bus (void)
{
  const char *address = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *by_runtime_dir = NULL;

  if (address == NULL || *address == '\0')
    {
      const char *dir = g_getenv ("XDG_RUNTIME_DIR");
      g_autofree char *path = dir != NULL ? g_build_filename (dir, "bus", NULL)
                                          : g_strdup_printf ("/run/user/%u/bus", (guint) getuid ());

      g_autofree char *escaped = g_dbus_address_escape_value (path);

      address = by_runtime_dir = g_strconcat ("unix:path=", escaped, NULL);
    }
  return g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, NULL);
}

static GVariant *
call (GDBusConnection *bus, const char *method, GVariant *parameters, GError **error)
{
  GVariant *reply
      = g_dbus_connection_call_sync (bus, NAME, PATH, INTERFACE, method, parameters, NULL,
                                     G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, NULL, error);

  if (reply == NULL)
    g_dbus_error_strip_remote_error (*error);
  return reply;
}

static gboolean
is_not_running (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

static GVariant *
make_parameters (const HoCommand *command)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (command->verb == HO_VERB_SWITCH)
    {
      if (command->guest != NULL)
        g_variant_dict_insert (&options, "guest", "s", command->guest);
      if (command->return_after >= 0)
        g_variant_dict_insert (&options, "return-after", "u", (guint) command->return_after);
      return g_variant_new ("(s@a{sv})", command->to, g_variant_dict_end (&options));
    }
  if (command->force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  if (command->ignore_busy)
    g_variant_dict_insert (&options, "ignore-busy", "b", TRUE);
  if (command->no_wait)
    g_variant_dict_insert (&options, "no-wait", "b", TRUE);
  return g_variant_new ("(s@a{sv})", command->guest != NULL ? command->guest : "",
                        g_variant_dict_end (&options));
}

/* `GuestChanged` on the bus is `guest-changed` for people. */
static char *
event_from_signal (const char *name)
{
  g_autoptr (GString) event = g_string_new (NULL);

  for (const char *at = name; *at != '\0'; at++)
    {
      if (g_ascii_isupper (*at) && at > name)
        g_string_append_c (event, '-');
      g_string_append_c (event, g_ascii_tolower (*at));
    }
  return g_string_free (g_steal_pointer (&event), FALSE);
}

static void
on_signal (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
           const char *name, GVariant *parameters, gpointer user_data)
{
  g_autofree char *event = event_from_signal (name);
  g_autoptr (GVariant) facts = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a{sv})")))
    return;
  facts = g_variant_get_child_value (parameters, 0);
  ho_print_event (event, facts);
}

static void
on_applet_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static int
monitor (GDBusConnection *bus, GVariant *status)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  ho_print_event ("status", status);
  g_bus_watch_name_on_connection (bus, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                  on_applet_vanished, loop, NULL);
  g_main_loop_run (loop);

  g_set_error_literal (&error, HO_ERROR, HO_ERROR_NO_CONNECTION,
                       _ ("The applet has ended, so there is nothing to follow. Start it, or use "
                          "--connect."));
  return ho_command_fail (error);
}

static int
print_property (GDBusConnection *bus, const HoCommand *command, const char *property)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, NAME, PATH, "org.freedesktop.DBus.Properties", "Get",
      g_variant_new ("(ss)", INTERFACE, property), G_VARIANT_TYPE ("(v)"),
      G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, NULL, &error);
  g_autoptr (GVariant) value = NULL;

  if (is_not_running (error))
    return -1;
  if (reply == NULL)
    return ho_command_fail (error);
  g_variant_get (reply, "(v)", &value);
  return ho_print_devices (command, value);
}

static int
print_audio (const HoCommand *command, GVariant *status)
{
  g_autoptr (GVariant) audio = g_variant_lookup_value (status, "audio", G_VARIANT_TYPE_VARDICT);

  return audio != NULL ? ho_print_audio (command, audio) : 1;
}

static int
set_audio (GDBusConnection *bus, const HoCommand *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = call (bus, "SetAudio", g_variant_new ("(b)", command->audio == HO_AUDIO_ACT_ON), &error);

  if (is_not_running (error))
    return -1;
  return reply != NULL ? 0 : ho_command_fail (error);
}

/* Returns the exit code, or -1 if no applet runs. */
static int
ask_applet (const HoCommand *command)
{
  static const char *const methods[] = {
    [HO_VERB_STATUS] = "Status",  [HO_VERB_START] = "StartGuest",
    [HO_VERB_STOP] = "StopGuest", [HO_VERB_TOGGLE] = "ToggleGuest",
    [HO_VERB_MONITOR] = "Status", [HO_VERB_SWITCH] = "SwitchInput",
    [HO_VERB_DEVICES] = NULL,     [HO_VERB_GPU] = "Status",
    [HO_VERB_AUDIO] = "Status",
  };
  g_autoptr (GDBusConnection) bus = open_session_bus ();
  gboolean wants_status = command->verb == HO_VERB_STATUS || command->verb == HO_VERB_MONITOR
                          || command->verb == HO_VERB_GPU || command->verb == HO_VERB_AUDIO;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GError) error = NULL;

  if (bus == NULL)
    return -1;
  if (command->verb == HO_VERB_AUDIO && command->audio != HO_AUDIO_ACT_STATUS)
    return set_audio (bus, command);
  if (command->verb == HO_VERB_DEVICES)
    return print_property (bus, command, "Devices");
  /* Before the first question, so that no event is lost between it and the answer. */
  if (command->verb == HO_VERB_MONITOR)
    g_dbus_connection_signal_subscribe (bus, NAME, INTERFACE, NULL, PATH, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, on_signal, NULL, NULL);
  reply
      = call (bus, methods[command->verb], wants_status ? NULL : make_parameters (command), &error);
  if (is_not_running (error))
    return -1;
  if (reply == NULL)
    return ho_command_fail (error);
  if (command->verb == HO_VERB_SWITCH)
    {
      g_variant_get (reply, "(@a{sv})", &status);
      return ho_print_input (status);
    }
  if (!wants_status)
    return 0;

  g_variant_get (reply, "(@a{sv})", &status);
  if (command->verb == HO_VERB_MONITOR)
    return monitor (bus, status);
  if (command->verb == HO_VERB_AUDIO)
    return print_audio (command, status);
  return command->verb == HO_VERB_GPU ? ho_print_gpu_status (command, status)
                                      : ho_print_status (command, status);
}

int
main (int argc, char **argv)
{
  g_autoptr (HoCommand) command = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *local = NULL;
  g_autoptr (GError) error = NULL;
  int code = -1;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, ho_paths_get_locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  ho_error_quark ();

  command = ho_command_new (argc, argv, &answer, &error);
  if (answer != NULL)
    {
      g_print ("%s", answer);
      return 0;
    }
  if (command == NULL)
    return ho_command_fail (error);

  if (!ho_command_is_local (command))
    code = ask_applet (command);
  if (code >= 0)
    return code;

  local = ho_paths_get_helper ("handover-local");
  execv (local, argv);
  g_set_error (&error, HO_ERROR, HO_ERROR_FAILED,
               _ ("%s cannot be run: %s. Install Handover again."), local, g_strerror (errno));
  return ho_command_fail (error);
}
