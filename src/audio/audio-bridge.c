/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "audio-bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audio-socket.h"
#include "error.h"
#include "paths.h"
#include "socket-watch.h"

#include <glib/gi18n.h>

#define PROGRAM "handover-audio-bridge"
#define UNIT "handover-audio-bridge"

/* How long the program may take until it listens, in seconds. */
#define PATIENCE 5

/**
 * HoAudioBridge:
 *
 * The process `handover-audio-bridge`, which outlives us: it is found by asking the kernel who
 * listens on the socket, and followed by its pidfd. Where systemd runs the user's services it is
 * one of those, else a process of its own session. The signal `changed` tells when it has come or
 * gone.
 */
struct _HoAudioBridge
{
  GObject parent;

  char *socket;
  gboolean used;
  pid_t pid;           /* 0: it does not run */
  gboolean by_systemd; /* which listens for it */
  int pidfd;           /* -1: none */
  guint ended;
  HoSocketWatch *watch; /* while it starts, or is waited for */
  GTask *starting;
  guint timeout;
};

G_DEFINE_FINAL_TYPE (HoAudioBridge, ho_audio_bridge, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void look (HoAudioBridge *self);

static void
forget (HoAudioBridge *self)
{
  g_clear_handle_id (&self->ended, g_source_remove);
  if (self->pidfd >= 0)
    close (self->pidfd);
  self->pidfd = -1;
  self->pid = 0;
}

static gboolean
on_ended (int fd, GIOCondition condition, gpointer user_data)
{
  HoAudioBridge *self = user_data;

  self->ended = 0;
  forget (self);
  /* systemd may have started it again already, or will. */
  look (self);
  if (self->pid == 0)
    g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static char *
get_comm (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/comm", (int) pid);
  char *comm = NULL;

  return g_file_get_contents (path, &comm, NULL, NULL) ? g_strchomp (comm) : NULL;
}

/* The program may have been replaced by an update since it was started, so its name counts, of
 * which the kernel keeps 15 letters. With socket activation the user's systemd listens. */
static void
follow (HoAudioBridge *self, pid_t pid)
{
  g_autofree char *comm = NULL;

  forget (self);
  self->pidfd = (int) syscall (SYS_pidfd_open, pid, 0);
  if (self->pidfd < 0)
    return;
  comm = get_comm (pid);
  self->by_systemd = g_strcmp0 (comm, "systemd") == 0;
  if (!self->by_systemd && strncmp (comm != NULL ? comm : "", PROGRAM, 15) != 0)
    {
      forget (self);
      return;
    }
  self->pid = pid;
  self->ended = g_unix_fd_add (self->pidfd, G_IO_IN, on_ended, self);
}

static void
end_start (HoAudioBridge *self, const char *problem)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->starting);

  g_clear_handle_id (&self->timeout, g_source_remove);
  if (task == NULL)
    return;
  if (problem == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, "%s", problem);
}

/* Finds out who listens, now and whenever the socket appears. */
static void
look (HoAudioBridge *self)
{
  HoAudioSocketState state;
  pid_t listener;

  if (self->pid != 0 || !self->used)
    return;
  if (ho_audio_socket_check (self->socket, &state, &listener, NULL) && state == HO_AUDIO_SOCKET_LIVE
      && listener > 0)
    follow (self, listener);
  if (self->pid == 0)
    {
      ho_socket_watch_failed (self->watch);
      return;
    }
  ho_socket_watch_succeeded (self->watch);
  end_start (self, NULL);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
ho_audio_bridge_dispose (GObject *object)
{
  HoAudioBridge *self = HO_AUDIO_BRIDGE (object);

  forget (self);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->starting);
  g_clear_object (&self->watch);

  G_OBJECT_CLASS (ho_audio_bridge_parent_class)->dispose (object);
}

static void
ho_audio_bridge_finalize (GObject *object)
{
  HoAudioBridge *self = HO_AUDIO_BRIDGE (object);

  g_free (self->socket);

  G_OBJECT_CLASS (ho_audio_bridge_parent_class)->finalize (object);
}

static void
ho_audio_bridge_class_init (HoAudioBridgeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_audio_bridge_dispose;
  object_class->finalize = ho_audio_bridge_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_AUDIO_BRIDGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_audio_bridge_init (HoAudioBridge *self)
{
  self->pidfd = -1;
}

/**
 * ho_audio_bridge_new:
 * @socket: the path it listens on
 *
 * Returns: (transfer full): what tells and changes whether a bridge runs there; it looks once it is
 *   used
 */
HoAudioBridge *
ho_audio_bridge_new (const char *socket)
{
  HoAudioBridge *self = g_object_new (HO_TYPE_AUDIO_BRIDGE, NULL);

  self->socket = g_strdup (socket);
  return self;
}

/**
 * ho_audio_bridge_set_used:
 * @self: a bridge
 * @used: whether to look for the process and to follow it
 */
void
ho_audio_bridge_set_used (HoAudioBridge *self, gboolean used)
{
  if (self->used == used)
    return;
  self->used = used;
  if (!used)
    {
      forget (self);
      g_clear_object (&self->watch);
      return;
    }
  self->watch = ho_socket_watch_new (self->socket);
  g_signal_connect_object (self->watch, "try", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  look (self);
}

gboolean
ho_audio_bridge_is_running (HoAudioBridge *self)
{
  return self->pid != 0;
}

/**
 * ho_audio_bridge_matches:
 * @self: a bridge that runs
 * @allowed: whom it should let in, besides the user
 * @microphone: whether it should let QEMU record
 *
 * Returns: whether it was started like this. One that systemd starts is as its unit says.
 */
gboolean
ho_audio_bridge_matches (HoAudioBridge *self, uid_t allowed, gboolean microphone)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) self->pid);
  g_autofree char *uid = g_strdup_printf ("%u", (guint) allowed);
  g_autofree char *text = NULL;
  gboolean lets_in = FALSE, records = FALSE;
  gsize length;

  if (self->by_systemd || !g_file_get_contents (path, &text, &length, NULL))
    return TRUE;
  for (const char *word = text, *last = ""; word < text + length;
       last = word, word += strlen (word) + 1)
    {
      lets_in |= g_str_equal (last, "--allow-uid") && g_str_equal (word, uid);
      records |= g_str_equal (word, "--microphone");
    }
  return lets_in && records == microphone;
}

/* Starting it. */

static gboolean
on_timeout (gpointer user_data)
{
  HoAudioBridge *self = user_data;

  self->timeout = 0;
  end_start (self,
             _ ("The bridge for the guest's sound did not start. Run handover-audio-bridge in "
                "a terminal to see why."));
  return G_SOURCE_REMOVE;
}

static gboolean
has_systemd (void)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "systemd", "private", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Between fork and exec: a terminal or a session that ends must not end the bridge. */
static void
leave_session (gpointer user_data)
{
  setsid ();
}

static void
add (GStrvBuilder *builder, ...)
{
  const char *word;
  va_list words;

  va_start (words, builder);
  while ((word = va_arg (words, const char *)) != NULL)
    g_strv_builder_add (builder, word);
  va_end (words);
}

static char **
make_command (HoAudioBridge *self, uid_t allowed, gboolean microphone)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *program = ho_paths_get_helper (PROGRAM);
  g_autofree char *uid = g_strdup_printf ("%u", (guint) allowed);

  if (has_systemd ())
    add (builder, "systemd-run", "--user", "--quiet", "--collect", "--unit=" UNIT "-session",
         "--property=Restart=on-failure", "--property=Slice=session.slice",
         "--property=NoNewPrivileges=yes", "--property=RestrictAddressFamilies=AF_UNIX",
         "--property=MemoryDenyWriteExecute=yes", "--property=LockPersonality=yes",
         "--property=RestrictRealtime=yes", "--property=TasksMax=4", "--property=MemoryMax=256M",
         "--", NULL);
  add (builder, program, "--socket", self->socket, "--allow-uid", uid, NULL);
  if (microphone)
    add (builder, "--microphone", NULL);
  return g_strv_builder_end (builder);
}

/**
 * ho_audio_bridge_start_async:
 * @self: a bridge that is used
 * @allowed: whom it lets in, besides the user
 * @microphone: whether it lets QEMU record
 * @cancellable: (nullable): forgets the answer
 * @callback: called when it listens
 * @user_data: for @callback
 *
 * The folder of the socket must be there. A bridge that runs already is a success.
 */
void
ho_audio_bridge_start_async (HoAudioBridge *self, uid_t allowed, gboolean microphone,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_auto (GStrv) command = make_command (self, allowed, microphone);
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, ho_audio_bridge_start_async);
  look (self);
  if (self->pid != 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (self->starting != NULL)
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_BUSY,
                               _ ("The bridge is starting already."));
      return;
    }
  if (!g_spawn_async (NULL, command, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      leave_session, NULL, NULL, &error))
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                               _ ("The bridge for the guest's sound cannot be run: %s. Install "
                                  "Handover again."),
                               error->message);
      return;
    }
  self->starting = g_steal_pointer (&task);
  self->timeout = g_timeout_add_seconds (PATIENCE, on_timeout, self);
  ho_socket_watch_failed (self->watch);
}

gboolean
ho_audio_bridge_start_finish (HoAudioBridge *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_audio_bridge_stop:
 * @self: a bridge
 *
 * Asks it to end; guests that play to it fall silent. `changed` tells when it has gone.
 */
void
ho_audio_bridge_stop (HoAudioBridge *self)
{
  const char *const command[]
      = { "systemctl", "--user", "--quiet", "stop", UNIT ".socket", UNIT ".service", NULL };
  g_autoptr (GError) error = NULL;

  if (self->by_systemd)
    {
      if (!g_spawn_async (NULL, (char **) command, NULL,
                          G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                          &error))
        g_message ("the bridge cannot be ended: %s", error->message);
    }
  else if (self->pidfd >= 0 && syscall (SYS_pidfd_send_signal, self->pidfd, SIGTERM, NULL, 0) != 0)
    {
      g_message ("the bridge cannot be ended: %s", g_strerror (errno));
    }
}
