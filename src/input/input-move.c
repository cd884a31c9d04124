/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "input-private.h"

#include "error.h"

#include <glib/gi18n.h>

/* The wishes to move that a #HoInput passes to the keeper. */

static void
on_brought_home (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  ho_input_update (g_task_get_source_object (task));
  if (ho_input_switch_finish (HO_INPUT_SWITCH (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Brings them home without the keeper: a return is never refused. */
static void
bring_home (HoInput *self, GTask *task)
{
  ho_input_switch_to_host_async (self->backup, NULL, on_brought_home, task);
}

static void
on_seen (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, NULL);
  ho_input_update (g_task_get_source_object (task));
  g_task_return_boolean (task, TRUE);
}

/* Whether libvirt has told here as well of what the keeper has seen. */
static gboolean
is_told (HoInput *self, HoGuest *wanted)
{
  return self->guest == wanted && self->location != HO_INPUT_PARTIAL;
}

static void
on_moved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoInput *self = g_task_get_source_object (task);
  HoGuest *wanted = g_task_get_task_data (task);
  GError *error = NULL;
  gboolean moved = ho_keeper_link_call_finish (HO_KEEPER_LINK (object), result, &error);

  self->moving--;
  ho_input_update (self);
  if (moved && !is_told (self, wanted))
    {
      ho_usb_bus_refresh_async (self->bus, NULL, on_seen, g_steal_pointer (&task));
      return;
    }

  /* Which drivers they have now may follow. */
  ho_usb_bus_refresh_async (self->bus, NULL, NULL, NULL);
  if (moved)
    {
      g_task_return_boolean (task, TRUE);
    }
  else if (wanted == NULL && ho_keeper_link_get_facts (HO_KEEPER_LINK (object)) == NULL)
    {
      g_message ("%s", error->message);
      g_error_free (error);
      bring_home (self, g_steal_pointer (&task));
    }
  else
    {
      g_task_return_error (task, error);
    }
}

/**
 * ho_input_move_async:
 * @self: keyboard and mouse
 * @guest: (nullable): the guest that they are to go to; %NULL: the host
 * @return_after: seconds after which they come home; 0: not by time; %HO_RETURN_AS_SET
 * @cancellable: (nullable): forgets the answer
 * @callback: called when all are there, or all on the host
 * @user_data: for @callback
 *
 * Moves all devices that are plugged in, or none. From one guest to another they go by the host.
 * Where the host's last keyboard would leave and nothing would bring it back, a time is set unasked
 * (see ho_input_is_unasked()), or %HO_ERROR_REFUSED is returned, as the settings say.
 */
void
ho_input_move_async (HoInput *self, HoGuest *guest, int return_after, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_input_move_async);
  if (guest != NULL)
    g_task_set_task_data (task, g_object_ref (guest), g_object_unref);
  self->moving += self->keeper != NULL;
  if (self->keeper != NULL && guest != NULL)
    ho_keeper_link_go_async (self->keeper, ho_guest_get_uuid (guest), return_after, on_moved, task);
  else if (self->keeper != NULL)
    ho_keeper_link_come_home_async (self->keeper, _ ("you asked for it"), on_moved, task);
  else if (guest == NULL)
    bring_home (self, task);
  else
    {
      GError *error = ho_input_switch_find_obstacle (self->backup, guest);

      if (error == NULL)
        g_set_error_literal (&error, HO_ERROR, HO_ERROR_UNSUPPORTED,
                             _ ("The demonstration moves no keyboard and mouse."));
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

/**
 * ho_input_move_finish:
 *
 * Returns: %TRUE; or %FALSE with an error of %HO_ERROR: %HO_ERROR_REFUSED or %HO_ERROR_NOT_FOUND if
 *   nothing was done, %HO_ERROR_BUSY, %HO_ERROR_TIMED_OUT if the guest's QEMU does not answer,
 *   %HO_ERROR_UNSUPPORTED for guests on another machine, or why it failed
 */
gboolean
ho_input_move_finish (HoInput *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_stayed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!ho_keeper_link_call_finish (HO_KEEPER_LINK (object), result, &error))
    g_message ("%s", error->message);
}

/** ho_input_stay: Takes back the time of the return: they stay until they are asked home. */
void
ho_input_stay (HoInput *self)
{
  if (self->keeper != NULL)
    ho_keeper_link_stay_async (self->keeper, 0, on_stayed, NULL);
}

/** ho_input_return_now: Brings them home; what goes wrong is told by `problem`. */
void
ho_input_return_now (HoInput *self)
{
  ho_input_move_async (self, NULL, 0, NULL, NULL, NULL);
}
