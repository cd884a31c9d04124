/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include <gio/gio.h>
#include <locale.h>

#include "command.h"
#include "core.h"
#include "doctor-command.h"
#include "error.h"
#include "print-gpu.h"
#include "hypervisor-libvirt.h"
#include "paths.h"
#include "print.h"
#include "switch-on-start.h"
#include "setup-command.h"

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
on_moved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Local *local = user_data;
  g_autoptr (GVariant) input = NULL;
  g_autoptr (GError) error = NULL;

  if (ho_input_move_finish (HO_INPUT (object), result, &error))
    {
      input = g_variant_ref_sink (ho_core_describe_input (local->core));
      ho_print_input (input);
    }
  end (local, error);
}

static void
on_started (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Local *local = user_data;
  g_autoptr (GError) error = NULL;
  HoGuest *guest = NULL;

  if (ho_guest_control_finish (HO_GUEST_CONTROL (object), result, &error))
    guest = ho_core_find_guest (local->core, local->command->guest, NULL);
  if (guest != NULL && ho_guest_get_state (guest) == HO_GUEST_RUNNING
      && ho_switch_on_start_is_wanted (ho_core_get_settings (local->core), guest))
    ho_input_move_async (ho_core_get_input (local->core), guest, HO_RETURN_AS_SET, NULL, on_moved,
                         local);
  else
    end (local, error);
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
                                  on_started, local);
}

static void
switch_input (Local *local)
{
  const HoCommand *command = local->command;
  g_autoptr (GError) error = NULL;
  HoGuest *guest = NULL;

  if (!ho_core_find_input_target (local->core, command->to, command->guest, &guest, &error))
    end (local, error);
  else
    ho_input_move_async (ho_core_get_input (local->core), guest, command->return_after, NULL,
                         on_moved, local);
}

static void
print_devices (Local *local)
{
  g_autoptr (GVariant) devices = g_variant_ref_sink (ho_core_describe_devices (local->core));

  local->code = ho_print_devices (local->command, devices);
  g_main_loop_quit (local->loop);
}

static void
on_audio_set (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ho_audio_link_set_on_finish (HO_AUDIO_LINK (object), result, &error);
  end (user_data, error);
}

/* Shows how things are once the sound server has told what it is, if it is asked at all. */
static void
on_sound_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Local *local = user_data;
  g_autoptr (GVariant) facts = NULL;

  ho_audio_link_look_finish (HO_AUDIO_LINK (object), result, NULL);
  if (local->command->verb == HO_VERB_AUDIO)
    {
      facts = g_variant_ref_sink (ho_core_describe_audio (local->core));
      local->code = ho_print_audio (local->command, facts);
    }
  else
    {
      facts = g_variant_ref_sink (ho_core_describe_status (local->core));
      local->code = ho_print_status (local->command, facts);
    }
  g_main_loop_quit (local->loop);
}

static void
switch_audio (Local *local)
{
  HoAudioLink *link = ho_core_get_audio (local->core);

  if (local->command->audio == HO_AUDIO_ACT_STATUS)
    ho_audio_link_look_async (link, TRUE, NULL, on_sound_looked, local);
  else
    ho_audio_link_set_on_async (link, local->command->audio == HO_AUDIO_ACT_ON, NULL, on_audio_set,
                                local);
}

static void
on_event (HoCore *core, const char *event, GVariant *facts, gpointer user_data)
{
  ho_print_event (event, facts);
}

static void
on_doctor_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ho_doctor_command_finish (HO_CORE (object), result, &error);
  end (user_data, error);
}

static void
on_set_up (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  ho_setup_command_finish (HO_CORE (object), result, &error);
  end (user_data, error);
}

static void
begin (Local *local)
{
  g_autoptr (GVariant) status = NULL;

  switch (local->command->verb)
    {
    case HO_VERB_STATUS:
      ho_audio_link_look_async (ho_core_get_audio (local->core), FALSE, NULL, on_sound_looked,
                                local);
      break;
    case HO_VERB_AUDIO:
      switch_audio (local);
      break;
    case HO_VERB_GPU:
      status = g_variant_ref_sink (ho_core_describe_status (local->core));
      local->code = ho_print_gpu_status (local->command, status);
      g_main_loop_quit (local->loop);
      break;
    case HO_VERB_MONITOR:
      status = g_variant_ref_sink (ho_core_describe_status (local->core));
      ho_print_event ("status", status);
      g_signal_connect (local->core, "event", G_CALLBACK (on_event), NULL);
      break;
    case HO_VERB_DOCTOR:
      ho_doctor_command_async (local->core, local->command, on_doctor_done, local);
      break;
    case HO_VERB_SETUP:
      ho_setup_command_async (local->core, local->command, on_set_up, local);
      break;
    case HO_VERB_SWITCH:
      switch_input (local);
      break;
    case HO_VERB_DEVICES:
      print_devices (local);
      break;
    case HO_VERB_START:
    case HO_VERB_STOP:
    case HO_VERB_TOGGLE:
    default:
      start_or_stop (local);
    }
}

static gboolean
wants_holders (HoVerb verb)
{
  return verb == HO_VERB_STATUS || verb == HO_VERB_GPU || verb == HO_VERB_MONITOR;
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  ho_input_look_finish (HO_INPUT (object), result, NULL);
  begin (user_data);
}

/* Which guest is meant, and what is told of it, may depend on the cards. */
static void
on_gpus_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Local *local = user_data;

  ho_gpu_list_look_finish (HO_GPU_LIST (object), result, NULL);
  ho_input_look_async (ho_core_get_input (local->core), on_looked, local);
}

static void
on_connection_changed (HoHypervisor *hypervisor, GParamSpec *pspec, gpointer user_data)
{
  Local *local = user_data;

  if (!local->begun && ho_hypervisor_get_state (hypervisor) != HO_CONNECTION_CONNECTING)
    {
      local->begun = TRUE;
      ho_gpu_list_look_async (ho_core_get_gpus (local->core), wants_holders (local->command->verb),
                              NULL, on_gpus_looked, local);
    }
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
  bindtextdomain (GETTEXT_PACKAGE, ho_paths_get_locale_dir ());
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
