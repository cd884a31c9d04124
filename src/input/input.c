/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "input-private.h"

#include "error.h"
#include "usb-monitor.h"

#include <glib/gi18n.h>

/**
 * HoInput:
 *
 * Keyboard and mouse as a view sees them: where they are, when they come home, and the wishes to
 * move them. The moving itself is the keeper's.
 *
 * Properties, all of which notify: `location`, `guest`, `view`, `return-at`, `busy`, `stuck`,
 * `reason` and `problem`; what they mean is said at their getters below.
 *
 * A view that only tells what happened connects to `left` (#HoGuest), `came-home` (the reason, as
 * ho_input_get_reason(), or %NULL if somebody else brought them) and `notify::problem`. The signal
 * `devices-changed` is for whoever shows ho_input_list_devices().
 *
 * |[<!-- language="C" -->
 * HoInput *input = ho_core_get_input (core);
 * HoGuest *guest = ho_core_get_primary_guest (core);
 *
 * ho_input_move_async (input, ho_input_would_go (input, guest) ? guest : NULL, HO_RETURN_AS_SET,
 *                        NULL, on_switched, self);
 * ]|
 */
G_DEFINE_FINAL_TYPE (HoInput, ho_input, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_GUEST,
  PROP_VIEW,
  PROP_RETURN_AT,
  PROP_BUSY,
  PROP_STUCK,
  PROP_REASON,
  PROP_PROBLEM,
  N_PROPS
};

enum
{
  LEFT,
  CAME_HOME,
  DEVICES_CHANGED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void
notify (HoInput *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

/* Where they are. */

/* The devices that count: those for the guest that has any; and wherever others are away as well,
 * those too. */
static HoInputView *
look (HoInput *self)
{
  gboolean connected = ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED;
  HoUsbScan *scan = ho_usb_bus_get_scan (self->bus);
  g_auto (GStrv) all = ho_input_ids_for_all (self->settings, self->guests);
  g_auto (GStrv) nothing = g_new0 (char *, 1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (HoInputView) view = NULL;
  g_auto (GStrv) of_guest = NULL;
  g_auto (GStrv) ids = NULL;

  if (!ho_hypervisor_is_local (self->hypervisor))
    return ho_input_view_new (scan, self->guests, connected, (const char *const *) nothing);
  view = ho_input_view_new (scan, self->guests, connected, (const char *const *) all);
  if (view->guest == NULL)
    return g_steal_pointer (&view);
  of_guest = ho_input_ids_for_guest (self->settings, view->guest);
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (device->guest != NULL || g_strv_contains ((const char *const *) of_guest, device->id))
        g_strv_builder_add (builder, device->id);
    }
  ids = g_strv_builder_end (builder);
  return ho_input_view_new (scan, self->guests, connected, (const char *const *) ids);
}

static gboolean
is_stranded (HoInput *self)
{
  for (guint i = 0; i < self->view->devices->len; i++)
    {
      if (ho_input_device_is_stranded (self->view->devices->pdata[i]))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_any_guest_active (HoInput *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      if (ho_guest_is_active (guest))
        return TRUE;
    }
  return FALSE;
}

/* A keeper is there before it is needed: a heartbeat that it heard by then is a way back. And where
 * one has died, or a device was left without a driver, another one is to see to it. */
static void
update_keeping (HoInput *self)
{
  if (self->keeper == NULL || !self->keeping)
    return;
  ho_keeper_link_set_wanted (
      self->keeper,
      ho_keeper_link_has_promise (self->keeper)
          || (self->view->devices->len > 0 && (is_any_guest_active (self) || is_stranded (self))));
}

/* Without a connection nobody knows who has them; then nothing has been moved, as far as one can
 * say, and with the connection it is the same guest as before. */
static void
tell_move (HoInput *self)
{
  const char *uuid = self->guest != NULL ? ho_guest_get_uuid (self->guest) : NULL;

  if (g_strcmp0 (self->told, uuid) == 0
      || (uuid == NULL && self->location != HO_INPUT_HOST
          && self->location != HO_INPUT_UNCONFIGURED))
    return;
  g_free (self->told);
  self->told = g_strdup (uuid);
  if (uuid != NULL)
    g_signal_emit (self, signals[LEFT], 0, self->guest);
  else
    g_signal_emit (self, signals[CAME_HOME], 0, self->reason);
}

void
ho_input_update (HoInput *self)
{
  g_autoptr (HoInputView) view = look (self);

  if (self->view != NULL && ho_input_view_equal (self->view, view))
    {
      update_keeping (self);
      return;
    }
  g_object_freeze_notify (G_OBJECT (self));
  g_clear_pointer (&self->view, ho_input_view_unref);
  self->view = ho_input_view_ref (view);
  notify (self, PROP_VIEW);
  if (self->location != view->location)
    {
      self->location = view->location;
      notify (self, PROP_LOCATION);
    }
  if (g_set_object (&self->guest, view->guest))
    notify (self, PROP_GUEST);
  g_object_thaw_notify (G_OBJECT (self));
  tell_move (self);
  update_keeping (self);
}

/* On their way they are for a moment here and there; nobody wants to be told of that. */
static gboolean
is_under_way (HoInput *self)
{
  return self->busy && !self->stuck;
}

static void
on_bus_changed (HoInput *self)
{
  if (!is_under_way (self))
    ho_input_update (self);
  g_signal_emit (self, signals[DEVICES_CHANGED], 0);
}

/* The kernel tells nothing when QEMU takes or leaves a device, but libvirt does. */
static void
on_facts_changed (HoInput *self)
{
  if (is_under_way (self))
    return;
  ho_input_update (self);
  if (ho_hypervisor_is_local (self->hypervisor))
    ho_usb_bus_refresh_async (self->bus, NULL, NULL, NULL);
}

static void
on_keeper_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  ho_keeper_link_look_finish (HO_KEEPER_LINK (object), result);
  g_task_return_boolean (task, TRUE);
}

static void
on_first_look (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  HoInput *self = g_task_get_source_object (task);

  ho_usb_bus_refresh_finish (HO_USB_BUS (object), result, NULL);
  if (self->keeper != NULL)
    ho_keeper_link_look_async (self->keeper, on_keeper_looked, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

/* What the keeper says. */

static void
set_text (HoInput *self, char **text, const char *value, guint property)
{
  if (g_strcmp0 (*text, value) == 0)
    return;
  g_free (*text);
  *text = g_strdup (value);
  notify (self, property);
}

static void
set_flag (HoInput *self, gboolean *flag, gboolean value, guint property)
{
  if (*flag == value)
    return;
  *flag = value;
  notify (self, property);
}

static void
on_keeper_changed (HoInput *self)
{
  GVariant *facts = self->keeper != NULL ? ho_keeper_link_get_facts (self->keeper) : NULL;
  gboolean was_under_way = is_under_way (self);
  const char *phase = "idle", *reason = NULL, *problem = NULL;
  gboolean stuck = FALSE, unasked = FALSE;
  gint64 deadline = 0;

  if (facts != NULL)
    {
      g_variant_lookup (facts, "phase", "&s", &phase);
      g_variant_lookup (facts, "reason", "&s", &reason);
      if (!g_variant_lookup (facts, "problem", "&s", &problem)
          && !g_variant_lookup (facts, "command-problem", "&s", &problem))
        g_variant_lookup (facts, "channel-problem", "&s", &problem);
      g_variant_lookup (facts, "stuck", "b", &stuck);
      g_variant_lookup (facts, "deadline", "x", &deadline);
      g_variant_lookup (facts, "unasked", "b", &unasked);
    }

  g_object_freeze_notify (G_OBJECT (self));
  self->unasked = unasked;
  set_text (self, &self->reason, reason, PROP_REASON);
  set_text (self, &self->problem, problem, PROP_PROBLEM);
  set_flag (self, &self->stuck, stuck, PROP_STUCK);
  set_flag (self, &self->busy, g_str_equal (phase, "going") || g_str_equal (phase, "returning"),
            PROP_BUSY);
  if (self->return_at != deadline)
    {
      self->return_at = deadline;
      notify (self, PROP_RETURN_AT);
    }
  g_object_thaw_notify (G_OBJECT (self));
  /* Whoever waits for the answer looks then. */
  if (was_under_way && !is_under_way (self) && self->moving == 0)
    on_facts_changed (self);
}

/* Each connection to libvirt has a keeper of its own. */
static void
open_link (HoInput *self)
{
  g_autofree char *uri = ho_hypervisor_dup_uri (self->hypervisor);
  const char *file = ho_settings_get_file (self->settings);

  if (self->keeper != NULL)
    g_signal_handlers_disconnect_by_data (self->keeper, self);
  g_clear_object (&self->keeper);
  if (file == NULL || !ho_hypervisor_is_local (self->hypervisor))
    return;
  self->keeper = ho_keeper_link_new (uri, file);
  g_object_connect (self->keeper, "swapped-object-signal::changed", on_keeper_changed, self, NULL);
}

static void
on_uri_changed (HoInput *self)
{
  open_link (self);
  on_keeper_changed (self);
  on_facts_changed (self);
}

/* GObject. */

static void
ho_input_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoInput *self = HO_INPUT (object);

  switch (id)
    {
    case PROP_LOCATION:
      g_value_set_int (value, self->location);
      break;
    case PROP_GUEST:
      g_value_set_object (value, self->guest);
      break;
    case PROP_VIEW:
      g_value_set_pointer (value, self->view);
      break;
    case PROP_RETURN_AT:
      g_value_set_int64 (value, self->return_at);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_STUCK:
      g_value_set_boolean (value, self->stuck);
      break;
    case PROP_REASON:
      g_value_set_string (value, self->reason);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_input_dispose (GObject *object)
{
  HoInput *self = HO_INPUT (object);

  g_clear_object (&self->keeper);
  g_clear_object (&self->backup);
  g_clear_object (&self->bus);
  g_clear_object (&self->guest);
  g_clear_pointer (&self->view, ho_input_view_unref);
  g_clear_object (&self->guests);
  g_clear_object (&self->hypervisor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_input_parent_class)->dispose (object);
}

static void
ho_input_finalize (GObject *object)
{
  HoInput *self = HO_INPUT (object);

  g_free (self->told);
  g_free (self->reason);
  g_free (self->problem);

  G_OBJECT_CLASS (ho_input_parent_class)->finalize (object);
}

static void
ho_input_class_init (HoInputClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ho_input_get_property;
  object_class->dispose = ho_input_dispose;
  object_class->finalize = ho_input_finalize;

  props[PROP_LOCATION] = g_param_spec_int ("location", NULL, NULL, HO_INPUT_UNCONFIGURED,
                                           HO_INPUT_PARTIAL, HO_INPUT_UNCONFIGURED, flags);
  props[PROP_GUEST] = g_param_spec_object ("guest", NULL, NULL, HO_TYPE_GUEST, flags);
  props[PROP_VIEW] = g_param_spec_pointer ("view", NULL, NULL, flags);
  props[PROP_RETURN_AT] = g_param_spec_int64 ("return-at", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  props[PROP_STUCK] = g_param_spec_boolean ("stuck", NULL, NULL, FALSE, flags);
  props[PROP_REASON] = g_param_spec_string ("reason", NULL, NULL, NULL, flags);
  props[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[LEFT] = g_signal_new ("left", HO_TYPE_INPUT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, HO_TYPE_GUEST);
  signals[CAME_HOME] = g_signal_new ("came-home", HO_TYPE_INPUT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[DEVICES_CHANGED] = g_signal_new ("devices-changed", HO_TYPE_INPUT, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_input_init (HoInput *self)
{
}

/**
 * ho_input_new:
 * @hypervisor: what runs the guests
 * @guests: its guests
 * @settings: which devices are chosen
 *
 * Returns: (transfer full): keyboard and mouse
 */
HoInput *
ho_input_new (HoHypervisor *hypervisor, HoGuestList *guests, HoSettings *settings)
{
  HoInput *self = g_object_new (HO_TYPE_INPUT, NULL);
  GSettings *global = ho_settings_get_global (settings);

  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->settings = g_object_ref (settings);
  self->bus = HO_USB_BUS (ho_usb_monitor_new ());
  self->backup = ho_input_switch_new (hypervisor, guests, self->bus, settings);
  open_link (self);

  g_object_connect (guests, "swapped-object-signal::guest-added", on_facts_changed, self,
                    "swapped-object-signal::guest-changed", on_facts_changed, self,
                    "swapped-object-signal::guest-removed", on_facts_changed, self, NULL);
  g_object_connect (hypervisor, "swapped-object-signal::notify::state", on_facts_changed, self,
                    "swapped-object-signal::notify::uri", on_uri_changed, self, NULL);
  g_object_connect (global, "swapped-object-signal::changed::" HO_KEY_INPUT_DEVICES,
                    ho_input_update, self, NULL);
  g_object_connect (self->bus, "swapped-object-signal::changed", on_bus_changed, self, NULL);
  ho_input_update (self);
  on_facts_changed (self);
  return self;
}

/**
 * ho_input_look_async:
 * @self: keyboard and mouse
 * @callback: called when what is plugged in was looked at
 * @user_data: for @callback
 *
 * For whoever wants to say at once how things stand.
 */
void
ho_input_look_async (HoInput *self, GAsyncReadyCallback callback, gpointer user_data)
{
  ho_usb_bus_refresh_async (self->bus, NULL, on_first_look,
                            g_task_new (self, NULL, callback, user_data));
}

gboolean
ho_input_look_finish (HoInput *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_input_list_devices:
 * @self: keyboard and mouse
 *
 * Returns: (transfer full): every device that can be chosen: as ho_input_get_view(), but with all
 *   input devices that are plugged in, chosen or not
 */
HoInputView *
ho_input_list_devices (HoInput *self)
{
  HoUsbScan *scan = ho_usb_bus_get_scan (self->bus);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) ids = NULL;

  for (guint i = 0; i < scan->devices->len; i++)
    {
      const HoUsbDevice *usb = scan->devices->pdata[i];
      g_autofree char *id = usb->kinds != 0 ? ho_usb_scan_dup_id (scan, usb) : NULL;

      if (id != NULL)
        g_strv_builder_add (builder, id);
    }
  ids = g_strv_builder_end (builder);
  return ho_input_view_new (scan, self->guests,
                            ho_hypervisor_get_state (self->hypervisor) == HO_CONNECTION_CONNECTED,
                            (const char *const *) ids);
}

/**
 * ho_input_get_view:
 * @self: keyboard and mouse
 *
 * Returns: (transfer none): each device and where it is
 */
HoInputView *
ho_input_get_view (HoInput *self)
{
  return self->view;
}

/** ho_input_get_location: Returns: where they are, as libvirt and the kernel say */
HoInputLocation
ho_input_get_location (HoInput *self)
{
  return self->location;
}

/** ho_input_get_guest: Returns: (transfer none) (nullable): the guest that has any of them */
HoGuest *
ho_input_get_guest (HoInput *self)
{
  return self->guest;
}

/** ho_input_get_return_at: Returns: when they come home, in g_get_monotonic_time(); 0: not by time
 */
gint64
ho_input_get_return_at (HoInput *self)
{
  return self->return_at;
}

/** ho_input_get_seconds_left: Returns: the seconds until they come home, rounded up; 0: not by time
 */
guint
ho_input_get_seconds_left (HoInput *self)
{
  gint64 left = self->return_at - g_get_monotonic_time ();

  if (self->return_at == 0 || left <= 0)
    return 0;
  return (guint) ((left + G_TIME_SPAN_SECOND - 1) / G_TIME_SPAN_SECOND);
}

/**
 * ho_input_is_unasked:
 * @self: keyboard and mouse
 *
 * Returns: whether the time of their return was set because nothing else would have brought back
 *   the host's last keyboard: the user is to be told
 */
gboolean
ho_input_is_unasked (HoInput *self)
{
  return self->unasked;
}

/** ho_input_is_busy: Returns: whether they are just being moved */
gboolean
ho_input_is_busy (HoInput *self)
{
  return self->busy;
}

/**
 * ho_input_is_stuck:
 * @self: keyboard and mouse
 *
 * Returns: whether they are wanted home, but the QEMU of their guest does not answer: the user is
 * to be offered to force ho_input_get_guest() off
 */
gboolean
ho_input_is_stuck (HoInput *self)
{
  return self->stuck;
}

/**
 * ho_input_get_reason:
 * @self: keyboard and mouse
 *
 * Returns: (nullable): why they came home last, or do so now, as a part of a sentence: “the time
 * was over”; %NULL while they are away
 */
const char *
ho_input_get_reason (HoInput *self)
{
  return self->reason;
}

/**
 * ho_input_get_problem:
 * @self: keyboard and mouse
 *
 * Returns: (nullable): what went wrong, as a sentence for the user; %NULL once that is over
 */
const char *
ho_input_get_problem (HoInput *self)
{
  return self->problem;
}

/**
 * ho_input_would_go:
 * @self: keyboard and mouse
 * @guest: (nullable): the guest that a toggle is meant for
 *
 * Returns: whether a toggle moves them to @guest; else it brings them home: from @guest, and
 *   whenever some are here and some are there
 */
gboolean
ho_input_would_go (HoInput *self, HoGuest *guest)
{
  return self->location != HO_INPUT_PARTIAL && (self->guest == NULL || self->guest != guest);
}

/**
 * ho_input_keep_ready:
 * @self: keyboard and mouse
 *
 * For a program that stays: sees to it that a keeper is there as soon as it may be needed, and that
 * one which was killed is followed by another.
 */
void
ho_input_keep_ready (HoInput *self)
{
  self->keeping = TRUE;
  update_keeping (self);
}

/**
 * ho_input_quit:
 * @self: keyboard and mouse
 *
 * To be called when the user ends the program: they come home if the settings say so.
 */
void
ho_input_quit (HoInput *self)
{
  if (self->keeper != NULL
      && g_settings_get_boolean (ho_settings_get_global (self->settings), HO_KEY_RETURN_ON_QUIT))
    ho_keeper_link_come_home_and_leave (self->keeper, _ ("Handover was quit"));
}

/**
 * ho_input_tell_problem:
 * @self: keyboard and mouse
 * @problem: a sentence for the user about a wish of which nobody waits for the end
 *
 * Shows @problem until the keeper says something else.
 */
void
ho_input_tell_problem (HoInput *self, const char *problem)
{
  g_message ("%s", problem);
  set_text (self, &self->problem, problem, PROP_PROBLEM);
}
