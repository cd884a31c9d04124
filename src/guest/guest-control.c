/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest-control.h"

#include "error.h"
#include "guest-wait.h"

#include <glib/gi18n.h>

/* A guest that was woken has this long to run, in seconds. */
#define WAKE_PATIENCE 30

/**
 * HoGuestControl:
 *
 * Starts guests, through every gate, and shuts them down by a ladder: the guest is asked, it is
 * given time, and then the user decides (signal `shutdown-ignored`, with the seconds that were
 * waited). Nothing here ever forces a guest off by itself.
 */
struct _HoGuestControl
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoSettings *settings;
  GPtrArray *gates;   /* of HoStartGate */
  GHashTable *active; /* uuids of guests that have not stopped since they were seen running */
  GHashTable *starts; /* HoGuest, not owned → GINT_TO_POINTER (whether it is cut short): those that
                         libvirt was asked to start */
};

G_DEFINE_FINAL_TYPE (HoGuestControl, ho_guest_control, G_TYPE_OBJECT)

enum
{
  SHUTDOWN_IGNORED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* One wish on its way: the task's data. */
typedef struct
{
  HoGuest *guest;
  HoStartFlags flags;
  guint gates_open;
  guint seconds; /* that it is given to shut down */
} Wish;

static void open_next_gate (GTask *task);

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_object_unref (wish->guest);
  g_free (wish);
}

static Wish *
get_wish (GTask *task)
{
  return g_task_get_task_data (task);
}

/* Ends a wish; takes @task and @error. */
static void
end_wish (GTask *task, GError *error)
{
  Wish *wish = get_wish (task);
  HoGuestControl *self = g_task_get_source_object (task);

  ho_guest_set_wish (wish->guest, HO_WISH_NONE);
  if (error != NULL)
    {
      for (guint i = 0; i < wish->gates_open; i++)
        ho_start_gate_close (self->gates->pdata[i], wish->guest);
      g_task_return_error (task, error);
    }
  else
    {
      g_task_return_boolean (task, TRUE);
    }
  g_object_unref (task);
}

/* Acts. */

static void
on_last_act (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error);
  end_wish (task, error);
}

static void
act (GTask *task, HoGuestAct what, GAsyncReadyCallback callback)
{
  HoGuestControl *self = g_task_get_source_object (task);

  ho_hypervisor_act_async (self->hypervisor, ho_guest_get_uuid (get_wish (task)->guest), what,
                           g_task_get_cancellable (task), callback, task);
}

static void
wait_for (GTask *task, HoGuestAim aim, guint seconds, GAsyncReadyCallback callback)
{
  HoGuestControl *self = g_task_get_source_object (task);

  ho_guest_wait_async (get_wish (task)->guest, self->hypervisor, aim, seconds,
                       g_task_get_cancellable (task), callback, task);
}

/* Start. */

static void
on_awake (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  ho_guest_wait_finish (HO_GUEST (object), result, &error);
  end_wish (user_data, error);
}

static void
on_woken (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error))
    wait_for (task, HO_GUEST_TO_RUN, WAKE_PATIENCE, on_awake);
  else
    end_wish (task, error);
}

static void
on_started (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  HoGuestControl *self = g_task_get_source_object (task);
  HoGuest *guest = get_wish (task)->guest;
  gboolean cut = GPOINTER_TO_INT (g_hash_table_lookup (self->starts, guest));
  GError *error = NULL;

  g_hash_table_remove (self->starts, guest);
  if (!ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error) && cut)
    {
      g_clear_error (&error);
      error = g_error_new (HO_ERROR, HO_ERROR_FAILED, _ ("%s was forced off while it started."),
                           ho_guest_get_name (guest));
    }
  end_wish (task, error);
}

static void
on_gate_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (!ho_start_gate_open_finish (HO_START_GATE (object), result, &error))
    {
      end_wish (task, error);
      return;
    }
  get_wish (task)->gates_open++;
  open_next_gate (task);
}

static void
open_next_gate (GTask *task)
{
  HoGuestControl *self = g_task_get_source_object (task);
  Wish *wish = get_wish (task);

  if (wish->gates_open < self->gates->len)
    {
      ho_start_gate_open_async (self->gates->pdata[wish->gates_open], wish->guest, wish->flags,
                                g_task_get_cancellable (task), on_gate_opened, task);
      return;
    }
  g_hash_table_insert (self->starts, wish->guest, GINT_TO_POINTER (FALSE));
  act (task, HO_GUEST_ACT_START, on_started);
}

/* Stop. */

static guint
get_shutdown_timeout (HoGuestControl *self, HoGuest *guest)
{
  guint seconds = g_settings_get_uint (
      ho_settings_get_guest (self->settings, ho_guest_get_uuid (guest)), HO_KEY_SHUTDOWN_TIMEOUT);

  return seconds != 0 ? seconds
                      : g_settings_get_uint (ho_settings_get_global (self->settings),
                                             HO_KEY_SHUTDOWN_TIMEOUT);
}

static void
on_shut_down (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  HoGuest *guest = HO_GUEST (object);
  g_autoptr (HoGuestControl) self = g_object_ref (g_task_get_source_object (task));
  guint seconds = get_wish (task)->seconds;
  GError *error = NULL;
  gboolean ignored;

  ho_guest_wait_finish (guest, result, &error);
  ignored = g_error_matches (error, HO_ERROR, HO_ERROR_TIMED_OUT);
  end_wish (task, error);
  if (ignored)
    g_signal_emit (self, signals[SHUTDOWN_IGNORED], 0, guest, seconds);
}

static void
on_shutdown_asked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Wish *wish = get_wish (task);
  GError *error = NULL;

  if (!ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error))
    {
      end_wish (task, error);
      return;
    }
  wish->seconds = get_shutdown_timeout (g_task_get_source_object (task), wish->guest);
  wait_for (task, HO_GUEST_TO_END, wish->seconds, on_shut_down);
}

static void
ask_to_shut_down (GTask *task)
{
  ho_guest_set_wish (get_wish (task)->guest, HO_WISH_STOP);
  act (task, HO_GUEST_ACT_SHUT_DOWN, on_shutdown_asked);
}

/* Whether its power can be cut while it starts: libvirt does that before the start has ended,
 * unless it hangs in a driver. */
static gboolean
can_be_cut_short (HoGuestControl *self, HoGuest *guest)
{
  gpointer cut;

  if (ho_guest_has_process (guest))
    return TRUE;
  if (!g_hash_table_lookup_extended (self->starts, guest, NULL, &cut) || GPOINTER_TO_INT (cut))
    return FALSE; /* libvirt does not know of it yet, or was asked already */
  for (guint i = 0; i < self->gates->len; i++)
    {
      if (ho_start_gate_holds_up (self->gates->pdata[i], guest))
        return FALSE;
    }
  return TRUE;
}

static void
on_forced_off (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  HoGuestControl *self = g_task_get_source_object (task);
  HoGuest *guest = get_wish (task)->guest;
  GError *error = NULL;

  if (!ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error)
      && g_hash_table_contains (self->starts, guest))
    g_hash_table_insert (self->starts, guest, GINT_TO_POINTER (FALSE)); /* it was too early */
  end_wish (task, error);
}

static void
force_off (GTask *task)
{
  HoGuestControl *self = g_task_get_source_object (task);
  HoGuest *guest = get_wish (task)->guest;

  if (g_hash_table_contains (self->starts, guest))
    g_hash_table_insert (self->starts, guest, GINT_TO_POINTER (TRUE));
  else
    ho_guest_set_wish (guest, HO_WISH_STOP);
  act (task, HO_GUEST_ACT_FORCE_OFF, on_forced_off);
}

static void
on_runs (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (ho_guest_wait_finish (HO_GUEST (object), result, &error))
    ask_to_shut_down (task);
  else
    end_wish (task, error);
}

/* A guest whose processors stand still hears nothing: let it run first. */
static void
on_made_to_run (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (ho_hypervisor_act_finish (HO_HYPERVISOR (object), result, &error))
    wait_for (task, HO_GUEST_TO_RUN, WAKE_PATIENCE, on_runs);
  else
    end_wish (task, error);
}

/* The gates are told of every guest that stops, whoever started it. */

static void
on_guest_changed (HoGuestControl *self, HoGuest *guest)
{
  const char *uuid = ho_guest_get_uuid (guest);

  if (ho_guest_is_active (guest))
    {
      g_hash_table_add (self->active, g_strdup (uuid));
    }
  else if (g_hash_table_remove (self->active, uuid))
    {
      for (guint i = 0; i < self->gates->len; i++)
        ho_start_gate_close (self->gates->pdata[i], guest);
    }
}

static void
ho_guest_control_finalize (GObject *object)
{
  HoGuestControl *self = HO_GUEST_CONTROL (object);

  g_ptr_array_unref (self->gates);
  g_hash_table_unref (self->active);
  g_hash_table_unref (self->starts);
  g_object_unref (self->hypervisor);
  g_object_unref (self->guests);
  g_object_unref (self->settings);

  G_OBJECT_CLASS (ho_guest_control_parent_class)->finalize (object);
}

static void
ho_guest_control_class_init (HoGuestControlClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_guest_control_finalize;

  signals[SHUTDOWN_IGNORED]
      = g_signal_new ("shutdown-ignored", HO_TYPE_GUEST_CONTROL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 2, HO_TYPE_GUEST, G_TYPE_UINT);
}

static void
ho_guest_control_init (HoGuestControl *self)
{
  self->gates = g_ptr_array_new_with_free_func (g_object_unref);
  self->active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->starts = g_hash_table_new (NULL, NULL);
}

/**
 * ho_guest_control_new:
 * @hypervisor: what runs the guests
 * @guests: the guests of @hypervisor
 * @settings: for the time that a guest is given to shut down
 *
 * Returns: (transfer full): a control without gates
 */
HoGuestControl *
ho_guest_control_new (HoHypervisor *hypervisor, HoGuestList *guests, HoSettings *settings)
{
  HoGuestControl *self = g_object_new (HO_TYPE_GUEST_CONTROL, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (guests, "guest-changed", G_CALLBACK (on_guest_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (guests, "guest-added", G_CALLBACK (on_guest_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * ho_guest_control_add_gate:
 * @self: a control
 * @gate: asked before every start, after the gates that were added earlier
 */
void
ho_guest_control_add_gate (HoGuestControl *self, HoStartGate *gate)
{
  g_ptr_array_add (self->gates, g_object_ref (gate));
}

/**
 * ho_guest_control_would_start:
 * @guest: a guest
 *
 * Returns: whether a toggle of @guest in its present state means to start it (or to wake or resume
 *   it) rather than to shut it down
 */
gboolean
ho_guest_control_would_start (HoGuest *guest)
{
  switch (ho_guest_get_state (guest))
    {
    case HO_GUEST_OFF:
    case HO_GUEST_CRASHED:
    case HO_GUEST_PAUSED:
    case HO_GUEST_SUSPENDED:
    case HO_GUEST_STARTING:
      return TRUE;
    case HO_GUEST_RUNNING:
    case HO_GUEST_STOPPING:
    default:
      return FALSE;
    }
}

static GTask *
make_wish (HoGuestControl *self, HoGuest *guest, HoStartFlags flags, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Wish *wish = g_new0 (Wish, 1);

  wish->guest = g_object_ref (guest);
  wish->flags = flags;
  g_task_set_task_data (task, wish, wish_free);
  /* A request that was taken back is told as such even where libvirt was quicker. */
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

static void
refuse_busy (GTask *task)
{
  HoGuest *guest = get_wish (task)->guest;
  gboolean starting = ho_guest_get_state (guest) == HO_GUEST_STARTING;

  g_task_return_new_error (task, HO_ERROR, HO_ERROR_BUSY,
                           starting ? _ ("%s is starting already. Wait until it runs.")
                                    : _ ("%s is shutting down already. Wait until it is off."),
                           ho_guest_get_name (guest));
  g_object_unref (task);
}

/**
 * ho_guest_control_start_async:
 * @self: a control
 * @guest: the guest
 * @flags: what the user has said about this start
 * @cancellable: (nullable): stops waiting; what libvirt has begun goes on
 * @callback: called when @guest runs, or will not
 * @user_data: for @callback
 *
 * Makes @guest run: starts, resumes or wakes it. One that runs already is a success. The errors are
 * those of the gates, %HO_ERROR_BUSY while @guest starts or stops, and what libvirt says.
 */
void
ho_guest_control_start_async (HoGuestControl *self, HoGuest *guest, HoStartFlags flags,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = make_wish (self, guest, flags, cancellable, callback, user_data);
  HoGuestState state = ho_guest_get_state (guest);

  g_task_set_source_tag (task, ho_guest_control_start_async);
  switch (state)
    {
    case HO_GUEST_RUNNING:
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    case HO_GUEST_STARTING:
    case HO_GUEST_STOPPING:
      refuse_busy (task);
      return;
    case HO_GUEST_PAUSED:
      ho_guest_set_wish (guest, HO_WISH_START);
      act (task, HO_GUEST_ACT_RESUME, on_last_act);
      return;
    case HO_GUEST_SUSPENDED:
      ho_guest_set_wish (guest, HO_WISH_START);
      act (task, HO_GUEST_ACT_WAKE, on_woken);
      return;
    case HO_GUEST_OFF:
    case HO_GUEST_CRASHED:
    default:
      ho_guest_set_wish (guest, HO_WISH_START);
      open_next_gate (task);
      return;
    }
}

/**
 * ho_guest_control_stop_async:
 * @self: a control
 * @guest: the guest
 * @force: whether to cut its power instead of asking it to shut down
 * @cancellable: (nullable): stops waiting; the guest was asked all the same
 * @callback: called when @guest is off, or still runs after the time set for it
 * @user_data: for @callback
 *
 * A guest that is off already is a success. The errors are %HO_ERROR_TIMED_OUT after the signal
 * `shutdown-ignored`, %HO_ERROR_BUSY while @guest starts or stops (with @force, only while a start
 * waits for something that may hang), and what libvirt says.
 */
void
ho_guest_control_stop_async (HoGuestControl *self, HoGuest *guest, gboolean force,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = make_wish (self, guest, HO_START_NONE, cancellable, callback, user_data);
  HoGuestState state = ho_guest_get_state (guest);

  g_task_set_source_tag (task, ho_guest_control_stop_async);
  if (!ho_guest_state_is_active (state))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
  else if (force && state == HO_GUEST_STARTING && !can_be_cut_short (self, guest))
    {
      refuse_busy (task);
    }
  else if (force)
    {
      force_off (task);
    }
  else if (state == HO_GUEST_STARTING || state == HO_GUEST_STOPPING)
    {
      refuse_busy (task);
    }
  else if (state == HO_GUEST_PAUSED)
    {
      act (task, HO_GUEST_ACT_RESUME, on_made_to_run);
    }
  else if (state == HO_GUEST_SUSPENDED)
    {
      act (task, HO_GUEST_ACT_WAKE, on_made_to_run);
    }
  else
    {
      ask_to_shut_down (task);
    }
}

/**
 * ho_guest_control_pause_async:
 * @self: a control
 * @guest: a running guest; ho_guest_control_start_async() resumes it
 * @cancellable: (nullable): stops waiting
 * @callback: called when its processors stand still
 * @user_data: for @callback
 */
void
ho_guest_control_pause_async (HoGuestControl *self, HoGuest *guest, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = make_wish (self, guest, HO_START_NONE, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_guest_control_pause_async);
  act (task, HO_GUEST_ACT_PAUSE, on_last_act);
}

/**
 * ho_guest_control_finish:
 * @self: a control
 * @result: of any of the functions above
 * @error: return location for a #GError
 *
 * Returns: whether the guest is as it was wished
 */
gboolean
ho_guest_control_finish (HoGuestControl *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
