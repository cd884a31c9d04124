/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-shortcut"

#include "shortcut.h"

#include "error.h"
#include "shortcut-kde.h"
#include "shortcut-portal.h"
#include "shortcut-x11.h"

#include <glib/gi18n.h>

/* Longer than any wait for the first repeat of a key that is held, in milliseconds. */
#define SILENCE 2000

/* How long keys may be held before the shortcut acts all the same, in milliseconds. */
#define HOLD 400

/* When a service that has gone is asked again, in milliseconds: at first, and at the longest. */
#define RETRY_FIRST 500
#define RETRY_LONGEST 60000

/**
 * HoShortcut:
 *
 * The keys that switch keyboard and mouse, whichever program has the keyboard. Asks Plasma's
 * service first, then the desktop portal, then the X server, and again when one of them has gone or
 * has come. The keys are those of the setting `shortcut`, unless the user chose others in the
 * desktop's own settings.
 *
 * The signal `activated` comes when the keys are released, so that none is down when the keyboard
 * leaves, or after they were held for 400 ms; once for each press. The property `state` notifies,
 * also when only label or problem have changed.
 */
struct _HoShortcut
{
  GObject parent;

  GSettings *settings;
  GDBusConnection *connection;
  guint kde_watch;
  gboolean kde_owned;
  gboolean ready; /* it is known whether kglobalaccel runs */
  gboolean enabled;

  HoAccelerator wanted;
  HoShortcutBackend *backend;
  guint candidate; /* index of @backend */
  GCancellable *cancellable;
  guint retry;
  guint retry_delay; /* milliseconds */

  gboolean down;
  gint64 last_press; /* microseconds, monotonic */
  guint hold;

  HoShortcutState state;
  char *label;
  char *problem;
};

G_DEFINE_FINAL_TYPE (HoShortcut, ho_shortcut, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  N_PROPS
};

enum
{
  ACTIVATED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void try_candidate (HoShortcut *self);

static gboolean
is_wayland (void)
{
  return g_getenv ("WAYLAND_DISPLAY") != NULL
         || g_strcmp0 (g_getenv ("XDG_SESSION_TYPE"), "wayland") == 0;
}

static gboolean
is_kde (void)
{
  g_auto (GStrv) names = g_strsplit (g_getenv ("XDG_CURRENT_DESKTOP") ?: "", ":", -1);

  return g_strv_contains ((const char *const *) names, "KDE");
}

/* The candidates, best first. */

/* On a foreign Wayland desktop kglobalaccel takes keys and never hears of them. */
static HoShortcutBackend *
new_kde (HoShortcut *self)
{
  if (self->connection == NULL || !(is_kde () || (self->kde_owned && !is_wayland ())))
    return NULL;
  return HO_SHORTCUT_BACKEND (ho_shortcut_kde_new (self->connection, is_kde ()));
}

static HoShortcutBackend *
new_portal (HoShortcut *self)
{
  return self->connection != NULL ? HO_SHORTCUT_BACKEND (ho_shortcut_portal_new ()) : NULL;
}

/* On Wayland an X server hears the keyboard only while one of its own windows has it. */
static HoShortcutBackend *
new_x11 (HoShortcut *self)
{
  if (g_getenv ("DISPLAY") == NULL || is_wayland ())
    return NULL;
  return HO_SHORTCUT_BACKEND (ho_shortcut_x11_new (NULL));
}

static const struct
{
  const char *name;
  HoShortcutBackend *(*create) (HoShortcut *self);
} candidates[] = {
  { "kglobalaccel", new_kde },
  { "portal", new_portal },
  { "x11", new_x11 },
};

static void
set_state (HoShortcut *self, HoShortcutState state, const char *label, const char *problem)
{
  if (self->state == state && g_strcmp0 (self->label, label) == 0
      && g_strcmp0 (self->problem, problem) == 0)
    return;
  self->state = state;
  g_free (self->label);
  self->label = g_strdup (label);
  g_free (self->problem);
  self->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

/* Pressed and released. */

static void
release (HoShortcut *self)
{
  g_clear_handle_id (&self->hold, g_source_remove);
  self->down = FALSE;
}

static gboolean
on_held (gpointer user_data)
{
  HoShortcut *self = user_data;

  self->hold = 0;
  g_signal_emit (self, signals[ACTIVATED], 0);
  return G_SOURCE_REMOVE;
}

/* Comes again and again while the keys are held. After a silence it is another press: a keyboard
 * that left while they were held does not tell of their release. */
static void
on_pressed (HoShortcut *self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean again = self->down && now - self->last_press < SILENCE * G_GINT64_CONSTANT (1000);

  self->last_press = now;
  if (again || self->hold != 0)
    return;
  self->down = TRUE;
  self->hold = g_timeout_add (HOLD, on_held, self);
}

static void
on_released (HoShortcut *self)
{
  gboolean due = self->hold != 0;

  release (self);
  if (due)
    g_signal_emit (self, signals[ACTIVATED], 0);
}

/* Choosing. */

static void
drop_backend (HoShortcut *self)
{
  release (self);
  g_clear_handle_id (&self->retry, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->backend != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->backend, self);
      ho_shortcut_backend_unbind (self->backend);
    }
  g_clear_object (&self->backend);
}

/* Reads the setting. A bad one is told, and the default stands in for it. */
static gboolean
read_wanted (HoShortcut *self, char **problem)
{
  g_autofree char *text = g_settings_get_string (self->settings, HO_KEY_SHORTCUT);
  g_autoptr (GVariant) fallback = NULL;
  g_autoptr (GError) error = NULL;

  if (*text == '\0')
    return FALSE;
  if (ho_accelerator_parse (text, &self->wanted, &error))
    return TRUE;
  g_message ("%s", error->message);
  *problem = g_strdup (error->message);
  fallback = g_settings_get_default_value (self->settings, HO_KEY_SHORTCUT);
  return ho_accelerator_parse (g_variant_get_string (fallback, NULL), &self->wanted, NULL);
}

static void
choose (HoShortcut *self)
{
  g_autofree char *problem = NULL;

  drop_backend (self);
  if (!self->enabled || !read_wanted (self, &problem))
    {
      set_state (self, HO_SHORTCUT_OFF, NULL, NULL);
      return;
    }
  self->candidate = 0;
  self->cancellable = g_cancellable_new ();
  set_state (self, HO_SHORTCUT_PENDING, NULL, problem);
  try_candidate (self);
}

static gboolean
on_retry (gpointer user_data)
{
  HoShortcut *self = user_data;

  self->retry = 0;
  choose (self);
  return G_SOURCE_REMOVE;
}

/* A service that dies whenever it is asked is asked ever more rarely. */
static void
on_lost (HoShortcut *self)
{
  drop_backend (self);
  set_state (self, HO_SHORTCUT_PENDING, NULL, NULL);
  self->retry = g_timeout_add (self->retry_delay, on_retry, self);
  self->retry_delay = MIN (self->retry_delay * 2, RETRY_LONGEST);
}

static void
on_rebound (HoShortcut *self, const char *label)
{
  if (label != NULL)
    set_state (self, HO_SHORTCUT_ACTIVE, label, NULL);
  else
    set_state (self, HO_SHORTCUT_REFUSED, NULL,
               _ ("The shortcut was taken away in the desktop's settings. Set it there, under "
                  "keyboard shortcuts."));
}

static void
give_up (HoShortcut *self)
{
  set_state (self, HO_SHORTCUT_UNAVAILABLE, NULL,
             _ ("Programs cannot have shortcuts of their own on this desktop. In its keyboard "
                "settings, make a shortcut that runs “handover switch toggle”."));
}

static void
on_bound (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcut) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;
  g_autofree char *label
      = ho_shortcut_backend_bind_finish (HO_SHORTCUT_BACKEND (object), result, &error);

  if ((gpointer) self->backend != (gpointer) object)
    return; /* another choice was made meanwhile */
  if (label != NULL)
    {
      problem = g_strdup (self->problem);
      set_state (self, HO_SHORTCUT_ACTIVE, label, problem);
      return;
    }
  g_debug ("%s: %s", candidates[self->candidate].name, error->message);
  if (g_error_matches (error, HO_ERROR, HO_ERROR_REFUSED))
    {
      /* The backend stays: the user may grant it yet, in the desktop's settings. */
      set_state (self, HO_SHORTCUT_REFUSED, NULL, error->message);
      return;
    }
  g_signal_handlers_disconnect_by_data (self->backend, self);
  ho_shortcut_backend_unbind (self->backend);
  g_clear_object (&self->backend);
  self->candidate++;
  try_candidate (self);
}

static void
try_candidate (HoShortcut *self)
{
  for (; self->candidate < G_N_ELEMENTS (candidates); self->candidate++)
    {
      self->backend = candidates[self->candidate].create (self);
      if (self->backend == NULL)
        continue;
      g_object_connect (self->backend, "swapped-object-signal::pressed", on_pressed, self,
                        "swapped-object-signal::released", on_released, self,
                        "swapped-object-signal::rebound", on_rebound, self,
                        "swapped-object-signal::lost", on_lost, self, NULL);
      ho_shortcut_backend_bind_async (self->backend, &self->wanted, self->cancellable, on_bound,
                                      g_object_ref (self));
      return;
    }
  give_up (self);
}

static void
on_kde_changed (HoShortcut *self, gboolean owned)
{
  gboolean first = !self->ready;
  gboolean mine = self->backend != NULL && HO_IS_SHORTCUT_KDE (self->backend);

  self->ready = TRUE;
  self->kde_owned = owned;
  /* Its own backend sees it go; and it comes while that one starts it. */
  if (first || (owned && !mine))
    {
      if (owned && !first)
        self->retry_delay = RETRY_FIRST;
      choose (self);
    }
}

static void
on_kde_appeared (GDBusConnection *connection, const char *name, const char *owner,
                 gpointer user_data)
{
  on_kde_changed (user_data, TRUE);
}

static void
on_kde_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  on_kde_changed (user_data, FALSE);
}

static void
on_setting_changed (HoShortcut *self)
{
  if (self->ready)
    choose (self);
}

static void
ho_shortcut_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoShortcut *self = HO_SHORTCUT (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_shortcut_dispose (GObject *object)
{
  HoShortcut *self = HO_SHORTCUT (object);

  g_clear_handle_id (&self->kde_watch, g_bus_unwatch_name);
  drop_backend (self);
  g_clear_object (&self->connection);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_shortcut_parent_class)->dispose (object);
}

static void
ho_shortcut_finalize (GObject *object)
{
  HoShortcut *self = HO_SHORTCUT (object);

  g_free (self->label);
  g_free (self->problem);

  G_OBJECT_CLASS (ho_shortcut_parent_class)->finalize (object);
}

static void
ho_shortcut_class_init (HoShortcutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_shortcut_get_property;
  object_class->dispose = ho_shortcut_dispose;
  object_class->finalize = ho_shortcut_finalize;

  props[PROP_STATE] = g_param_spec_int (
      "state", NULL, NULL, HO_SHORTCUT_OFF, HO_SHORTCUT_UNAVAILABLE, HO_SHORTCUT_OFF,
      G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[ACTIVATED] = g_signal_new ("activated", HO_TYPE_SHORTCUT, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_shortcut_init (HoShortcut *self)
{
  self->retry_delay = RETRY_FIRST;
}

/**
 * ho_shortcut_new:
 * @settings: has the keys
 * @connection: (nullable): to the session bus
 *
 * Returns: (transfer full): a shortcut that is not enabled
 */
HoShortcut *
ho_shortcut_new (HoSettings *settings, GDBusConnection *connection)
{
  HoShortcut *self = g_object_new (HO_TYPE_SHORTCUT, NULL);

  self->settings = g_object_ref (ho_settings_get_global (settings));
  g_signal_connect_object (self->settings, "changed::" HO_KEY_SHORTCUT,
                           G_CALLBACK (on_setting_changed), self, G_CONNECT_SWAPPED);
  if (connection != NULL)
    {
      self->connection = g_object_ref (connection);
      self->kde_watch = g_bus_watch_name_on_connection (
          connection, HO_KGLOBALACCEL_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, on_kde_appeared,
          on_kde_vanished, self, NULL);
    }
  else
    {
      self->ready = TRUE;
    }
  return self;
}

/**
 * ho_shortcut_set_enabled:
 * @self: a shortcut
 * @enabled: whether there is anything for it to do
 *
 * While it is not enabled no keys are taken from other programs.
 */
void
ho_shortcut_set_enabled (HoShortcut *self, gboolean enabled)
{
  if (self->enabled == enabled)
    return;
  self->enabled = enabled;
  if (self->ready)
    choose (self);
}

gboolean
ho_shortcut_is_enabled (HoShortcut *self)
{
  return self->enabled;
}

HoShortcutState
ho_shortcut_get_state (HoShortcut *self)
{
  return self->state;
}

/**
 * ho_shortcut_get_label:
 * @self: a shortcut
 *
 * Returns: (nullable): the keys that were granted, as people call them: `Ctrl+Alt+M`
 */
const char *
ho_shortcut_get_label (HoShortcut *self)
{
  return self->label;
}

/**
 * ho_shortcut_get_problem:
 * @self: a shortcut
 *
 * Returns: (nullable): why there are no keys, or not those of the setting, and what to do about it
 */
const char *
ho_shortcut_get_problem (HoShortcut *self)
{
  return self->problem;
}

/**
 * ho_shortcut_get_backend:
 * @self: a shortcut
 *
 * Returns: (nullable): who serves it: `kglobalaccel`, `portal` or `x11`
 */
const char *
ho_shortcut_get_backend (HoShortcut *self)
{
  return self->backend != NULL ? candidates[self->candidate].name : NULL;
}

const char *
ho_shortcut_state_to_string (HoShortcutState state)
{
  static const char *const names[] = { "off", "pending", "active", "refused", "unavailable" };

  return names[state];
}
