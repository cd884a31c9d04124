/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#define G_LOG_DOMAIN "handover-audio-bridge"

#include "listener.h"

#include <errno.h>
#include <glib-unix.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sessions in all, and of one process: a guest gone mad leaves room for the others. */
#define MAX_SESSIONS 256
#define MAX_SESSIONS_OF_PROCESS 16
/* Descriptors that are no session's: standard ones, socket, lock, inotify, signals, wake-ups. */
#define SPARE_DESCRIPTORS 16
#define PAUSE_MS 1000

typedef struct
{
  uid_t uid;
  char *name;
} HoAllowed;

/**
 * HoListener:
 *
 * Takes connections of the users that are allowed, as the kernel names them, and closes all others
 * unheard.
 */
struct _HoListener
{
  HoPlace *place;
  HoBridge *bridge;
  GArray *allowed;
  GPtrArray *sessions;
  guint max_sessions;
  guint source;
  guint pause;
};

static void listen_again (HoListener *self);

static void
ended (HoSession *session, gpointer data)
{
  HoListener *self = data;

  g_ptr_array_remove_fast (self->sessions, session); /* frees it */
}

static const HoAllowed *
find_allowed (HoListener *self, uid_t uid)
{
  for (guint i = 0; i < self->allowed->len; i++)
    {
      const HoAllowed *one = &g_array_index (self->allowed, HoAllowed, i);

      if (one->uid == uid)
        return one;
    }
  return NULL;
}

static guint
count_sessions (HoListener *self, pid_t pid)
{
  guint count = 0;

  for (guint i = 0; i < self->sessions->len; i++)
    count += ho_session_get_pid (self->sessions->pdata[i]) == pid;
  return count;
}

/* Judges a new connection; takes @fd. */
static void
take (HoListener *self, int fd)
{
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  const HoAllowed *allowed;
  HoPeer peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0
      || size != sizeof credentials)
    {
      close (fd);
      return;
    }
  allowed = find_allowed (self, credentials.uid);
  if (allowed == NULL)
    {
      g_message ("Refused a connection of user %u (process %d)", (guint) credentials.uid,
                 (int) credentials.pid);
      close (fd);
      return;
    }
  if (self->sessions->len >= self->max_sessions
      || count_sessions (self, credentials.pid) >= MAX_SESSIONS_OF_PROCESS)
    {
      g_message ("Refused a connection of process %d: there are too many", (int) credentials.pid);
      close (fd);
      return;
    }
  peer = (HoPeer){ credentials.pid, credentials.uid, allowed->name };
  g_ptr_array_add (self->sessions, ho_session_new (self->bridge, fd, &peer, ended, self));
}

static gboolean
pause_over (gpointer user_data)
{
  HoListener *self = user_data;

  self->pause = 0;
  listen_again (self);
  return G_SOURCE_REMOVE;
}

static gboolean
connection (int listening, GIOCondition condition, gpointer user_data)
{
  HoListener *self = user_data;
  int fd = accept4 (listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd >= 0)
    {
      take (self, fd);
      return G_SOURCE_CONTINUE;
    }
  if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
    return G_SOURCE_CONTINUE;

  /* No descriptor or no memory is free. Let it wait instead of turning in a circle. */
  g_message ("Cannot take a connection: %s", g_strerror (errno));
  self->source = 0;
  self->pause = g_timeout_add (PAUSE_MS, pause_over, self);
  return G_SOURCE_REMOVE;
}

static void
listen_again (HoListener *self)
{
  self->source = g_unix_fd_add (ho_place_get_fd (self->place), G_IO_IN, connection, self);
}

/* A session needs a descriptor for its client and one for the server. */
static guint
sessions_within_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return MAX_SESSIONS / 4;
  if (limit.rlim_cur <= SPARE_DESCRIPTORS + 2)
    return 1;
  return (guint) MIN ((limit.rlim_cur - SPARE_DESCRIPTORS) / 2, MAX_SESSIONS);
}

static void
clear_allowed (gpointer data)
{
  g_free (((HoAllowed *) data)->name);
}

/**
 * ho_listener_new:
 * @place: (transfer none): the socket, which has to outlive the listener
 * @bridge: (transfer none): what sessions share, likewise
 *
 * Returns: (transfer full): a listener that takes nobody but ourselves yet
 */
HoListener *
ho_listener_new (HoPlace *place, HoBridge *bridge)
{
  HoListener *self = g_new0 (HoListener, 1);

  self->place = place;
  self->bridge = bridge;
  self->max_sessions = sessions_within_limit ();
  self->allowed = g_array_new (FALSE, FALSE, sizeof (HoAllowed));
  g_array_set_clear_func (self->allowed, clear_allowed);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_session_free);
  ho_listener_allow (self, geteuid ());
  listen_again (self);
  return self;
}

void
ho_listener_free (HoListener *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->pause, g_source_remove);
  g_ptr_array_unref (self->sessions);
  g_array_unref (self->allowed);
  g_free (self);
}

/**
 * ho_listener_allow:
 * @self: a listener
 * @uid: a user who may connect
 */
void
ho_listener_allow (HoListener *self, uid_t uid)
{
  const struct passwd *user = getpwuid (uid);
  HoAllowed one = { uid, user != NULL ? g_strdup (user->pw_name) : NULL };

  if (find_allowed (self, uid) == NULL)
    g_array_append_val (self->allowed, one);
  else
    g_free (one.name);
}
