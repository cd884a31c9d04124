/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "way-back.h"

#include "error.h"
#include "ssh-probe.h"

#include <glib/gi18n.h>

/* The last-keyboard guard: the host's last keyboard does not leave unless something is certain to
 * bring it back. */

static void
return_way (GTask *task, guint seconds, gboolean unasked)
{
  HoWayBack *way = g_new0 (HoWayBack, 1);

  way->seconds = seconds;
  way->unasked = unasked;
  g_task_return_pointer (task, way, g_free);
}

static void
on_ssh_probed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GSettings *settings = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (ho_ssh_probe_finish (result, &error))
    return_way (task, 0, FALSE);
  else if (ho_error_is_silent (error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (g_settings_get_enum (settings, HO_KEY_LAST_KEYBOARD) == HO_LAST_KEYBOARD_REFUSE)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_REFUSED,
                             _ ("The host's last keyboard would leave, and nothing would bring it "
                                "back. Say when with --return-after, or plug in another one."));
  else
    return_way (task, g_settings_get_uint (settings, HO_KEY_LAST_KEYBOARD_RETURN), TRUE);
}

/**
 * ho_way_back_arm_async:
 * @settings: the global settings
 * @view: the devices that are about to go, as they are now
 * @seconds: when they are to come home anyway; 0: not by time
 * @heartbeat: whether the guest has just sent a heartbeat
 * @cancellable: (nullable): forgets the answer
 * @callback: called with the way back
 * @user_data: for @callback
 *
 * A way back is a time, a heartbeat, another real keyboard, or an ssh server where the user counts
 * on that. Without one a time is set unasked, or %HO_ERROR_REFUSED is returned, as the settings
 * say.
 */
void
ho_way_back_arm_async (GSettings *settings, const HoInputView *view, guint seconds,
                       gboolean heartbeat, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, g_object_ref (settings), g_object_unref);
  if (seconds > 0 || heartbeat || !ho_input_view_takes_last_keyboard (view))
    return_way (task, seconds, FALSE);
  else
    ho_ssh_probe_async (g_settings_get_boolean (settings, HO_KEY_RETURN_BY_SSH), cancellable,
                        on_ssh_probed, g_steal_pointer (&task));
}

/**
 * ho_way_back_arm_finish:
 * @result: what the callback was given
 * @way: (out): the way back
 * @error: return location for a #GError
 *
 * Returns: whether the devices may go
 */
gboolean
ho_way_back_arm_finish (GAsyncResult *result, HoWayBack *way, GError **error)
{
  g_autofree HoWayBack *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found != NULL)
    *way = *found;
  return found != NULL;
}
