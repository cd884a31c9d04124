/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "tray-click.h"

/**
 * HoTrayClick:
 *
 * Makes a left click on the icon do something. A tray calls `Activate` of the StatusNotifierItem
 * for it; libayatana-appindicator has no such method and answers with an error, upon which Plasma
 * opens the menu. The indicator lives on the shared connection, so a message filter there sees the
 * call first and answers it. While not enabled the call goes on its usual way to the menu.
 *
 * The signal `clicked` comes from the main loop. Filter: g_dbus_connection_add_filter(); protocol:
 * https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/
 */
struct _HoTrayClick
{
  GObject parent;

  GDBusConnection *connection;
  guint filter_id;
  struct Filter *filter; /* the connection frees it once the filter is removed */
};

G_DEFINE_FINAL_TYPE (HoTrayClick, ho_tray_click, G_TYPE_OBJECT)

enum
{
  CLICKED,
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
emit_clicked (gpointer user_data)
{
  g_signal_emit (user_data, signals[CLICKED], 0);
  return G_SOURCE_REMOVE;
}

static gboolean
is_click (GDBusMessage *message, const char *path)
{
  return g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL
         && g_strcmp0 (g_dbus_message_get_member (message), "Activate") == 0
         && g_strcmp0 (g_dbus_message_get_interface (message), "org.kde.StatusNotifierItem") == 0
         && g_strcmp0 (g_dbus_message_get_path (message), path) == 0
         && g_strcmp0 (g_dbus_message_get_signature (message), "ii") == 0;
}

static GDBusMessage *
filter_message (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                gpointer user_data)
{
  Filter *filter = user_data;
  g_autoptr (GDBusMessage) reply = NULL;
  HoTrayClick *self;

  if (!incoming || !g_atomic_int_get (&filter->enabled) || !is_click (message, filter->path))
    return message;
  self = g_weak_ref_get (&filter->owner);
  if (self == NULL)
    return message;

  /* The idle takes the reference; the last one must not go in this thread. */
  g_idle_add_full (G_PRIORITY_DEFAULT, emit_clicked, self, g_object_unref);
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
