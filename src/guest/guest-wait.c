/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest-wait.h"

#include "error.h"

#include <glib/gi18n.h>

/* Waiting for libvirt to say that a guest runs, or is off: the data of the task. */
typedef struct
{
  HoHypervisor *hypervisor;
  HoGuestAim aim;
  guint seconds;
  gboolean over;
  guint timeout;
  gulong state_handler;
  gulong connection_handler;
  gulong cancelled;
} Wait;

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  g_object_unref (wait->hypervisor);
  g_free (wait);
}

/* Takes @error, and the reference to @task. */
static void
end (GTask *task, GError *error)
{
  Wait *wait = g_task_get_task_data (task);

  wait->over = TRUE;
  g_clear_signal_handler (&wait->state_handler, g_task_get_source_object (task));
  g_clear_signal_handler (&wait->connection_handler, wait->hypervisor);
  g_clear_handle_id (&wait->timeout, g_source_remove);
  g_cancellable_disconnect (g_task_get_cancellable (task), wait->cancelled);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static gboolean
is_there (HoGuest *guest, HoGuestAim aim)
{
  HoGuestState state = ho_guest_get_state (guest);

  return aim == HO_GUEST_TO_RUN ? state == HO_GUEST_RUNNING : !ho_guest_state_is_active (state);
}

static void
on_state_changed (HoGuest *guest, GParamSpec *pspec, GTask *task)
{
  Wait *wait = g_task_get_task_data (task);

  if (is_there (guest, wait->aim))
    end (task, NULL);
}

static void
on_connection_changed (HoHypervisor *hypervisor, GParamSpec *pspec, GTask *task)
{
  if (ho_hypervisor_get_state (hypervisor) != HO_CONNECTION_CONNECTED)
    end (task, g_error_new_literal (HO_ERROR, HO_ERROR_NO_CONNECTION,
                                    _ ("The connection to libvirt was lost; what became of the "
                                       "guest shows when it is back.")));
}

static gboolean
on_timeout (gpointer user_data)
{
  GTask *task = user_data;
  Wait *wait = g_task_get_task_data (task);
  const char *name = ho_guest_get_name (g_task_get_source_object (task));

  wait->timeout = 0;
  end (task, g_error_new (HO_ERROR, HO_ERROR_TIMED_OUT,
                          wait->aim == HO_GUEST_TO_RUN
                              ? ngettext ("%s did not wake up within %u second.",
                                          "%s did not wake up within %u seconds.", wait->seconds)
                              : ngettext ("%s is still running after %u second. Shut it "
                                          "down from inside, or force it off.",
                                          "%s is still running after %u seconds. Shut it "
                                          "down from inside, or force it off.",
                                          wait->seconds),
                          name, wait->seconds));
  return G_SOURCE_REMOVE;
}

static gboolean
end_cancelled (gpointer user_data)
{
  GTask *task = user_data;
  Wait *wait = g_task_get_task_data (task);

  if (!wait->over)
    end (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, ""));
  return G_SOURCE_REMOVE;
}

/* A cancellable must not be disconnected from within its own signal. */
static void
on_cancelled (GCancellable *cancellable, gpointer task)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, end_cancelled, g_object_ref (task), g_object_unref);
}

/**
 * ho_guest_wait_async:
 * @guest: a guest
 * @hypervisor: what runs it
 * @aim: what to wait for
 * @seconds: for how long at most
 * @cancellable: (nullable): stops waiting
 * @callback: called when @guest is in that state, which it may be already
 * @user_data: for @callback
 *
 * Waits until libvirt says that @guest runs, or is off. The errors are %HO_ERROR_TIMED_OUT and
 * %HO_ERROR_NO_CONNECTION if libvirt goes away meanwhile.
 */
void
ho_guest_wait_async (HoGuest *guest, HoHypervisor *hypervisor, HoGuestAim aim, guint seconds,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (guest, cancellable, callback, user_data);
  Wait *wait = g_new0 (Wait, 1);

  g_task_set_source_tag (task, ho_guest_wait_async);
  wait->hypervisor = g_object_ref (hypervisor);
  wait->aim = aim;
  wait->seconds = seconds;
  g_task_set_task_data (task, wait, wait_free);
  /* What has come about is told even where the wish was taken back in the same moment. */
  g_task_set_check_cancellable (task, FALSE);
  if (is_there (guest, aim))
    {
      end (task, NULL);
      return;
    }
  wait->state_handler
      = g_signal_connect (guest, "notify::state", G_CALLBACK (on_state_changed), task);
  wait->connection_handler
      = g_signal_connect (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), task);
  wait->timeout = g_timeout_add_seconds (seconds, on_timeout, task);
  if (cancellable != NULL)
    wait->cancelled = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), task, NULL);
}

/**
 * ho_guest_wait_finish:
 * @guest: the guest
 * @result: of ho_guest_wait_async()
 * @error: return location for a #GError
 *
 * Returns: whether @guest is in the state that was waited for
 */
gboolean
ho_guest_wait_finish (HoGuest *guest, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, guest), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
