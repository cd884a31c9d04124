/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "gpu-command.h"

#include <signal.h>

#include "error.h"
#include "spawn.h"

#include <glib/gi18n.h>

/* The user's own commands when a card changes hands. They run in a shell, as in crontab(5), and are
 * told by their environment what it is about. */

typedef struct
{
  char *command;
  GSubprocess *process;
  guint seconds;
  guint timeout;
  gboolean timed_out;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_free (run->command);
  g_clear_object (&run->process);
  g_clear_handle_id (&run->timeout, g_source_remove);
  g_free (run);
}

static gboolean
on_timeout (gpointer user_data)
{
  Run *run = user_data;

  run->timeout = 0;
  run->timed_out = TRUE;
  g_subprocess_send_signal (run->process, SIGTERM);
  return G_SOURCE_REMOVE;
}

static void
on_ended (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  GSubprocess *process = G_SUBPROCESS (object);
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&run->timeout, g_source_remove);
  if (!g_subprocess_wait_finish (process, result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (run->timed_out)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_TIMED_OUT,
                             _ ("The command “%s” did not end within %u seconds."), run->command,
                             run->seconds);
  else if (!g_subprocess_get_successful (process))
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("The command “%s” failed (exit status %d)."), run->command,
                             g_subprocess_get_if_exited (process)
                                 ? g_subprocess_get_exit_status (process)
                                 : 128 + g_subprocess_get_term_sig (process));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * ho_gpu_command_run_async:
 * @command: for `/bin/sh -c`
 * @gpu: the card: HANDOVER_GPU is its address, HANDOVER_GPU_NAME its name
 * @guest: (nullable): the guest that gets it, or had it: HANDOVER_GUEST
 * @seconds: after that it is asked to end; 0: never
 * @cancellable: (nullable): forgets the answer
 * @callback: called when it has ended
 * @user_data: for @callback
 */
void
ho_gpu_command_run_async (const char *command, HoGpu *gpu, HoGuest *guest, guint seconds,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (HO_SPAWN | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  Run *run = g_new0 (Run, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, ho_gpu_command_run_async);
  g_task_set_task_data (task, run, run_free);
  run->command = g_strdup (command);
  run->seconds = seconds;
  g_subprocess_launcher_setenv (launcher, "HANDOVER_GPU", ho_gpu_get_address (gpu), TRUE);
  g_subprocess_launcher_setenv (launcher, "HANDOVER_GPU_NAME", ho_gpu_get_name (gpu), TRUE);
  if (guest != NULL)
    g_subprocess_launcher_setenv (launcher, "HANDOVER_GUEST", ho_guest_get_name (guest), TRUE);
  run->process = g_subprocess_launcher_spawn (launcher, &error, "/bin/sh", "-c", command, NULL);
  if (run->process == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (seconds > 0)
    run->timeout = g_timeout_add_seconds (seconds, on_timeout, run);
  g_subprocess_wait_async (run->process, cancellable, on_ended, task);
}

/**
 * ho_gpu_command_run_finish:
 *
 * Returns: whether it ended well; %FALSE with an error that names the command if not
 */
gboolean
ho_gpu_command_run_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
