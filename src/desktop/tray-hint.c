/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "tray-hint.h"

#include <glib/gstdio.h>
#include <xcb/xcb.h>

#include <glib/gi18n.h>

#define WATCHER "org.kde.StatusNotifierWatcher"
#define WATCHER_PATH "/StatusNotifierWatcher"

#define SUBJECT "tray"

/* How long a desktop may take to bring its tray up at login, in seconds. */
#define PATIENCE 30

/**
 * HoTrayHint:
 *
 * Tells the user of a desktop without a tray, once, that Handover runs and how it is reached. It
 * looks at the time when a tray should be there, and notices if one comes later. Once there was a
 * tray, its absence is news again.
 */
struct _HoTrayHint
{
  GObject parent;

  GDBusConnection *connection;
  HoNoticeBoard *board;
  GCancellable *cancellable;
  char *mark; /* a file that is there once the user was told */
  guint watch;
  guint host_registered;
  guint patience;
};

G_DEFINE_FINAL_TYPE (HoTrayHint, ho_tray_hint, G_TYPE_OBJECT)

/* Whether a tray of the old kind is there, which libayatana-appindicator falls back to:
 * https://specifications.freedesktop.org/systemtray-spec/ */
static gboolean
has_x11_tray (void)
{
  static const char name[] = "_NET_SYSTEM_TRAY_S0";
  xcb_connection_t *connection;
  xcb_intern_atom_reply_t *atom;
  xcb_get_selection_owner_reply_t *owner = NULL;
  gboolean has;

  if (g_getenv ("DISPLAY") == NULL)
    return FALSE;
  connection = xcb_connect (NULL, NULL);
  atom = xcb_intern_atom_reply (connection, xcb_intern_atom (connection, 1, sizeof name - 1, name),
                                NULL);
  if (atom != NULL && atom->atom != XCB_ATOM_NONE)
    owner = xcb_get_selection_owner_reply (connection,
                                           xcb_get_selection_owner (connection, atom->atom), NULL);
  has = owner != NULL && owner->owner != XCB_WINDOW_NONE;
  free (owner);
  free (atom);
  xcb_disconnect (connection);
  return has;
}

static void
on_tray_seen (HoTrayHint *self)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  ho_notice_board_remove (self->board, SUBJECT);
  g_unlink (self->mark);
}

static void
tell (HoTrayHint *self)
{
  g_autofree char *folder = g_path_get_dirname (self->mark);

  if (g_file_test (self->mark, G_FILE_TEST_EXISTS) || has_x11_tray ())
    return;
  g_mkdir_with_parents (folder, 0700);
  if (!g_file_set_contents (self->mark, "", 0, NULL))
    g_message ("%s could not be written", self->mark);
  ho_notice_board_put (
      self->board, SUBJECT,
      ho_notice_new ("org.handover.Handover", g_strdup (_ ("Handover has no place for its icon")),
                     _ ("This desktop shows no tray icons; on GNOME, the extension “AppIndicator "
                        "and KStatusNotifierItem Support” does. The shortcut and the command "
                        "“handover” work all the same. Start Handover once more for its "
                        "preferences.")));
}

static gboolean
on_patience_over (gpointer user_data)
{
  HoTrayHint *self = user_data;

  self->patience = 0;
  tell (self);
  return G_SOURCE_REMOVE;
}

/* A watcher alone shows nothing. */
static void
on_host_known (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, NULL);
  g_autoptr (HoTrayHint) self = user_data;
  g_autoptr (GVariant) value = NULL;

  if (reply == NULL || self->board == NULL)
    return;
  g_variant_get (reply, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (value))
    on_tray_seen (self);
}

static void
on_watcher_appeared (GDBusConnection *connection, const char *name, const char *owner,
                     gpointer user_data)
{
  HoTrayHint *self = user_data;

  g_dbus_connection_call (connection, WATCHER, WATCHER_PATH, "org.freedesktop.DBus.Properties",
                          "Get", g_variant_new ("(ss)", WATCHER, "IsStatusNotifierHostRegistered"),
                          G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                          self->cancellable, on_host_known, g_object_ref (self));
}

static void
on_host_registered (GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *signal, GVariant *parameters,
                    gpointer user_data)
{
  on_tray_seen (user_data);
}

static void
ho_tray_hint_dispose (GObject *object)
{
  HoTrayHint *self = HO_TRAY_HINT (object);

  g_clear_handle_id (&self->patience, g_source_remove);
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  if (self->host_registered != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->host_registered);
  self->host_registered = 0;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->board);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ho_tray_hint_parent_class)->dispose (object);
}

static void
ho_tray_hint_finalize (GObject *object)
{
  HoTrayHint *self = HO_TRAY_HINT (object);

  g_object_unref (self->cancellable);
  g_free (self->mark);

  G_OBJECT_CLASS (ho_tray_hint_parent_class)->finalize (object);
}

static void
ho_tray_hint_class_init (HoTrayHintClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_tray_hint_dispose;
  object_class->finalize = ho_tray_hint_finalize;
}

static void
ho_tray_hint_init (HoTrayHint *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * ho_tray_hint_new:
 * @connection: to the session bus
 * @board: where the hint is shown
 * @state_dir: folder that remembers whether it was shown, such as g_get_user_state_dir()
 *
 * Returns: (transfer full): the hint, which waits for a tray from now on
 */
HoTrayHint *
ho_tray_hint_new (GDBusConnection *connection, HoNoticeBoard *board, const char *state_dir)
{
  HoTrayHint *self = g_object_new (HO_TYPE_TRAY_HINT, NULL);

  self->connection = g_object_ref (connection);
  self->board = g_object_ref (board);
  self->mark = g_build_filename (state_dir, "handover", "tray-hint", NULL);
  self->patience = g_timeout_add_seconds (PATIENCE, on_patience_over, self);
  self->host_registered = g_dbus_connection_signal_subscribe (
      connection, WATCHER, WATCHER, "StatusNotifierHostRegistered", WATCHER_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_host_registered, self, NULL);
  self->watch = g_bus_watch_name_on_connection (connection, WATCHER, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                on_watcher_appeared, NULL, self, NULL);
  return self;
}
