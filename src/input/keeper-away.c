/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include "keeper-private.h"

#include "error.h"
#include "plug-judge.h"
#include "way-back.h"

#include <glib/gi18n.h>

/* While the devices are with a guest: what a #HoKeeper makes of what has changed. */

/* A device that is plugged in again twice within this time, in microseconds, is meant to come home.
 */
#define REPLUG_ESCAPE (10 * G_TIME_SPAN_SECOND)

/* Going there again: devices that joined, or were plugged in again. */

static void
on_rejoined (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoKeeper) self = user_data;
  g_autoptr (GError) error = NULL;

  self->rejoining = FALSE;
  if (!ho_input_switch_finish (HO_INPUT_SWITCH (object), result, &error))
    {
      g_message ("%s", error->message);
      ho_keeper_set_problem (self, error->message);
      /* The switch has brought everything home, or this will. */
      ho_keeper_return (self, _ ("a device that was plugged in could not follow"));
      return;
    }
  ho_keeper_review (self);
}

static void
on_guarded (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoKeeper) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean found;
  HoWayBack way;

  self->guarding = FALSE;
  found = ho_way_back_arm_finish (result, &way, &error);
  if (ho_error_is_silent (error) || self->state.phase != HO_KEEPER_AWAY || self->state.stays)
    return;
  if (!found)
    {
      ho_keeper_return (self, _ ("the host's last keyboard was pulled out"));
    }
  else if (way.seconds > 0 && self->state.deadline == 0)
    {
      self->state.unasked = way.unasked;
      ho_keeper_set_deadline (self, way.seconds);
      ho_keeper_tell (self);
    }
}

/* The keyboard that stayed with the host was the way back; when it is pulled out another one is
 * armed, as at a departure. */
static void
guard (HoKeeper *self, const HoInputView *view)
{
  gboolean heartbeat = ho_keeper_has_heartbeat (self, self->state.uuid);

  if (self->guarding || self->state.stays || self->state.deadline != 0 || heartbeat
      || !ho_input_view_takes_last_keyboard (view))
    return;
  self->guarding = TRUE;
  ho_way_back_arm_async (ho_keeper_get_global (self), view, 0, heartbeat, self->cancellable,
                         on_guarded, g_object_ref (self));
}

static void
review_plugs (HoKeeper *self, HoGuest *guest)
{
  g_autoptr (HoInputView) view = ho_keeper_look_at (self, guest);
  HoPlugVerdict verdict = ho_plug_judge (&self->state, guest, view);
  gint64 now = g_get_monotonic_time ();

  if ((verdict & HO_PLUGS_AGAIN) != 0)
    {
      gboolean twice = self->last_replug != 0 && now - self->last_replug < REPLUG_ESCAPE;

      self->last_replug = now;
      if (twice || !ho_keeper_has_heartbeat (self, self->state.uuid))
        {
          ho_keeper_return (self, _ ("a device was plugged in again"));
          return;
        }
    }
  if ((verdict & (HO_PLUGS_AGAIN | HO_PLUGS_JOIN)) != 0)
    {
      self->rejoining = TRUE;
      ho_input_switch_to_guest_async (self->input, guest, NULL, on_rejoined, g_object_ref (self));
    }
  else if ((verdict & HO_PLUGS_OVER) != 0)
    ho_keeper_forget (self);
  else
    {
      ho_keeper_tell (self);
      guard (self, view);
    }
}

static void
review_absence (HoKeeper *self)
{
  HoGuest *guest = ho_keeper_get_guest (self);

  if (guest == NULL || !ho_guest_is_active (guest))
    {
      /* It has ended, and its QEMU with it; what it leaves behind is the rescue's business. */
      ho_keeper_set_reason (self, _ ("the guest has ended"));
      ho_keeper_forget (self);
    }
  else if (ho_guest_get_state (guest) == HO_GUEST_PAUSED)
    ho_keeper_return (self, _ ("the guest is paused"));
  else if (ho_guest_get_state (guest) == HO_GUEST_SUSPENDED)
    ho_keeper_return (self, _ ("the guest is asleep"));
  else
    review_plugs (self, guest);
}

/* Looks at everything anew, whenever anything has changed. */
void
ho_keeper_review (HoKeeper *self)
{
  if (!ho_keeper_is_connected (self))
    return;
  ho_return_channels_follow (self->channels);
  if (self->returning || self->rejoining || ho_input_switch_is_busy (self->input))
    return;
  if (self->state.phase == HO_KEEPER_AWAY)
    review_absence (self);
  else if (self->state.phase == HO_KEEPER_IDLE)
    ho_driver_rescue_check (self->rescue);
  else if (self->state.phase == HO_KEEPER_RETURNING && ho_keeper_get_guest (self) == NULL)
    ho_keeper_return (self, self->reason);
  else if (self->state.phase == HO_KEEPER_RETURNING
           && !ho_guest_is_active (ho_keeper_get_guest (self)))
    ho_keeper_return (self, self->reason); /* what hindered it is gone */
}
