/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "reconnect.h"

/* The wait between two tries, in seconds: doubled from the first to the last. */
#define FIRST_WAIT 1
#define LAST_WAIT 60

/**
 * HoReconnect:
 *
 * Says when it is worth trying again to reach libvirt: the signal `retry`, at once when a socket of
 * the daemon appears or changes its permission, otherwise after waits that grow.
 */
struct _HoReconnect
{
  GObject parent;

  char **sockets;
  GPtrArray *monitors; /* of GFileMonitor, one for each socket */
  guint wait;          /* seconds; 0 when nothing is awaited */
  guint timeout;
};

G_DEFINE_FINAL_TYPE (HoReconnect, ho_reconnect, G_TYPE_OBJECT)

enum
{
  RETRY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void watch_sockets (HoReconnect *self);

static gboolean
on_timeout (gpointer user_data)
{
  HoReconnect *self = user_data;

  self->timeout = 0;
  self->wait = MIN (self->wait * 2, LAST_WAIT);
  g_signal_emit (self, signals[RETRY], 0);
  return G_SOURCE_REMOVE;
}

/* Something happened in the directory that holds the socket, or that will one day hold it. */
static void
on_directory_changed (HoReconnect *self, GFile *file, GFile *other, GFileMonitorEvent event)
{
  g_autofree char *path = g_file_get_path (file);
  gboolean is_socket = g_strv_contains ((const char *const *) self->sockets, path);

  if (event != G_FILE_MONITOR_EVENT_CREATED && event != G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
    return;
  if (!is_socket)
    {
      /* A directory on the way to the socket has come: look one step deeper from now on. */
      if (event == G_FILE_MONITOR_EVENT_CREATED)
        watch_sockets (self);
      for (guint i = 0; self->sockets[i] != NULL && !is_socket; i++)
        is_socket = g_str_has_prefix (self->sockets[i], path)
                    && g_file_test (self->sockets[i], G_FILE_TEST_EXISTS);
      if (!is_socket)
        return;
    }
  g_debug ("%s appeared or changed", path);
  self->wait = FIRST_WAIT;
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_signal_emit (self, signals[RETRY], 0);
}

static GFileMonitor *
watch_nearest_directory (HoReconnect *self, const char *socket)
{
  g_autofree char *directory = g_path_get_dirname (socket);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = NULL;
  GFileMonitor *monitor;

  /* GLib looks for a directory that does not exist every few seconds: watch one that does. */
  while (!g_file_test (directory, G_FILE_TEST_IS_DIR) && !g_str_equal (directory, "/"))
    {
      char *parent = g_path_get_dirname (directory);

      g_free (directory);
      directory = parent;
    }
  file = g_file_new_for_path (directory);
  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, &error);
  if (monitor == NULL)
    {
      g_warning ("%s cannot be watched: %s", directory, error->message);
      return NULL;
    }
  g_signal_connect_object (monitor, "changed", G_CALLBACK (on_directory_changed), self,
                           G_CONNECT_SWAPPED);
  return monitor;
}

static void
watch_sockets (HoReconnect *self)
{
  g_ptr_array_set_size (self->monitors, 0);
  for (guint i = 0; self->sockets[i] != NULL; i++)
    {
      GFileMonitor *monitor = watch_nearest_directory (self, self->sockets[i]);

      if (monitor != NULL)
        g_ptr_array_add (self->monitors, monitor);
    }
}

static void
ho_reconnect_finalize (GObject *object)
{
  HoReconnect *self = HO_RECONNECT (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_ptr_array_unref (self->monitors);
  g_strfreev (self->sockets);

  G_OBJECT_CLASS (ho_reconnect_parent_class)->finalize (object);
}

static void
ho_reconnect_class_init (HoReconnectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_reconnect_finalize;

  signals[RETRY] = g_signal_new ("retry", HO_TYPE_RECONNECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
ho_reconnect_init (HoReconnect *self)
{
  self->monitors = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ho_reconnect_list_sockets:
 * @uri: a libvirt URI, https://libvirt.org/uri.html
 *
 * Returns: (transfer full): the paths of the unix sockets at which a daemon on this machine may
 *   serve @uri; empty for a remote URI and for drivers that need no daemon
 */
char **
ho_reconnect_list_sockets (const char *uri)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GHashTable) query = NULL;
  g_auto (GStrv) scheme = NULL;
  const char *host, *socket, *transport;

  if (parsed == NULL)
    return g_strv_builder_end (paths);

  host = g_uri_get_host (parsed);
  scheme = g_strsplit (g_uri_get_scheme (parsed), "+", 2);
  transport = scheme[1];
  if ((host != NULL && *host != '\0') || (transport != NULL && !g_str_equal (transport, "unix")))
    return g_strv_builder_end (paths);

  if (g_uri_get_query (parsed) != NULL)
    query = g_uri_parse_params (g_uri_get_query (parsed), -1, "&;", G_URI_PARAMS_NONE, NULL);
  socket = query != NULL ? g_hash_table_lookup (query, "socket") : NULL;
  if (socket != NULL)
    {
      g_strv_builder_add (paths, socket);
    }
  else if (g_str_equal (scheme[0], "qemu"))
    {
      gboolean session = g_str_has_prefix (g_uri_get_path (parsed), "/session");
      g_autofree char *directory
          = session ? g_build_filename (g_get_user_runtime_dir (), "libvirt", NULL)
                    : g_strdup ("/run/libvirt");
      g_autofree char *monolithic = g_build_filename (directory, "libvirt-sock", NULL);
      g_autofree char *modular = g_build_filename (directory, "virtqemud-sock", NULL);

      g_strv_builder_add_many (paths, monolithic, modular, NULL);
    }
  return g_strv_builder_end (paths);
}

/**
 * ho_reconnect_new:
 * @uri: what is to be reached
 *
 * Returns: (transfer full): an object that is silent until ho_reconnect_start()
 */
HoReconnect *
ho_reconnect_new (const char *uri)
{
  HoReconnect *self = g_object_new (HO_TYPE_RECONNECT, NULL);

  self->sockets = ho_reconnect_list_sockets (uri);
  return self;
}

/**
 * ho_reconnect_start:
 * @self: a reconnect
 *
 * A try has failed: `retry` will be emitted, once, when the next one is due. Call it again if that
 * fails too; the wait has grown then.
 */
void
ho_reconnect_start (HoReconnect *self)
{
  if (self->wait == 0)
    {
      self->wait = FIRST_WAIT;
      watch_sockets (self);
    }
  if (self->timeout == 0)
    self->timeout = g_timeout_add_seconds (self->wait, on_timeout, self);
}

/**
 * ho_reconnect_stop:
 * @self: a reconnect
 *
 * A try has succeeded: nothing is watched or awaited any more.
 */
void
ho_reconnect_stop (HoReconnect *self)
{
  self->wait = 0;
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_ptr_array_set_size (self->monitors, 0);
}
