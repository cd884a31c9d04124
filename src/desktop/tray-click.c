/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "tray-click.h"

/* A step of an ordinary wheel in eighths of a degree; deltas smaller than WHOLE_STEPS are steps. */
#define STEP 120
#define WHOLE_STEPS 8

/**
 * HoTrayClick:
 *
 * Makes a left click on the icon do something. A tray calls `Activate` of the StatusNotifierItem
 * for it; libayatana-appindicator has no such method and answers with an error, upon which Plasma
 * opens the menu. The indicator lives on the shared connection, so a message filter there sees the
 * call first and answers it. While not enabled the call goes on its usual way to the menu.
 *
 * A turn of the wheel comes as `Scroll`, which the library understands only as Xfce writes it, not
 * Plasma; so it is taken here, too.
 *
 * The signals `clicked` and `scrolled` (steps upwards) come from the main loop. Filter:
 * g_dbus_connection_add_filter(); protocol:
 * https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/
 */
struct _HoTrayClick
{
  GObject parent;

  GDBusConnection *connection;
  guint filter_id;
  int turned;            /* of a wheel, what is left of a step */
  struct Filter *filter; /* the connection frees it once the filter is removed */
};

G_DEFINE_FINAL_TYPE (HoTrayClick, ho_tray_click, G_TYPE_OBJECT)

enum
{
  CLICKED,
  SCROLLED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* What the filter needs, which runs in GDBus' own thread. */
typedef struct Filter
{
  char *path;
  GWeakRef owner;
  int enabled; /* atomic */
} Filter;

static void
filter_free (gpointer data)
{
  Filter *filter = data;

  g_weak_ref_clear (&filter->owner);
  g_free (filter->path);
  g_free (filter);
}

static gboolean
just_return (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static gboolean
emit_clicked (gpointer user_data)
{
  g_signal_emit (user_data, signals[CLICKED], 0);
  return G_SOURCE_REMOVE;
}

typedef struct
{
  HoTrayClick *click;
  int delta;
} Turn;

static void
turn_free (gpointer data)
{
  Turn *turn = data;

  g_object_unref (turn->click);
  g_free (turn);
}

/* A tray tells whole steps, or degrees as Qt has them, of which fine wheels send a few at a time.
 */
static gboolean
emit_scrolled (gpointer user_data)
{
  Turn *turn = user_data;
  HoTrayClick *self = turn->click;
  int steps;

  if (ABS (turn->delta) < WHOLE_STEPS)
    {
      steps = turn->delta;
    }
  else
    {
      self->turned += turn->delta;
      steps = self->turned / STEP;
      self->turned %= STEP;
    }
  if (steps != 0)
    g_signal_emit (self, signals[SCROLLED], 0, steps);
  return G_SOURCE_REMOVE;
}

static gboolean
is_call (GDBusMessage *message, const char *path, const char *member, const char *signature)
{
  return g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL
         && g_strcmp0 (g_dbus_message_get_member (message), member) == 0
         && g_strcmp0 (g_dbus_message_get_interface (message), "org.kde.StatusNotifierItem") == 0
         && g_strcmp0 (g_dbus_message_get_path (message), path) == 0
         && g_strcmp0 (g_dbus_message_get_signature (message), signature) == 0;
}

/* Plasma writes “Vertical” and counts upwards, Xfce “vertical” and, as GDK does, downwards. */
static void
take_scroll (HoTrayClick *self, GDBusMessage *message)
{
  const char *orientation;
  int delta;
  Turn *turn;

  g_variant_get (g_dbus_message_get_body (message), "(i&s)", &delta, &orientation);
  if (g_ascii_strcasecmp (orientation, "vertical") != 0 || delta == G_MININT)
    return;
  turn = g_new0 (Turn, 1);
  turn->click = g_object_ref (self);
  turn->delta = g_ascii_isupper (*orientation) ? delta : -delta;
  g_idle_add_full (G_PRIORITY_DEFAULT, emit_scrolled, turn, turn_free);
}

static GDBusMessage *
filter_message (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                gpointer user_data)
{
  Filter *filter = user_data;
  g_autoptr (GDBusMessage) reply = NULL;
  gboolean scrolls = incoming && is_call (message, filter->path, "Scroll", "is");
  gboolean clicks = incoming && g_atomic_int_get (&filter->enabled)
                    && is_call (message, filter->path, "Activate", "ii");
  HoTrayClick *self;

  if (!scrolls && !clicks)
    return message;
  self = g_weak_ref_get (&filter->owner);
  if (self == NULL)
    return message;

  if (scrolls)
    take_scroll (self, message);
  /* The idle takes the reference; the last one must not go in this thread. */
  g_idle_add_full (G_PRIORITY_DEFAULT, scrolls ? just_return : emit_clicked, self, g_object_unref);
  reply = g_dbus_message_new_method_reply (message);
  g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (message);
  return NULL;
}

static void
ho_tray_click_dispose (GObject *object)
{
  HoTrayClick *self = HO_TRAY_CLICK (object);

  self->filter = NULL;
  if (self->filter_id != 0)
    g_dbus_connection_remove_filter (self->connection, self->filter_id);
  self->filter_id = 0;
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ho_tray_click_parent_class)->dispose (object);
}

static void
ho_tray_click_class_init (HoTrayClickClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_tray_click_dispose;

  signals[CLICKED] = g_signal_new ("clicked", HO_TYPE_TRAY_CLICK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[SCROLLED] = g_signal_new ("scrolled", HO_TYPE_TRAY_CLICK, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
ho_tray_click_init (HoTrayClick *self)
{
}

/**
 * ho_tray_click_new:
 * @connection: the connection that the indicator uses, which is the shared one of the session bus
 * @indicator_id: the id that the indicator was made with
 *
 * Returns: (transfer full): a filter that is not enabled yet
 */
HoTrayClick *
ho_tray_click_new (GDBusConnection *connection, const char *indicator_id)
{
  HoTrayClick *self = g_object_new (HO_TYPE_TRAY_CLICK, NULL);
  g_autofree char *element = g_strdup (indicator_id);
  Filter *filter = g_new0 (Filter, 1);

  /* As libayatana-appindicator makes its path from the id. */
  g_strcanon (element, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS, '_');
  filter->path = g_strconcat ("/org/ayatana/NotificationItem/", element, NULL);
  g_weak_ref_init (&filter->owner, self);
  self->filter = filter;
  self->connection = g_object_ref (connection);
  self->filter_id = g_dbus_connection_add_filter (connection, filter_message, filter, filter_free);
  return self;
}

/**
 * ho_tray_click_set_enabled:
 * @self: a filter
 * @enabled: whether `clicked` is to be emitted, rather than the tray's own idea of a click
 */
void
ho_tray_click_set_enabled (HoTrayClick *self, gboolean enabled)
{
  g_atomic_int_set (&self->filter->enabled, enabled);
}
