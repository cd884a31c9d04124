/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "switch-commands.h"

#include "error.h"
#include "spawn.h"

#include <glib/gi18n.h>

/**
 * HoSwitchCommands:
 *
 * The user's own commands around a switch: for a monitor's input, another software, a light. They
 * run one after the other, without a shell, and each for as long as the settings allow. One that
 * fails stops neither the others nor the switch. Signal `failed`: a sentence about one that did.
 */
struct _HoSwitchCommands
{
  GObject parent;

  HoSettings *settings;
};

G_DEFINE_FINAL_TYPE (HoSwitchCommands, ho_switch_commands, G_TYPE_OBJECT)

enum
{
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const struct
{
  const char *key;
  const char *when;
  const char *direction;
} moments[] = {
  [HO_BEFORE_GUEST] = { HO_KEY_COMMANDS_BEFORE_GUEST, "before", "guest" },
  [HO_AFTER_GUEST] = { HO_KEY_COMMANDS_AFTER_GUEST, "after", "guest" },
  [HO_BEFORE_HOST] = { HO_KEY_COMMANDS_BEFORE_HOST, "before", "host" },
  [HO_AFTER_HOST] = { HO_KEY_COMMANDS_AFTER_HOST, "after", "host" },
};

/* The commands of one moment. */
typedef struct
{
  HoSwitchCommands *self;
  char **lines;
  guint next;
  GSubprocessLauncher *launcher;
  GSubprocess *process;
  guint timeout;
  gboolean late; /* the process was killed for it */
  GTask *task;   /* NULL once answered */
  guint patience;
} Batch;

static void run_next (Batch *batch);

static void
answer (Batch *batch)
{
  g_clear_handle_id (&batch->patience, g_source_remove);
  if (batch->task != NULL)
    g_task_return_boolean (batch->task, TRUE);
  g_clear_object (&batch->task);
}

static void
batch_end (Batch *batch)
{
  answer (batch);
  g_strfreev (batch->lines);
  g_object_unref (batch->launcher);
  g_object_unref (batch->self);
  g_free (batch);
}

static void
complain (Batch *batch, const char *line, const char *why)
{
  g_autofree char *text
      = g_strdup_printf (_ ("The command “%s” of the settings failed: %s."), line, why);

  g_message ("%s", text);
  g_signal_emit (batch->self, signals[FAILED], 0, text);
}

static gboolean
on_patience_ended (gpointer user_data)
{
  Batch *batch = user_data;

  batch->patience = 0;
  answer (batch);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout (gpointer user_data)
{
  Batch *batch = user_data;

  batch->timeout = 0;
  batch->late = TRUE;
  g_subprocess_force_exit (batch->process);
  return G_SOURCE_REMOVE;
}

static void
on_ended (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Batch *batch = user_data;
  const char *line = batch->lines[batch->next++];
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&batch->timeout, g_source_remove);
  if (!g_subprocess_wait_check_finish (G_SUBPROCESS (object), result, &error))
    complain (batch, line, batch->late ? _ ("it took too long and was ended") : error->message);
  g_clear_object (&batch->process);
  run_next (batch);
}

static void
run_next (Batch *batch)
{
  GSettings *global = ho_settings_get_global (batch->self->settings);

  for (; batch->lines[batch->next] != NULL; batch->next++)
    {
      const char *line = batch->lines[batch->next];
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) words = NULL;

      if (!g_shell_parse_argv (line, NULL, &words, &error)
          || (batch->process
              = g_subprocess_launcher_spawnv (batch->launcher, (const char *const *) words, &error))
                 == NULL)
        {
          complain (batch, line, error->message);
          continue;
        }
      batch->late = FALSE;
      batch->timeout = g_timeout_add_seconds (g_settings_get_uint (global, HO_KEY_COMMANDS_TIMEOUT),
                                              on_timeout, batch);
      g_subprocess_wait_check_async (batch->process, NULL, on_ended, batch);
      return;
    }
  batch_end (batch);
}

static void
ho_switch_commands_finalize (GObject *object)
{
  g_object_unref (HO_SWITCH_COMMANDS (object)->settings);

  G_OBJECT_CLASS (ho_switch_commands_parent_class)->finalize (object);
}

static void
ho_switch_commands_class_init (HoSwitchCommandsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_switch_commands_finalize;

  signals[FAILED] = g_signal_new ("failed", HO_TYPE_SWITCH_COMMANDS, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ho_switch_commands_init (HoSwitchCommands *self)
{
}

/**
 * ho_switch_commands_new:
 * @settings: where the commands are
 *
 * Returns: (transfer full): the commands
 */
HoSwitchCommands *
ho_switch_commands_new (HoSettings *settings)
{
  HoSwitchCommands *self = g_object_new (HO_TYPE_SWITCH_COMMANDS, NULL);

  self->settings = g_object_ref (settings);
  return self;
}

/**
 * ho_switch_commands_run_async:
 * @self: the commands
 * @moment: which of them
 * @guest: (nullable): name of the guest, for their environment
 * @uuid: (nullable): its UUID
 * @patience: milliseconds that are waited for them at most, while they run on; 0: to their end
 * @callback: (nullable): called when the switch may go on
 * @user_data: for @callback
 *
 * They find `HANDOVER_WHEN` (before, after), `HANDOVER_DIRECTION` (guest, host), `HANDOVER_GUEST`
 * and `HANDOVER_GUEST_UUID` in their environment.
 */
void
ho_switch_commands_run_async (HoSwitchCommands *self, HoSwitchMoment moment, const char *guest,
                              const char *uuid, guint patience, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->self = g_object_ref (self);
  batch->lines = g_settings_get_strv (ho_settings_get_global (self->settings), moments[moment].key);
  batch->task = g_task_new (self, NULL, callback, user_data);
  batch->launcher = g_subprocess_launcher_new (HO_SPAWN | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_subprocess_launcher_setenv (batch->launcher, "HANDOVER_WHEN", moments[moment].when, TRUE);
  g_subprocess_launcher_setenv (batch->launcher, "HANDOVER_DIRECTION", moments[moment].direction,
                                TRUE);
  g_subprocess_launcher_setenv (batch->launcher, "HANDOVER_GUEST", guest != NULL ? guest : "",
                                TRUE);
  g_subprocess_launcher_setenv (batch->launcher, "HANDOVER_GUEST_UUID", uuid != NULL ? uuid : "",
                                TRUE);
  if (patience > 0)
    batch->patience = g_timeout_add (patience, on_patience_ended, batch);
  run_next (batch);
}

void
ho_switch_commands_run_finish (HoSwitchCommands *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
