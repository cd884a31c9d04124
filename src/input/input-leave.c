/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "input-leave.h"

#include "error.h"
#include "switch-obstacle.h"

/* Devices leave their guests: every entry is asked to go at once, by its alias, and then its
 * guest's XML is followed until the entry is no longer in it. That is faster than one after the
 * other, and never hits the entry of a device that was pulled out instead. */

typedef struct
{
  HoHypervisor *hypervisor;
  HoGuestList *guests;
  GPtrArray *leaving; /* of Leaving */
} Leave;

/* One entry of a guest's XML that was asked to go. */
typedef struct
{
  GTask *task;
  char *uuid;
  char *alias;
  gboolean answered;
  GError *error;
} Leaving;

static void
leaving_free (gpointer data)
{
  Leaving *leaving = data;

  g_free (leaving->uuid);
  g_free (leaving->alias);
  g_clear_error (&leaving->error);
  g_free (leaving);
}

static void
leave_free (gpointer data)
{
  Leave *leave = data;

  g_ptr_array_unref (leave->leaving);
  g_object_unref (leave->hypervisor);
  g_object_unref (leave->guests);
  g_free (leave);
}

static gboolean
is_still_there (Leave *leave, const Leaving *leaving)
{
  HoGuest *guest = ho_guest_list_get_by_uuid (leave->guests, leaving->uuid);
  GPtrArray *hostdevs;

  if (guest == NULL || !ho_guest_is_active (guest))
    return FALSE;
  hostdevs = ho_guest_get_facts (guest)->usb_hostdevs;
  for (guint i = 0; i < hostdevs->len; i++)
    {
      if (g_strcmp0 (((const HoUsbHostdev *) hostdevs->pdata[i])->alias, leaving->alias) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether all have left; else why they have not, or that more has to be waited for. A libvirt that
 * has gone away says nothing of where they are. */
static gboolean
have_left (Leave *leave, GError **error)
{
  gboolean connected = ho_hypervisor_get_state (leave->hypervisor) == HO_CONNECTION_CONNECTED;
  const GError *failure = NULL;

  for (guint i = 0; i < leave->leaving->len; i++)
    {
      const Leaving *leaving = leave->leaving->pdata[i];
      gboolean there = !connected || is_still_there (leave, leaving);

      if (!leaving->answered || (connected && there && leaving->error == NULL))
        return FALSE;
      if (there || g_error_matches (leaving->error, HO_ERROR, HO_ERROR_NO_CONNECTION))
        failure = leaving->error;
    }
  if (failure != NULL)
    *error = g_error_copy (failure);
  else if (!connected)
    *error = ho_switch_new_unconnected_error (leave->hypervisor);
  return TRUE;
}

static void
check_leaving (GTask *task)
{
  Leave *leave = g_task_get_task_data (task);
  GError *error = NULL;

  if (!have_left (leave, &error))
    return;
  g_signal_handlers_disconnect_by_data (leave->guests, task);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_detached (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Leaving *leaving = user_data;

  leaving->answered = TRUE;
  ho_hypervisor_detach_alias_finish (HO_HYPERVISOR (object), result, &leaving->error);
  check_leaving (leaving->task);
}

static void
add_leaving (GTask *task, HoGuest *guest, const char *alias)
{
  Leave *leave = g_task_get_task_data (task);
  Leaving *leaving = g_new0 (Leaving, 1);

  leaving->task = task;
  leaving->uuid = g_strdup (ho_guest_get_uuid (guest));
  leaving->alias = g_strdup (alias);
  g_ptr_array_add (leave->leaving, leaving);
}

static gboolean
may_leave (const HoInputDevice *device)
{
  return device->guest != NULL && device->alias != NULL;
}

/**
 * ho_input_leave_find_guest:
 * @view: devices
 *
 * Returns: (transfer none) (nullable): a guest that has any of them, or an entry of one that was
 *   pulled out; %NULL: nothing has to leave
 */
HoGuest *
ho_input_leave_find_guest (const HoInputView *view)
{
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (may_leave (device))
        return device->guest;
    }
  return view->stale->len > 0 ? ((const HoStaleEntry *) view->stale->pdata[0])->guest : NULL;
}

/**
 * ho_input_leave_async:
 * @hypervisor: what runs the guests
 * @guests: its guests
 * @view: devices; those that a guest has leave it, and so does what is left of pulled ones
 * @callback: called when all have left, or cannot; not before libvirt has answered every call
 * @user_data: for @callback
 */
void
ho_input_leave_async (HoHypervisor *hypervisor, HoGuestList *guests, const HoInputView *view,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (hypervisor, NULL, callback, user_data);
  Leave *leave = g_new0 (Leave, 1);

  leave->hypervisor = g_object_ref (hypervisor);
  leave->guests = g_object_ref (guests);
  leave->leaving = g_ptr_array_new_with_free_func (leaving_free);
  g_task_set_task_data (task, leave, leave_free);
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (may_leave (device))
        add_leaving (task, device->guest, device->alias);
    }
  for (guint i = 0; i < view->stale->len; i++)
    {
      const HoStaleEntry *entry = view->stale->pdata[i];

      add_leaving (task, entry->guest, entry->alias);
    }

  g_signal_connect_swapped (guests, "guest-changed", G_CALLBACK (check_leaving), task);
  g_signal_connect_swapped (guests, "guest-removed", G_CALLBACK (check_leaving), task);
  for (guint i = 0; i < leave->leaving->len; i++)
    {
      Leaving *leaving = leave->leaving->pdata[i];

      ho_hypervisor_detach_alias_async (hypervisor, leaving->uuid, leaving->alias, NULL,
                                        on_detached, leaving);
    }
}

/**
 * ho_input_leave_finish:
 *
 * Returns: %TRUE if all have left; or %FALSE with an error of %HO_ERROR
 */
gboolean
ho_input_leave_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
