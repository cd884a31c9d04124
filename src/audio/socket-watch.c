/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "socket-watch.h"

/* A socket's file is there a moment before anybody listens, which no event tells: after the file
 * has appeared it is tried that often, each time after twice as many milliseconds. */
#define TRIES 7
#define FIRST_PAUSE 25

/**
 * HoSocketWatch:
 *
 * Tells by the signal `try` when it is worth connecting to a socket again: when its file appears,
 * and a few times after that. The folder that the socket is in need not exist, nor the one around
 * that. While nothing appears nothing happens.
 */
struct _HoSocketWatch
{
  GObject parent;

  char *path;   /* NULL: nobody knows where */
  char *folder; /* of the socket */
  char *around; /* the folder of the folder */
  GFileMonitor *monitor;
  gboolean watches_folder; /* rather than what is around it */
  guint tries;
  guint timeout;
};

G_DEFINE_FINAL_TYPE (HoSocketWatch, ho_socket_watch, G_TYPE_OBJECT)

enum
{
  TRY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void watch (HoSocketWatch *self);

static gboolean
on_timeout (gpointer user_data)
{
  HoSocketWatch *self = user_data;

  self->timeout = 0;
  g_signal_emit (self, signals[TRY], 0);
  return G_SOURCE_REMOVE;
}

static void
try_soon (HoSocketWatch *self)
{
  if (self->timeout != 0 || self->tries >= TRIES || self->path == NULL
      || !g_file_test (self->path, G_FILE_TEST_EXISTS))
    return;
  self->timeout = g_timeout_add (FIRST_PAUSE << self->tries, on_timeout, self);
  self->tries++;
}

static void
on_changed (HoSocketWatch *self, GFile *file, GFile *other, GFileMonitorEvent event)
{
  const char *name = g_file_peek_path (file);

  if (self->watches_folder && g_strcmp0 (name, self->path) == 0)
    {
      if (event == G_FILE_MONITOR_EVENT_CREATED || event == G_FILE_MONITOR_EVENT_MOVED_IN)
        {
          self->tries = 0;
          try_soon (self);
        }
    }
  else if (g_strcmp0 (name, self->folder) == 0)
    {
      /* It came, or it went: the other folder is the one to watch now. */
      self->tries = 0;
      watch (self);
      try_soon (self);
    }
}

static void
watch (HoSocketWatch *self)
{
  gboolean folder = g_file_test (self->folder, G_FILE_TEST_IS_DIR);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;

  if (self->monitor != NULL && self->watches_folder == folder
      && !g_file_monitor_is_cancelled (self->monitor))
    return;
  g_clear_object (&self->monitor);
  self->watches_folder = folder;
  /* GLib looks for a folder that does not exist again and again. */
  if (!folder && !g_file_test (self->around, G_FILE_TEST_IS_DIR))
    return;
  file = g_file_new_for_path (folder ? self->folder : self->around);
  self->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor == NULL)
    {
      g_message ("%s is not watched: %s", folder ? self->folder : self->around, error->message);
      return;
    }
  g_file_monitor_set_rate_limit (self->monitor, 0);
  g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
}

static void
ho_socket_watch_finalize (GObject *object)
{
  HoSocketWatch *self = HO_SOCKET_WATCH (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->monitor);
  g_free (self->path);
  g_free (self->folder);
  g_free (self->around);

  G_OBJECT_CLASS (ho_socket_watch_parent_class)->finalize (object);
}

static void
ho_socket_watch_class_init (HoSocketWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_socket_watch_finalize;

  signals[TRY] = g_signal_new ("try", HO_TYPE_SOCKET_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
}

static void
ho_socket_watch_init (HoSocketWatch *self)
{
}

/**
 * ho_socket_watch_new:
 * @path: (nullable): the socket's path
 *
 * Returns: (transfer full): a watch that waits for its first ho_socket_watch_failed()
 */
HoSocketWatch *
ho_socket_watch_new (const char *path)
{
  HoSocketWatch *self = g_object_new (HO_TYPE_SOCKET_WATCH, NULL);

  if (path != NULL)
    {
      self->path = g_strdup (path);
      self->folder = g_path_get_dirname (path);
      self->around = g_path_get_dirname (self->folder);
    }
  return self;
}

/**
 * ho_socket_watch_new_for_sound:
 *
 * Returns: (transfer full): a watch of the socket where libpulse looks for the user's server, see
 *   pulse-client.conf(5)
 */
HoSocketWatch *
ho_socket_watch_new_for_sound (void)
{
  const char *server = g_getenv ("PULSE_SERVER");
  const char *folder = g_getenv ("PULSE_RUNTIME_PATH");
  g_autofree char *path = NULL;

  if (server != NULL && g_str_has_prefix (server, "unix:"))
    path = g_strdup (server + strlen ("unix:"));
  else if (server != NULL && g_path_is_absolute (server))
    path = g_strdup (server);
  else if (folder != NULL && g_path_is_absolute (folder))
    path = g_build_filename (folder, "native", NULL);
  else
    path = g_build_filename (g_get_user_runtime_dir (), "pulse", "native", NULL);
  return ho_socket_watch_new (path);
}

/**
 * ho_socket_watch_failed:
 * @self: a watch
 *
 * Nobody answers on the socket: `try` comes when that may have changed.
 */
void
ho_socket_watch_failed (HoSocketWatch *self)
{
  if (self->path == NULL)
    return;
  watch (self);
  try_soon (self);
}

/**
 * ho_socket_watch_succeeded:
 * @self: a watch
 *
 * Somebody answers: there is nothing to watch for.
 */
void
ho_socket_watch_succeeded (HoSocketWatch *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->monitor);
  self->tries = 0;
}
