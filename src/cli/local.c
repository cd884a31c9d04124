/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include <gio/gio.h>
#include <locale.h>

#include "command.h"
#include "core.h"
#include "error.h"
#include "hypervisor-libvirt.h"
#include "paths.h"
#include "print.h"

#include <glib/gi18n.h>

/* `handover-local`: does what `handover` was asked for, where no applet runs or another connection
 * or settings file is wanted, with the same core as the applet. */

typedef struct
{
  const HoCommand *command;
  HoCore *core;
  GMainLoop *loop;
  gboolean begun;
  int code;
} Local;

static void
end (Local *local, const GError *error)
{
  local->code = error != NULL ? ho_command_fail (error) : 0;
  g_main_loop_quit (local->loop);
}

static void
on_controlled (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ho_guest_control_finish (HO_GUEST_CONTROL (object), result, &error);
  end (user_data, error);
}

static void
on_asked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error);
  end (user_data, error);
}

static void
stop (Local *local, HoGuest *guest)
{
  const HoCommand *command = local->command;

  /* Nobody stays to climb the ladder; asking is all there is to do. */
  if (command->no_wait && !command->force && ho_guest_is_active (guest))
    ho_hypervisor_act_async (ho_core_get_hypervisor (local->core), ho_guest_get_uuid (guest),
                             HO_GUEST_ACT_SHUT_DOWN, NULL, on_asked, local);
  else
    ho_guest_control_stop_async (ho_core_get_control (local->core), guest, command->force, NULL,
                                 on_controlled, local);
}

static void
start_or_stop (Local *local)
{
  const HoCommand *command = local->command;
  g_autoptr (GError) error = NULL;
  HoGuest *guest = ho_core_find_guest (local->core, command->guest, &error);

  if (guest == NULL)
    end (local, error);
  else if (command->verb == HO_VERB_STOP
           || (command->verb == HO_VERB_TOGGLE && !ho_guest_control_would_start (guest)))
    stop (local, guest);
  else
    ho_guest_control_start_async (ho_core_get_control (local->core), guest,
                                  command->ignore_busy ? HO_START_IGNORE_BUSY : HO_START_NONE, NULL,
                                  on_controlled, local);
}

static void
on_event (HoCore *core, const char *event, GVariant *facts, gpointer user_data)
{
  ho_print_event (event, facts);
}

static void
begin (Local *local)
{
  g_autoptr (GVariant) status = NULL;

  local->begun = TRUE;
  switch (local->command->verb)
    {
    case HO_VERB_STATUS:
      status = g_variant_ref_sink (ho_core_describe_status (local->core));
      local->code = ho_print_status (local->command, status);
      g_main_loop_quit (local->loop);
      break;
    case HO_VERB_MONITOR:
      status = g_variant_ref_sink (ho_core_describe_status (local->core));
      ho_print_event ("status", status);
      g_signal_connect (local->core, "event", G_CALLBACK (on_event), NULL);
      break;
    case HO_VERB_START:
    case HO_VERB_STOP:
    case HO_VERB_TOGGLE:
    default:
      start_or_stop (local);
    }
}

static void
on_connection_changed (HoHypervisor *hypervisor, GParamSpec *pspec, gpointer user_data)
{
  Local *local = user_data;

  if (!local->begun && ho_hypervisor_get_state (hypervisor) != HO_CONNECTION_CONNECTING)
    begin (local);
}

/* What goes wrong is told in one line at the end, so the log is for those who debug. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (level >= G_LOG_LEVEL_MESSAGE && g_getenv ("G_MESSAGES_DEBUG") == NULL)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

static HoSettings *
open_settings (const HoCommand *command, GError **error)
{
  g_autofree char *own = ho_paths_get_settings_file ();
  g_autoptr (HoSettings) settings
      = ho_settings_new (command->settings != NULL ? command->settings : own, error);

  if (settings == NULL)
    return NULL;
  for (const char *const *warning = ho_settings_get_warnings (settings); *warning != NULL;
       warning++)
    g_printerr ("handover: %s\n", *warning);
  return g_steal_pointer (&settings);
}

int
main (int argc, char **argv)
{
  g_autoptr (HoCommand) command = NULL;
  g_autoptr (HoSettings) settings = NULL;
  g_autoptr (HoHypervisorLibvirt) hypervisor = NULL;
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (HoCore) core = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;
  Local local = { 0 };

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, HO_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_log_set_writer_func (write_log, NULL, NULL);

  command = ho_command_new (argc, argv, &answer, &error);
  if (answer != NULL)
    {
      g_print ("%s", answer);
      return 0;
    }
  if (command == NULL)
    return ho_command_fail (error);
  settings = open_settings (command, &error);
  if (settings == NULL)
    return ho_command_fail (error);

  uri = command->connect != NULL ? g_strdup (command->connect)
                                 : ho_settings_dup_connection_uri (settings);
  hypervisor = ho_hypervisor_libvirt_new (uri);
  core = ho_core_new (settings, HO_HYPERVISOR (hypervisor));
  loop = g_main_loop_new (NULL, FALSE);
  local.command = command;
  local.core = core;
  local.loop = loop;
  g_signal_connect (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), &local);
  ho_hypervisor_libvirt_connect (hypervisor);
  g_main_loop_run (loop);
  g_signal_handlers_disconnect_by_data (hypervisor, &local);
  return local.code;
}
