/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include "keeper-private.h"

#include "driver-rescue.h"
#include "error.h"
#include "plug-judge.h"
#include "return-channels.h"
#include "switch-commands.h"
#include "way-back.h"

#include <glib/gi18n.h>

/**
 * HoKeeper:
 *
 * Moves keyboard and mouse, and sees to it that they come home: when the time is over, when the
 * guest asks, falls silent, is paused or ends, and when a plug is pulled. It decides by what
 * libvirt and the kernel say; what it remembers is a promise, not a place.
 *
 *   idle → going → away → returning → idle
 *            ↘_____________↗
 *
 * A return does not end before the devices are home: what fails is tried again. Signals: `changed`
 * (see ho_keeper_describe()) and `idle-changed`.
 */
G_DEFINE_FINAL_TYPE (HoKeeper, ho_keeper, G_TYPE_OBJECT)

enum
{
  CHANGED,
  IDLE_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

GSettings *
ho_keeper_get_global (HoKeeper *self)
{
  return ho_settings_get_global (self->settings);
}

HoGuest *
ho_keeper_get_guest (HoKeeper *self)
{
  return self->state.uuid != NULL ? ho_guest_list_get_by_uuid (self->guests, self->state.uuid)
                                  : NULL;
}

gboolean
ho_keeper_is_connected (HoKeeper *self)
{
  return ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED;
}

HoInputView *
ho_keeper_look_at (HoKeeper *self, HoGuest *guest)
{
  g_auto (GStrv) ids = guest != NULL ? ho_input_ids_for_guest (self->settings, guest)
                                     : ho_input_ids_for_all (self->settings, self->guests);

  return ho_input_view_new (ho_usb_bus_get_scan (self->bus), self->guests,
                            ho_keeper_is_connected (self), (const char *const *) ids);
}

void
ho_keeper_tell (HoKeeper *self)
{
  ho_keeper_state_save (&self->state, self->state_file);
  g_signal_emit (self, signals[CHANGED], 0);
  g_signal_emit (self, signals[IDLE_CHANGED], 0);
}

void
ho_keeper_set_problem (HoKeeper *self, const char *problem)
{
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

void
ho_keeper_set_reason (HoKeeper *self, const char *reason)
{
  char *old = self->reason; /* @reason may be it */

  self->reason = g_strdup (reason);
  g_free (old);
}

/* Time. */

static gboolean
on_deadline (gpointer user_data)
{
  HoKeeper *self = user_data;

  self->deadline_timer = 0;
  ho_keeper_return (self, _ ("the time was over"));
  return G_SOURCE_REMOVE;
}

static void
watch_deadline (HoKeeper *self)
{
  gint64 left = self->state.deadline - g_get_monotonic_time ();

  g_clear_handle_id (&self->deadline_timer, g_source_remove);
  if (self->state.deadline != 0)
    self->deadline_timer
        = g_timeout_add ((guint) (MAX (left, 0) / G_TIME_SPAN_MILLISECOND), on_deadline, self);
}

void
ho_keeper_set_deadline (HoKeeper *self, guint seconds)
{
  self->state.return_after = seconds;
  self->state.deadline
      = seconds > 0 ? g_get_monotonic_time () + (gint64) seconds * G_TIME_SPAN_SECOND : 0;
  watch_deadline (self);
}

/* Heartbeats. */

gboolean
ho_keeper_has_heartbeat (HoKeeper *self, const char *uuid)
{
  guint timeout = g_settings_get_uint (ho_keeper_get_global (self), HO_KEY_HEARTBEAT_TIMEOUT);
  gint64 last = ho_return_channels_get_last_alive (self->channels, uuid);

  return last != 0 && timeout != 0
         && g_get_monotonic_time () - last < (gint64) timeout * G_TIME_SPAN_SECOND;
}

static gboolean
on_silence (gpointer user_data)
{
  HoKeeper *self = user_data;

  self->heartbeat_timer = 0;
  ho_keeper_return (self, _ ("the guest fell silent"));
  return G_SOURCE_REMOVE;
}

void
ho_keeper_watch_heartbeat (HoKeeper *self)
{
  guint timeout = g_settings_get_uint (ho_keeper_get_global (self), HO_KEY_HEARTBEAT_TIMEOUT);

  g_clear_handle_id (&self->heartbeat_timer, g_source_remove);
  if (self->state.phase == HO_KEEPER_AWAY && timeout > 0
      && ho_keeper_has_heartbeat (self, self->state.uuid))
    self->heartbeat_timer = g_timeout_add_seconds (timeout, on_silence, self);
}

static void
on_alive (HoKeeper *self, const char *uuid)
{
  if (g_strcmp0 (self->state.uuid, uuid) != 0)
    return;
  ho_keeper_watch_heartbeat (self);
  if (self->state.phase == HO_KEEPER_AWAY && self->state.deadline != 0
      && g_settings_get_boolean (ho_keeper_get_global (self), HO_KEY_ALIVE_EXTENDS))
    {
      ho_keeper_set_deadline (self, self->state.return_after);
      ho_keeper_tell (self);
    }
}

static void
on_host_wanted (HoKeeper *self, const char *uuid)
{
  if (g_strcmp0 (self->state.uuid, uuid) == 0)
    ho_keeper_return (self, _ ("the guest asked for it"));
}

/* Commands. */

static void
on_command_failed (HoKeeper *self, const char *problem)
{
  g_free (self->command_problem);
  self->command_problem = g_strdup (problem);
  ho_keeper_tell (self);
}

void
ho_keeper_run_commands (HoKeeper *self, HoSwitchMoment moment, guint patience,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  ho_switch_commands_run_async (self->commands, moment, self->guest_name, self->state.uuid,
                                patience, callback, user_data);
}

/* A call that hung has come back. */
static void
on_input_idle (HoKeeper *self)
{
  if (self->stuck && self->state.phase == HO_KEEPER_RETURNING)
    ho_keeper_return (self, self->reason);
  else
    ho_keeper_review (self);
}

/* The bus tells of every look, also of the rescue's own. */
static void
on_bus_changed (HoKeeper *self)
{
  if (self->state.phase == HO_KEEPER_AWAY)
    ho_keeper_review (self);
}

static void
resume (HoKeeper *self)
{
  if (self->state.phase == HO_KEEPER_RETURNING && ho_keeper_is_connected (self))
    ho_keeper_return (self, self->reason);
  else
    ho_keeper_review (self);
}

static void
on_connection_changed (HoKeeper *self)
{
  g_autoptr (GPtrArray) early = NULL;

  if (ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTING)
    return;
  early = g_steal_pointer (&self->early);
  self->early = g_ptr_array_new ();
  for (guint i = 0; i < early->len; i++)
    ho_keeper_start_going (self, early->pdata[i]);
  resume (self);
}

static void
ho_keeper_dispose (GObject *object)
{
  HoKeeper *self = HO_KEEPER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->deadline_timer, g_source_remove);
  g_clear_handle_id (&self->heartbeat_timer, g_source_remove);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  g_clear_object (&self->channels);
  g_clear_object (&self->commands);
  g_clear_object (&self->rescue);
  g_clear_object (&self->input);
  g_clear_object (&self->guests);
  g_clear_object (&self->hypervisor);
  g_clear_object (&self->bus);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_keeper_parent_class)->dispose (object);
}

static void
ho_keeper_finalize (GObject *object)
{
  HoKeeper *self = HO_KEEPER (object);

  ho_keeper_state_clear (&self->state);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->early);
  g_ptr_array_unref (self->homing);
  g_free (self->state_file);
  g_free (self->reason);
  g_free (self->problem);
  g_free (self->guest_name);
  g_free (self->command_problem);

  G_OBJECT_CLASS (ho_keeper_parent_class)->finalize (object);
}

static void
ho_keeper_class_init (HoKeeperClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_keeper_dispose;
  object_class->finalize = ho_keeper_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_KEEPER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[IDLE_CHANGED] = g_signal_new ("idle-changed", HO_TYPE_KEEPER, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_keeper_init (HoKeeper *self)
{
  self->cancellable = g_cancellable_new ();
  self->early = g_ptr_array_new ();
  self->homing = g_ptr_array_new_with_free_func (g_object_unref);
  self->retry = 1;
  ho_keeper_state_init (&self->state);
}

static void
on_rescue_ended (HoKeeper *self)
{
  g_signal_emit (self, signals[IDLE_CHANGED], 0);
}

static void
on_rescued (HoKeeper *self)
{
  ho_keeper_set_problem (self, NULL);
  ho_keeper_tell (self);
}

static void
on_rescue_failed (HoKeeper *self, const GError *error)
{
  ho_keeper_set_problem (self, error->message);
  ho_keeper_tell (self);
}

static void
take_up (HoKeeper *self)
{
  ho_keeper_state_load (&self->state, self->state_file);
  self->commands_due = self->state.phase != HO_KEEPER_IDLE;
  /* Its predecessor was killed in the midst of it; half a switch is none. */
  if (self->state.phase == HO_KEEPER_GOING)
    self->state.phase = HO_KEEPER_RETURNING;
  if (self->state.phase == HO_KEEPER_RETURNING)
    ho_keeper_set_reason (self, _ ("it was interrupted"));
  else
    watch_deadline (self);
}

/**
 * ho_keeper_new:
 * @hypervisor: what runs the guests; whoever made it connects it
 * @guests: its guests
 * @bus: where devices are plugged in
 * @settings: which devices are chosen, and when they come home
 * @state_file: (nullable): where an earlier keeper may have left its promise
 *
 * Returns: (transfer full): a keeper
 */
HoKeeper *
ho_keeper_new (HoHypervisor *hypervisor, HoGuestList *guests, HoUsbBus *bus, HoSettings *settings,
               const char *state_file)
{
  HoKeeper *self = g_object_new (HO_TYPE_KEEPER, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->bus = g_object_ref (bus);
  self->settings = g_object_ref (settings);
  self->state_file = g_strdup (state_file);
  self->input = ho_input_switch_new (hypervisor, guests, bus, settings);
  self->rescue = ho_driver_rescue_new (hypervisor, guests, bus, settings);
  self->channels = ho_return_channels_new (hypervisor, guests);
  self->commands = ho_switch_commands_new (settings);
  take_up (self);

  g_object_connect (guests, "swapped-object-signal::guest-added", ho_keeper_review, self,
                    "swapped-object-signal::guest-changed", ho_keeper_review, self,
                    "swapped-object-signal::guest-removed", ho_keeper_review, self, NULL);
  g_object_connect (self->rescue, "swapped-object-signal::ended", on_rescue_ended, self,
                    "swapped-object-signal::rescued", on_rescued, self,
                    "swapped-object-signal::failed", on_rescue_failed, self, NULL);
  g_object_connect (self->commands, "swapped-object-signal::failed", on_command_failed, self, NULL);
  g_object_connect (self->channels, "swapped-object-signal::host", on_host_wanted, self,
                    "swapped-object-signal::alive", on_alive, self, NULL);
  g_signal_connect_object (self->input, "idle", G_CALLBACK (on_input_idle), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (bus, "changed", G_CALLBACK (on_bus_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  resume (self);
  return self;
}

/**
 * ho_keeper_finish:
 *
 * Returns: %TRUE; or %FALSE with an error of %HO_ERROR, as ho_input_switch_finish() has them
 */
gboolean
ho_keeper_finish (HoKeeper *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_keeper_stay:
 * @self: a keeper
 * @seconds: when the devices come home, from now; 0: not by time
 */
void
ho_keeper_stay (HoKeeper *self, guint seconds)
{
  if (self->state.phase != HO_KEEPER_AWAY)
    return;
  self->state.unasked = FALSE;
  self->state.stays = seconds == 0;
  ho_keeper_set_deadline (self, seconds);
  ho_keeper_tell (self);
}

/** ho_keeper_is_idle: Returns: whether nothing is away and nothing is to be done */
gboolean
ho_keeper_is_idle (HoKeeper *self)
{
  return self->state.phase == HO_KEEPER_IDLE && !self->returning && !self->rejoining
         && self->early->len == 0 && !ho_driver_rescue_is_busy (self->rescue);
}

/**
 * ho_keeper_describe:
 * @self: a keeper
 *
 * Returns: (transfer floating): `a{sv}`: `phase` (s), `stuck` (b: the guest's hypervisor does not
 *   answer), and where they apply `guest` (s: UUID), `deadline` (x: microseconds of
 *   CLOCK_MONOTONIC), `unasked` (b: set by the last-keyboard guard), `heartbeat` (b), `reason` (s:
 * of the last return), `problem`, `command-problem` and `channel-problem` (s)
 */
GVariant *
ho_keeper_describe (HoKeeper *self)
{
  const char *uuid = self->state.uuid;
  const char *channel_problem
      = uuid != NULL ? ho_return_channels_get_problem (self->channels, uuid) : NULL;
  GVariantDict facts;

  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert (&facts, "phase", "s", ho_keeper_phase_to_string (self->state.phase));
  g_variant_dict_insert (&facts, "stuck", "b", self->stuck);
  if (uuid != NULL)
    {
      g_variant_dict_insert (&facts, "guest", "s", uuid);
      g_variant_dict_insert (&facts, "heartbeat", "b", ho_keeper_has_heartbeat (self, uuid));
    }
  if (self->state.deadline != 0)
    {
      g_variant_dict_insert (&facts, "deadline", "x", self->state.deadline);
      g_variant_dict_insert (&facts, "unasked", "b", self->state.unasked);
    }
  if (self->reason != NULL)
    g_variant_dict_insert (&facts, "reason", "s", self->reason);
  if (self->problem != NULL)
    g_variant_dict_insert (&facts, "problem", "s", self->problem);
  if (self->command_problem != NULL)
    g_variant_dict_insert (&facts, "command-problem", "s", self->command_problem);
  if (channel_problem != NULL)
    g_variant_dict_insert (&facts, "channel-problem", "s", channel_problem);
  return g_variant_dict_end (&facts);
}
