/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server-watch.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/**
 * HoServerWatch:
 *
 * Tells when the sound server's socket appears. The kernel says it (inotify), so that a bridge
 * whose server is away sleeps. The folder of the socket is watched, or, while that does not exist
 * either, the folder above; and only while somebody waits.
 */
struct _HoServerWatch
{
  char *path;
  char *folder;
  char *parent;

  int fd;
  GSource *source;
  int watched; /* of the folder, or -1 */
  int above;   /* of the folder's parent, or -1 */
  GPtrArray *waiting;
};

typedef struct
{
  GFunc changed;
  gpointer data;
} HoWaiting;

#define APPEARED (IN_CREATE | IN_MOVED_TO | IN_ATTRIB)
#define FOLDER_GONE (IN_DELETE_SELF | IN_MOVE_SELF)

static void
arm (HoServerWatch *self)
{
  if (self->watched < 0)
    self->watched = inotify_add_watch (self->fd, self->folder, APPEARED | FOLDER_GONE | IN_ONLYDIR);
  if (self->watched < 0 && self->above < 0)
    self->above = inotify_add_watch (self->fd, self->parent, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  else if (self->watched >= 0 && self->above >= 0)
    {
      inotify_rm_watch (self->fd, self->above);
      self->above = -1;
    }
}

static void
disarm (HoServerWatch *self)
{
  if (self->watched >= 0)
    inotify_rm_watch (self->fd, self->watched);
  if (self->above >= 0)
    inotify_rm_watch (self->fd, self->above);
  self->watched = self->above = -1;
}

static gboolean
is_about_socket (HoServerWatch *self, const struct inotify_event *event)
{
  const char *name = strrchr (self->path, '/') + 1;

  if (event->wd == self->above || event->mask & IN_Q_OVERFLOW)
    return TRUE;
  return event->wd == self->watched && event->len > 0 && strcmp (event->name, name) == 0;
}

static gboolean
readable (int fd, GIOCondition condition, gpointer user_data)
{
  HoServerWatch *self = user_data;
  union
  {
    struct inotify_event event;
    char bytes[4096];
  } buffer;
  gssize got;
  gboolean changed = FALSE;

  while ((got = read (fd, &buffer, sizeof buffer)) > 0)
    for (char *at = buffer.bytes; at < buffer.bytes + got;)
      {
        const struct inotify_event *event = (const void *) at;

        changed |= is_about_socket (self, event);
        if (event->wd == self->watched && event->mask & (FOLDER_GONE | IN_IGNORED))
          {
            if (!(event->mask & IN_IGNORED))
              inotify_rm_watch (fd, self->watched);
            self->watched = -1;
          }
        if (event->wd == self->above && event->mask & IN_IGNORED)
          self->above = -1;
        at += sizeof *event + event->len;
      }
  if (self->waiting->len > 0)
    arm (self);

  if (changed)
    {
      guint n_waiting = self->waiting->len;
      g_autofree gpointer *waiting
          = g_memdup2 (self->waiting->pdata, n_waiting * sizeof (gpointer));

      /* A callback may take itself off the list, and so free its own entry, but no other. */
      for (guint i = 0; i < n_waiting; i++)
        {
          const HoWaiting *one = waiting[i];

          one->changed (one->data, NULL);
        }
    }
  return G_SOURCE_CONTINUE;
}

/**
 * ho_server_watch_new:
 * @path: the absolute path of the sound server's socket
 *
 * Returns: (transfer full): a watch, asleep until ho_server_watch_add()
 */
HoServerWatch *
ho_server_watch_new (const char *path)
{
  HoServerWatch *self = g_new0 (HoServerWatch, 1);

  self->path = g_strdup (path);
  self->folder = g_path_get_dirname (path);
  self->parent = g_path_get_dirname (self->folder);
  self->waiting = g_ptr_array_new_with_free_func (g_free);
  self->watched = self->above = -1;
  self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->fd >= 0)
    {
      self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
      g_source_set_callback (self->source, G_SOURCE_FUNC (readable), self, NULL);
      g_source_attach (self->source, NULL);
    }
  return self;
}

void
ho_server_watch_free (HoServerWatch *self)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
      close (self->fd);
    }
  g_ptr_array_unref (self->waiting);
  g_free (self->path);
  g_free (self->folder);
  g_free (self->parent);
  g_free (self);
}

const char *
ho_server_watch_get_path (HoServerWatch *self)
{
  return self->path;
}

/**
 * ho_server_watch_add:
 * @self: a watch
 * @changed: called with @data each time the socket may have appeared
 * @data: for @changed, and what ho_server_watch_remove() goes by
 */
void
ho_server_watch_add (HoServerWatch *self, GFunc changed, gpointer data)
{
  HoWaiting *one = g_new0 (HoWaiting, 1);

  ho_server_watch_remove (self, data);
  one->changed = changed;
  one->data = data;
  g_ptr_array_add (self->waiting, one);
  arm (self);
}

void
ho_server_watch_remove (HoServerWatch *self, gpointer data)
{
  for (guint i = 0; i < self->waiting->len; i++)
    if (((HoWaiting *) self->waiting->pdata[i])->data == data)
      {
        g_ptr_array_remove_index (self->waiting, i);
        break;
      }
  if (self->waiting->len == 0)
    disarm (self);
}
