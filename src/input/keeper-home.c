/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include "keeper-private.h"

#include "error.h"

/* The way home of a #HoKeeper. */

/* A return that failed is tried again after 1, 2, 4 … seconds. */
#define LAST_RETRY 30

/* A return waits for the user's commands no longer than this, in milliseconds. */
#define COMMANDS_PATIENCE 2000

static void
answer (GPtrArray **tasks, const GError *error)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (tasks);

  *tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    {
      if (error != NULL)
        g_task_return_error (waiting->pdata[i], g_error_copy (error));
      else
        g_task_return_boolean (waiting->pdata[i], TRUE);
    }
}

/* The end of an absence: all is home, or out of reach. */
void
ho_keeper_forget (HoKeeper *self)
{
  if (self->commands_due)
    ho_keeper_run_commands (self, HO_AFTER_HOST, 0, NULL, NULL);
  self->commands_due = FALSE;
  ho_keeper_state_reset (&self->state);
  g_clear_handle_id (&self->deadline_timer, g_source_remove);
  g_clear_handle_id (&self->heartbeat_timer, g_source_remove);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  self->retry = 1;
  self->stuck = FALSE;
  self->return_failed = FALSE;
  ho_driver_rescue_check (self->rescue);
  ho_keeper_tell (self);
}

static gboolean
on_retry (gpointer user_data)
{
  HoKeeper *self = user_data;

  self->retry_timer = 0;
  ho_keeper_return (self, self->reason);
  return G_SOURCE_REMOVE;
}

static void
on_returned (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoKeeper) self = user_data;
  g_autoptr (GError) error = NULL;

  self->returning = FALSE;
  if (ho_input_switch_finish (HO_INPUT_SWITCH (object), result, &error))
    {
      if (self->return_failed)
        ho_keeper_set_problem (self, NULL);
      ho_keeper_forget (self);
      answer (&self->homing, NULL);
      return;
    }
  g_message ("%s", error->message);
  ho_keeper_set_problem (self, error->message);
  self->return_failed = TRUE;
  self->stuck = g_error_matches (error, HO_ERROR, HO_ERROR_TIMED_OUT);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  self->retry_timer = g_timeout_add_seconds (self->retry, on_retry, self);
  self->retry = MIN (self->retry * 2, LAST_RETRY);
  ho_keeper_tell (self);
  answer (&self->homing, error);
}

static void
on_return_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoKeeper *self = user_data; /* and its reference */

  ho_switch_commands_run_finish (HO_SWITCH_COMMANDS (object), result);
  ho_input_switch_to_host_async (self->input, NULL, on_returned, self);
}

/**
 * ho_keeper_come_home_async:
 * @self: a keeper
 * @reason: why, for the user to be told
 * @cancellable: (nullable): forgets the answer
 * @callback: called when they are home, or when that has failed for the first time
 * @user_data: for @callback
 *
 * As ho_keeper_return().
 */
void
ho_keeper_come_home_async (HoKeeper *self, const char *reason, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_ptr_array_add (self->homing, g_task_new (self, cancellable, callback, user_data));
  ho_keeper_return (self, reason);
}

/**
 * ho_keeper_return:
 * @self: a keeper
 * @reason: why, for the user to be told
 *
 * Brings the devices home, and does not give up before they are.
 */
void
ho_keeper_return (HoKeeper *self, const char *reason)
{
  gboolean first;

  if (self->returning)
    return;
  self->returning = TRUE;
  ho_keeper_set_reason (self, reason);
  g_message ("keyboard and mouse come home: %s", self->reason);
  g_clear_handle_id (&self->deadline_timer, g_source_remove);
  g_clear_handle_id (&self->heartbeat_timer, g_source_remove);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  first = self->state.phase != HO_KEEPER_RETURNING;
  self->state.phase = HO_KEEPER_RETURNING;
  ho_keeper_tell (self);
  if (first && self->commands_due)
    ho_keeper_run_commands (self, HO_BEFORE_HOST, COMMANDS_PATIENCE, on_return_prepared,
                            g_object_ref (self));
  else
    ho_input_switch_to_host_async (self->input, NULL, on_returned, g_object_ref (self));
}
