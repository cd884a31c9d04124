/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "input-switch.h"

#include "error.h"
#include "input-leave.h"
#include "switch-obstacle.h"

#include <glib/gi18n.h>

/**
 * HoInputSwitch:
 *
 * Moves the chosen devices to a guest or home, all or none. One run at a time:
 *
 *   look → clear → attach → check → done
 *             ↘       ↓       ↓
 *               →  bring home  → done, with the error that stopped it
 *
 * where a run to the host is `look → bring home`. Every decision is made on what was just read from
 * libvirt and the kernel. A wish for the host while a run to a guest is under way calls that run
 * off; any other wish that contradicts the run is refused.
 *
 * A hypervisor that does not answer (its process is stopped) fails the wishes with
 * %HO_ERROR_TIMED_OUT and the signal `stuck` (with the #HoGuest); the run itself stays, since the
 * call to libvirt does, and goes on when that returns. The signal `idle` tells the end of a run.
 */
struct _HoInputSwitch
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoUsbBus *bus;
  HoSettings *settings;
  struct Run *run; /* the run under way, or NULL */
};

G_DEFINE_FINAL_TYPE (HoInputSwitch, ho_input_switch, G_TYPE_OBJECT)

enum
{
  STUCK,
  IDLE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct Run
{
  HoInputSwitch *self; /* a reference: a run always ends */
  HoGuest *target;     /* NULL: the host */
  GPtrArray *wishes;   /* of GTask: whoever waits for this run */
  GPtrArray *returns;  /* of GTask: whoever waits for the run home that follows it */
  GError *error;       /* what stopped it */
  gboolean called_off;
  gboolean stuck;
  guint patience; /* a timer, while libvirt or a guest is waited for */

  GPtrArray *todo; /* of char *: ids of what is being attached, or still to be */
  char *leaves;    /* UUID of a guest that is to let go, while it is waited for */
  void (*when_home) (struct Run *run);
} Run;

static void attach_all (Run *run);
static void start_run (HoInputSwitch *self, HoGuest *target, GPtrArray *wishes);

/* The end of a run. */

static void
run_free (Run *run)
{
  g_clear_handle_id (&run->patience, g_source_remove);
  g_clear_object (&run->target);
  g_clear_error (&run->error);
  g_free (run->leaves);
  g_ptr_array_unref (run->todo);
  g_ptr_array_unref (run->wishes);
  g_ptr_array_unref (run->returns);
  g_object_unref (run->self);
  g_free (run);
}

static void
answer (GPtrArray *wishes, const GError *error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_extend_and_steal (tasks, g_steal_pointer (&wishes));
  for (guint i = 0; i < tasks->len; i++)
    {
      if (error != NULL)
        g_task_return_error (tasks->pdata[i], g_error_copy (error));
      else
        g_task_return_boolean (tasks->pdata[i], TRUE);
    }
}

static GPtrArray *
take_wishes (GPtrArray **wishes)
{
  GPtrArray *taken = *wishes;

  *wishes = g_ptr_array_new_with_free_func (g_object_unref);
  return taken;
}

static void
end_run (Run *run)
{
  g_autoptr (HoInputSwitch) self = g_object_ref (run->self);
  g_autoptr (GPtrArray) returns = take_wishes (&run->returns);
  GPtrArray *wishes = take_wishes (&run->wishes);
  GError *error = g_steal_pointer (&run->error);

  self->run = NULL;
  run_free (run);
  if (returns->len > 0)
    start_run (self, NULL, g_steal_pointer (&returns));
  answer (wishes, error);
  g_clear_error (&error);
  if (self->run == NULL)
    g_signal_emit (self, signals[IDLE], 0);
}

/* Waiting with patience. */

static HoGuest *
get_blamed_guest (Run *run)
{
  if (run->target != NULL)
    return run->target;
  return run->leaves != NULL ? ho_guest_list_get_by_uuid (run->self->guests, run->leaves) : NULL;
}

static gboolean
on_patience_ended (gpointer user_data)
{
  Run *run = user_data;
  HoGuest *guest = get_blamed_guest (run);
  g_autoptr (GError) error = ho_switch_new_stuck_error (guest);

  run->patience = 0;
  run->stuck = TRUE;
  run->called_off = TRUE; /* nobody waits for it any more: what arrives late goes back */
  answer (take_wishes (&run->wishes), error);
  answer (take_wishes (&run->returns), error);
  g_signal_emit (run->self, signals[STUCK], 0, guest);
  return G_SOURCE_REMOVE;
}

static void
wait_patiently (Run *run)
{
  guint seconds
      = g_settings_get_uint (ho_settings_get_global (run->self->settings), HO_KEY_INPUT_TIMEOUT);

  g_clear_handle_id (&run->patience, g_source_remove);
  run->patience = g_timeout_add_seconds (seconds, on_patience_ended, run);
}

static void
answered_at_last (Run *run)
{
  g_clear_handle_id (&run->patience, g_source_remove);
  run->stuck = FALSE;
}

static HoInputView *
view_of (Run *run, char **ids)
{
  HoInputSwitch *self = run->self;

  return ho_input_view_new (ho_usb_bus_get_scan (self->bus), self->guests,
                            ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED,
                            (const char *const *) ids);
}

static HoInputView *
view_of_all (Run *run)
{
  g_auto (GStrv) ids = ho_input_ids_for_all (run->self->settings, run->self->guests);

  return view_of (run, ids);
}

static HoInputView *
view_of_target (Run *run)
{
  g_auto (GStrv) ids = ho_input_ids_for_guest (run->self->settings, run->target);

  return view_of (run, ids);
}

/* Coming home. */

static void
on_left (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) failure = NULL;

  answered_at_last (run);
  g_clear_pointer (&run->leaves, g_free);
  if (!ho_input_leave_finish (result, &failure) && run->error == NULL)
    run->error
        = g_error_new (failure->domain, failure->code,
                       _ ("Keyboard and mouse could not be brought home: %s"), failure->message);
  run->when_home (run);
}

/* Lets go of what @view says is in a guest, and of what is left of pulled devices. */
static void
bring_home (Run *run, const HoInputView *view, void (*when_home) (Run *run))
{
  HoInputSwitch *self = run->self;
  HoGuest *guest = ho_input_leave_find_guest (view);

  if (guest == NULL)
    {
      when_home (run);
      return;
    }
  run->when_home = when_home;
  run->leaves = g_strdup (ho_guest_get_uuid (guest));
  wait_patiently (run);
  ho_input_leave_async (self->hypervisor, self->guests, view, on_left, run);
}

static void
on_seen_home (GObject *object, GAsyncResult *result, gpointer user_data)
{
  ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, NULL);
  end_run (user_data);
}

/* Looks once more, so that whoever is told finds the host's drivers as they are now. */
static void
look_and_end (Run *run)
{
  ho_usb_bus_refresh_async (run->self->bus, NULL, on_seen_home, run);
}

/* Going to a guest. */

static void
take_back (Run *run, GError *error)
{
  g_autoptr (HoInputView) view = view_of_target (run);

  run->error = error;
  bring_home (run, view, look_and_end);
}

static void
call_off (Run *run)
{
  take_back (run, g_error_new (HO_ERROR, HO_ERROR_FAILED,
                               _ ("The switch to %s was called off: keyboard and mouse were wanted "
                                  "back on the host."),
                               ho_guest_get_name (run->target)));
}

static void
on_arrival_seen (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (HoInputView) view = NULL;
  GError *error;

  ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, NULL);
  if (run->called_off)
    {
      call_off (run);
      return;
    }
  view = view_of_target (run);
  error = ho_switch_check_arrival (view, run->target);
  if (error != NULL)
    take_back (run, error);
  else
    end_run (run);
}

static HoInputDevice *
find_device (const HoInputView *view, const char *id)
{
  for (guint i = 0; i < view->devices->len; i++)
    {
      HoInputDevice *device = view->devices->pdata[i];

      if (g_str_equal (device->id, id))
        return device;
    }
  return NULL;
}

/* One that was pulled out meanwhile is absent, which is no failure; the others go on. */
static void
on_failure_seen (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autofree char *id = g_ptr_array_steal_index (run->todo, 0);
  g_autoptr (GError) cause = g_steal_pointer (&run->error);
  g_autoptr (HoInputView) view = NULL;
  const HoInputDevice *device;

  ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, NULL);
  view = view_of_target (run);
  device = find_device (view, id);
  if (device == NULL || device->location == HO_DEVICE_ABSENT)
    attach_all (run);
  else
    take_back (run, ho_switch_new_refused_error (device, run->target, cause));
}

static void
on_attached (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  guint n_attached;
  gboolean all = ho_hypervisor_attach_devices_finish (HO_HYPERVISOR (object), result, &n_attached,
                                                      &run->error);

  answered_at_last (run);
  g_ptr_array_remove_range (run->todo, 0, n_attached);
  if (all || !run->called_off)
    {
      ho_usb_bus_refresh_async (run->self->bus, NULL, all ? on_arrival_seen : on_failure_seen, run);
      return;
    }
  g_clear_error (&run->error);
  call_off (run);
}

/* Those to be attached that are on the host now. */
static char **
take_xmls (Run *run, const HoInputView *view)
{
  g_autoptr (GStrvBuilder) xmls = g_strv_builder_new ();
  guint i = 0;

  while (i < run->todo->len)
    {
      const HoInputDevice *device = find_device (view, run->todo->pdata[i]);

      if (device == NULL || device->usb == NULL || device->location != HO_DEVICE_HOST)
        {
          g_ptr_array_remove_index (run->todo, i);
        }
      else
        {
          g_autofree char *xml = ho_usb_device_dup_xml (device->usb);

          g_strv_builder_add (xmls, xml);
          i++;
        }
    }
  return g_strv_builder_end (xmls);
}

static void
attach_all (Run *run)
{
  g_autoptr (HoInputView) view = NULL;
  g_auto (GStrv) xmls = NULL;

  if (run->called_off)
    {
      call_off (run);
      return;
    }
  view = view_of_target (run);
  xmls = take_xmls (run, view);
  if (*xmls == NULL)
    {
      ho_usb_bus_refresh_async (run->self->bus, NULL, on_arrival_seen, run);
      return;
    }
  wait_patiently (run);
  ho_hypervisor_attach_devices_async (run->self->hypervisor, ho_guest_get_uuid (run->target),
                                      (const char *const *) xmls, NULL, on_attached, run);
}

static void
begin_attaching (Run *run)
{
  g_autoptr (HoInputView) view = NULL;

  if (run->error != NULL)
    {
      end_run (run);
      return;
    }
  view = view_of_target (run);
  for (guint i = 0; i < view->devices->len; i++)
    g_ptr_array_add (run->todo, g_strdup (((const HoInputDevice *) view->devices->pdata[i])->id));
  attach_all (run);
}

/* What is with another guest comes home first, and entries of pulled devices make room. What is in
 * the target already stays there. */
static HoInputView *
view_without_target (Run *run)
{
  g_autoptr (HoInputView) view = view_of_all (run);
  guint i = 0;

  while (i < view->devices->len)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (device->guest == run->target)
        g_ptr_array_remove_index (view->devices, i);
      else
        i++;
    }
  return g_steal_pointer (&view);
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (HoInputView) view = NULL;

  if (run->target != NULL)
    ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, NULL);
  else
    ho_usb_bus_settle_finish (HO_USB_BUS (object), result, NULL);
  if (ho_hypervisor_get_state (run->self->hypervisor) != HO_CONNECTION_CONNECTED)
    {
      run->error = ho_switch_new_unconnected_error (run->self->hypervisor);
      end_run (run);
      return;
    }
  if (run->target == NULL)
    {
      view = view_of_all (run);
      bring_home (run, view, look_and_end);
      return;
    }

  view = view_of_target (run);
  run->error = ho_switch_find_obstacle (view, run->target);
  if (run->error != NULL)
    {
      end_run (run);
      return;
    }
  g_clear_pointer (&view, ho_input_view_unref);
  view = view_without_target (run);
  bring_home (run, view, begin_attaching);
}

/* Takes @wishes. */
static void
start_run (HoInputSwitch *self, HoGuest *target, GPtrArray *wishes)
{
  Run *run = g_new0 (Run, 1);

  run->self = g_object_ref (self);
  run->target = target != NULL ? g_object_ref (target) : NULL;
  run->wishes = wishes;
  run->returns = g_ptr_array_new_with_free_func (g_object_unref);
  run->todo = g_ptr_array_new_with_free_func (g_free);
  self->run = run;
  /* Who has them on the way home is for libvirt to say. */
  if (target != NULL)
    ho_usb_bus_refresh_async (self->bus, NULL, on_looked, run);
  else
    ho_usb_bus_settle_async (self->bus, NULL, on_looked, run);
}

/* A wish: starts a run, joins the one under way, or is refused. Takes @task. */
static void
wish (HoInputSwitch *self, HoGuest *target, GTask *task)
{
  Run *run = self->run;

  if (!ho_hypervisor_is_local (self->hypervisor))
    {
      g_task_return_error (task, ho_switch_new_remote_error (self->hypervisor));
      g_object_unref (task);
    }
  else if (run == NULL)
    {
      GPtrArray *wishes = g_ptr_array_new_with_free_func (g_object_unref);

      g_ptr_array_add (wishes, task);
      start_run (self, target, wishes);
    }
  else if (run->stuck)
    {
      g_task_return_error (task, ho_switch_new_stuck_error (get_blamed_guest (run)));
      g_object_unref (task);
      run->called_off |= target == NULL;
    }
  else if (run->target == target && !run->called_off)
    {
      g_ptr_array_add (run->wishes, task);
    }
  else if (target == NULL)
    {
      run->called_off = TRUE;
      g_ptr_array_add (run->returns, task);
    }
  else
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_BUSY,
                               _ ("Keyboard and mouse are just being moved. Try again."));
      g_object_unref (task);
    }
}

static void
ho_input_switch_dispose (GObject *object)
{
  HoInputSwitch *self = HO_INPUT_SWITCH (object);

  g_clear_object (&self->hypervisor);
  g_clear_object (&self->guests);
  g_clear_object (&self->bus);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_input_switch_parent_class)->dispose (object);
}

static void
ho_input_switch_class_init (HoInputSwitchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_input_switch_dispose;

  signals[STUCK] = g_signal_new ("stuck", HO_TYPE_INPUT_SWITCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, HO_TYPE_GUEST);
  signals[IDLE] = g_signal_new ("idle", HO_TYPE_INPUT_SWITCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
}

static void
ho_input_switch_init (HoInputSwitch *self)
{
}

/**
 * ho_input_switch_new:
 * @hypervisor: what runs the guests
 * @guests: its guests
 * @bus: where devices are plugged in
 * @settings: which devices are chosen
 *
 * Returns: (transfer full): a switch
 */
HoInputSwitch *
ho_input_switch_new (HoHypervisor *hypervisor, HoGuestList *guests, HoUsbBus *bus,
                     HoSettings *settings)
{
  HoInputSwitch *self = g_object_new (HO_TYPE_INPUT_SWITCH, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->bus = g_object_ref (bus);
  self->settings = g_object_ref (settings);
  return self;
}

/** ho_input_switch_is_busy: Returns: whether devices are just being moved */
gboolean
ho_input_switch_is_busy (HoInputSwitch *self)
{
  return self->run != NULL;
}

/**
 * ho_input_switch_find_obstacle:
 * @self: a switch
 * @guest: a guest
 *
 * Returns: (transfer full) (nullable): why @guest cannot have the devices, as they were last seen
 */
GError *
ho_input_switch_find_obstacle (HoInputSwitch *self, HoGuest *guest)
{
  g_auto (GStrv) ids = ho_input_ids_for_guest (self->settings, guest);
  g_autoptr (HoInputView) view = NULL;

  if (!ho_hypervisor_is_local (self->hypervisor))
    return ho_switch_new_remote_error (self->hypervisor);
  if (ho_hypervisor_get_state (self->hypervisor) != HO_CONNECTION_CONNECTED)
    return ho_switch_new_unconnected_error (self->hypervisor);
  view = ho_input_view_new (ho_usb_bus_get_scan (self->bus), self->guests, TRUE,
                            (const char *const *) ids);
  return ho_switch_find_obstacle (view, guest);
}

/**
 * ho_input_switch_to_guest_async:
 * @self: a switch
 * @guest: a running guest
 * @cancellable: (nullable): forgets the answer; the run goes on to its end
 * @callback: called when all devices that are plugged in are with @guest, or all on the host
 * @user_data: for @callback
 *
 * Whether a way back is armed is not looked at here; the keeper is asked before.
 */
void
ho_input_switch_to_guest_async (HoInputSwitch *self, HoGuest *guest, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  wish (self, guest, g_task_new (self, cancellable, callback, user_data));
}

/**
 * ho_input_switch_to_host_async:
 * @self: a switch
 * @cancellable: (nullable): forgets the answer; the run goes on to its end
 * @callback: called when no guest has any of the chosen devices
 * @user_data: for @callback
 */
void
ho_input_switch_to_host_async (HoInputSwitch *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  wish (self, NULL, g_task_new (self, cancellable, callback, user_data));
}

/**
 * ho_input_switch_finish:
 *
 * Returns: %TRUE; or %FALSE with an error of %HO_ERROR: %HO_ERROR_REFUSED or %HO_ERROR_NOT_FOUND if
 *   nothing was done, %HO_ERROR_BUSY, %HO_ERROR_TIMED_OUT if the guest's hypervisor does not
 * answer, or why it failed
 */
gboolean
ho_input_switch_finish (HoInputSwitch *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
