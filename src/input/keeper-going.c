/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include "keeper-private.h"

#include "error.h"
#include "plug-judge.h"
#include "way-back.h"

#include <glib/gi18n.h>

/* The way of a #HoKeeper's devices to a guest. */

typedef struct
{
  char *uuid;
  int return_after;
} Departure;

static void
departure_free (gpointer data)
{
  Departure *departure = data;

  g_free (departure->uuid);
  g_free (departure);
}

static GError *
new_called_off_error (void)
{
  return g_error_new_literal (
      HO_ERROR, HO_ERROR_FAILED,
      _ ("The switch was called off: keyboard and mouse were wanted back on "
         "the host."));
}

static void
on_gone (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoKeeper *self = g_task_get_source_object (task);
  HoGuest *guest = ho_keeper_get_guest (self);
  GError *error = NULL;

  if (!ho_input_switch_finish (HO_INPUT_SWITCH (object), result, &error))
    {
      g_message ("%s", error->message);
      /* The switch has brought everything home; if not, or if it hangs, this will. */
      if (self->state.phase == HO_KEEPER_GOING)
        ho_keeper_return (self, _ ("the switch failed"));
      ho_keeper_set_problem (self, error->message);
      ho_keeper_tell (self);
      g_task_return_error (task, error);
      return;
    }
  if (self->state.phase == HO_KEEPER_GOING)
    {
      self->state.phase = HO_KEEPER_AWAY;
      if (guest != NULL)
        {
          g_autoptr (HoInputView) view = ho_keeper_look_at (self, guest);

          ho_plug_note_absent (&self->state, view);
        }
      ho_keeper_set_deadline (self, self->state.return_after);
      ho_keeper_watch_heartbeat (self);
      ho_keeper_tell (self);
      ho_keeper_run_commands (self, HO_AFTER_GUEST, 0, NULL, NULL);
      ho_keeper_review (self);
      g_task_return_boolean (task, TRUE);
    }
  else
    {
      g_task_return_error (task, new_called_off_error ());
    }
}

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoKeeper *self = g_task_get_source_object (task);
  HoGuest *guest = ho_keeper_get_guest (self);

  ho_switch_commands_run_finish (HO_SWITCH_COMMANDS (object), result);
  if (self->state.phase == HO_KEEPER_GOING && guest != NULL)
    {
      ho_input_switch_to_guest_async (self->input, guest, NULL, on_gone, g_steal_pointer (&task));
      return;
    }
  if (self->state.phase == HO_KEEPER_GOING)
    ho_keeper_return (self, _ ("the guest has ended"));
  g_task_return_error (task, new_called_off_error ());
}

static void
on_armed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoKeeper *self = g_task_get_source_object (task);
  Departure *departure = g_task_get_task_data (task);
  HoGuest *guest = ho_guest_list_get_by_uuid (self->guests, departure->uuid);
  GError *error = NULL;
  HoWayBack way;

  if (!ho_way_back_arm_finish (result, &way, &error))
    g_task_return_error (task, error);
  else if (guest == NULL)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_NOT_FOUND,
                             _ ("This guest does not exist any more."));
  else if (self->state.phase == HO_KEEPER_GOING || self->state.phase == HO_KEEPER_RETURNING
           || self->rejoining)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_BUSY,
                             _ ("Keyboard and mouse are just being moved. Try again."));
  else
    {
      ho_keeper_state_reset (&self->state);
      ho_keeper_set_problem (self, NULL);
      ho_keeper_set_reason (self, NULL);
      self->retry = 1;
      self->last_replug = 0;
      self->state.phase = HO_KEEPER_GOING;
      self->state.uuid = g_strdup (departure->uuid);
      self->state.unasked = way.unasked;
      ho_keeper_set_deadline (self, way.seconds);
      g_free (self->guest_name);
      self->guest_name = g_strdup (ho_guest_get_name (guest));
      g_clear_pointer (&self->command_problem, g_free);
      self->commands_due = TRUE;
      ho_keeper_tell (self);
      ho_keeper_run_commands (self, HO_BEFORE_GUEST, 0, on_prepared, g_steal_pointer (&task));
    }
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoKeeper *self = g_task_get_source_object (task);
  Departure *departure = g_task_get_task_data (task);
  HoGuest *guest = ho_guest_list_get_by_uuid (self->guests, departure->uuid);
  guint seconds = departure->return_after >= 0
                      ? (guint) departure->return_after
                      : g_settings_get_uint (ho_keeper_get_global (self), HO_KEY_RETURN_AFTER);
  g_autoptr (HoInputView) view = NULL;
  GError *error;

  ho_usb_bus_settle_finish (HO_USB_BUS (object), result, NULL);
  if (guest == NULL)
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_NOT_FOUND,
                               _ ("This guest does not exist any more."));
      return;
    }
  error = ho_input_switch_find_obstacle (self->input, guest);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  view = ho_keeper_look_at (self, guest);
  ho_way_back_arm_async (ho_keeper_get_global (self), view, seconds,
                         ho_keeper_has_heartbeat (self, departure->uuid), self->cancellable,
                         on_armed, g_steal_pointer (&task));
}

static void
on_guest_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  HoKeeper *self = g_task_get_source_object (task);

  ho_hypervisor_look_finish (HO_HYPERVISOR (object), result, NULL);
  ho_usb_bus_settle_async (self->bus, self->cancellable, on_looked, task);
}

static gboolean
is_known_to_run (HoKeeper *self, const char *uuid)
{
  HoGuest *guest = ho_guest_list_get_by_uuid (self->guests, uuid);

  return guest != NULL && ho_guest_get_state (guest) == HO_GUEST_RUNNING;
}

void
ho_keeper_start_going (HoKeeper *self, GTask *task)
{
  const char *uuid = ((Departure *) g_task_get_task_data (task))->uuid;

  if (!ho_keeper_is_connected (self))
    {
      g_autofree char *problem = ho_hypervisor_dup_problem (self->hypervisor);

      g_task_return_new_error (task, HO_ERROR, HO_ERROR_NO_CONNECTION, "%s",
                               problem != NULL ? problem
                                               : _ ("There is no connection to libvirt yet."));
      g_object_unref (task);
      return;
    }
  /* The switch looks once more before it moves anything. Whoever has just started the guest may be
   * here before the event that tells of it. */
  if (is_known_to_run (self, uuid))
    ho_usb_bus_settle_async (self->bus, self->cancellable, on_looked, task);
  else
    ho_hypervisor_look_async (self->hypervisor, uuid, self->cancellable, on_guest_looked, task);
}

/**
 * ho_keeper_go_async:
 * @self: a keeper
 * @uuid: the guest that the devices are to go to
 * @return_after: seconds after which they come home; 0: not by time; -1: as the settings say
 * @cancellable: (nullable): forgets the answer
 * @callback: called when they are there, or when all are on the host
 * @user_data: for @callback
 *
 * Where the last keyboard would leave and no way back is armed, a time is set unasked or
 * %HO_ERROR_REFUSED is returned, as the settings say.
 */
void
ho_keeper_go_async (HoKeeper *self, const char *uuid, int return_after, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Departure *departure = g_new0 (Departure, 1);

  departure->uuid = g_strdup (uuid);
  departure->return_after = return_after;
  g_task_set_task_data (task, departure, departure_free);
  if (ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTING)
    g_ptr_array_add (self->early, task);
  else
    ho_keeper_start_going (self, task);
}
