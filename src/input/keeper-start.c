/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "keeper-start.h"

#include "error.h"
#include "paths.h"
#include "spawn.h"

#include <glib/gi18n.h>

/* Starting a keeper and getting through to it. It must outlive whoever starts it: so it becomes a
 * unit of the user's systemd, which starts it again if it is killed; where there is none, or it
 * refuses, the keeper leaves its parent by itself. */

/* A keeper that has been started, or is just being started again, is asked every RETRY milliseconds
 * for at most PATIENCE microseconds. */
#define RETRY 50
#define PATIENCE (10 * G_TIME_SPAN_SECOND)

typedef struct
{
  const HoKeeperPlace *place;
  gboolean detach; /* systemd was tried already */
  gint64 deadline;
  char *complaint; /* of who was to start it */
} Start;

static void connect_to_it (GTask *task);
static void launch (GTask *task);

static void
start_free (gpointer data)
{
  Start *start = data;

  g_free (start->complaint);
  g_free (start);
}

static void
fail (GTask *task)
{
  Start *start = g_task_get_task_data (task);

  g_task_return_new_error (
      task, HO_ERROR, HO_ERROR_FAILED,
      _ ("Keyboard and mouse stay where they are: handover-keeper, which would bring them home, "
         "cannot be started (%s)."),
      start->complaint != NULL ? start->complaint : _ ("it does not answer"));
  g_object_unref (task);
}

static void
on_launched (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;

  if (!g_subprocess_communicate_utf8_finish (G_SUBPROCESS (object), result, NULL, &output, &error))
    start->complaint = g_strdup (error->message);
  else if (!g_subprocess_get_successful (G_SUBPROCESS (object)))
    start->complaint = g_strdup (g_strstrip (output));
  if (ho_error_is_silent (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  if (start->complaint != NULL && !start->detach)
    {
      g_message ("systemd does not start the keeper: %s", start->complaint);
      g_clear_pointer (&start->complaint, g_free);
      start->detach = TRUE;
      launch (task);
      return;
    }
  start->deadline = g_get_monotonic_time () + (start->complaint == NULL ? PATIENCE : 0);
  connect_to_it (task);
}

/* What the keeper and the user's commands need to know; systemd's own environment has it not. */
static void
add_environment (GPtrArray *words)
{
  static const char *const exact[] = { "PATH",
                                       "HOME",
                                       "USER",
                                       "LANG",
                                       "LANGUAGE",
                                       "LC_ALL",
                                       "LC_MESSAGES",
                                       "DISPLAY",
                                       "WAYLAND_DISPLAY",
                                       "XAUTHORITY",
                                       "XDG_RUNTIME_DIR",
                                       "XDG_CONFIG_HOME",
                                       "XDG_DATA_HOME",
                                       "XDG_CACHE_HOME",
                                       "DBUS_SESSION_BUS_ADDRESS",
                                       "G_DEBUG",
                                       "G_MESSAGES_DEBUG",
                                       "GSETTINGS_SCHEMA_DIR",
                                       "LD_LIBRARY_PATH" };
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    {
      gboolean wanted = g_str_has_prefix (*name, "HANDOVER_");

      for (gsize i = 0; i < G_N_ELEMENTS (exact) && !wanted; i++)
        wanted = g_str_equal (exact[i], *name);
      if (wanted)
        g_ptr_array_add (words, g_strdup_printf ("--setenv=%s=%s", *name, g_getenv (*name)));
    }
}

static gboolean
has_systemd (void)
{
  g_autofree char *dir = ho_paths_get_runtime_dir ();
  g_autofree char *parent = g_path_get_dirname (dir);
  g_autofree char *socket = g_build_filename (parent, "systemd", "private", NULL);
  g_autofree char *program = g_find_program_in_path ("systemd-run");

  return program != NULL && g_file_test (socket, G_FILE_TEST_EXISTS);
}

static void
add (GPtrArray *words, const char *word)
{
  g_ptr_array_add (words, g_strdup (word));
}

static void
launch (GTask *task)
{
  Start *start = g_task_get_task_data (task);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *program = ho_paths_get_helper ("handover-keeper");
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  start->detach |= !has_systemd ();
  if (!start->detach)
    {
      add (words, "systemd-run");
      add (words, "--user");
      add (words, "--quiet");
      add (words, "--collect");
      add (words, "--service-type=notify");
      add (words, "--description=Brings keyboard and mouse home");
      add (words, "--property=Restart=on-failure");
      add (words, "--property=RestartSec=100ms");
      add (words, "--property=StartLimitIntervalSec=0");
      add (words, "--property=PartOf=graphical-session.target");
      g_ptr_array_add (words, g_strconcat ("--unit=", start->place->unit, NULL));
      add_environment (words);
      add (words, "--");
    }
  add (words, program);
  if (start->detach)
    add (words, "--detach");
  g_ptr_array_add (words, g_strconcat ("--connect=", start->place->uri, NULL));
  g_ptr_array_add (words, g_strconcat ("--settings=", start->place->settings, NULL));
  g_ptr_array_add (words, NULL);
  process = g_subprocess_newv (
      (const char *const *) words->pdata,
      HO_SPAWN | G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  if (process == NULL)
    {
      start->complaint = g_strdup (error->message);
      fail (task);
      return;
    }
  g_subprocess_communicate_utf8_async (process, NULL, g_task_get_cancellable (task), on_launched,
                                       task);
}

static gboolean
on_retry (gpointer user_data)
{
  connect_to_it (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Start *start = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (connection != NULL)
    {
      g_task_return_pointer (task, connection, g_object_unref);
      g_object_unref (task);
    }
  else if (ho_error_is_silent (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
    }
  else if (start->deadline == 0)
    launch (task);
  else if (g_get_monotonic_time () > start->deadline)
    fail (task);
  else
    g_timeout_add (RETRY, on_retry, task);
}

static void
connect_to_it (GTask *task)
{
  Start *start = g_task_get_task_data (task);

  g_dbus_connection_new_for_address (start->place->address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     g_task_get_cancellable (task), on_connected, task);
}

/**
 * ho_keeper_start_async:
 * @place: whose keeper; must live as long as the call
 * @cancellable: (nullable): forgets the answer
 * @callback: called with the connection
 * @user_data: for @callback
 *
 * Gets through to the keeper, and starts one if none is there.
 */
void
ho_keeper_start_async (const HoKeeperPlace *place, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Start *start = g_new0 (Start, 1);

  start->place = place;
  g_task_set_task_data (task, start, start_free);
  connect_to_it (task);
}

/**
 * ho_keeper_start_finish:
 *
 * Returns: (transfer full): a connection to the keeper; or %NULL with %HO_ERROR_FAILED
 */
GDBusConnection *
ho_keeper_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
