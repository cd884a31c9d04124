/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

/**
 * HoPlace:
 *
 * The socket that guests connect to, and its place in the file system. The folder has to be ours
 * and writable by nobody else, since then whatever is in it is ours. What stands at the path is
 * removed only if it is a socket of ours that nobody serves; at the end, only the very socket that
 * was made here.
 */
struct _HoPlace
{
  int fd;
  int lock; /* held while we serve; -1 if the socket was made by somebody else */
  char *path;
  dev_t device;
  ino_t inode;
};

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_PERM, text);
  return FALSE;
}

static gboolean
check_folder (const char *folder, GError **error)
{
  struct stat status;

  if (lstat (folder, &status) < 0)
    return refuse (error, _ ("The folder “%s” cannot be used: %s."), folder, g_strerror (errno));
  if (S_ISLNK (status.st_mode))
    return refuse (
        error,
        _ ("The folder “%s” is a symbolic link, which somebody else may point elsewhere. "
           "Give the folder itself."),
        folder);
  if (!S_ISDIR (status.st_mode))
    return refuse (error, _ ("“%s” is not a folder. Give a socket in a folder of your own."),
                   folder);
  if (status.st_uid != geteuid ())
    return refuse (error,
                   _ ("The folder “%s” belongs to another user (number %u), who could put a socket "
                      "of their own there. Ask them or an administrator to remove it."),
                   folder, (guint) status.st_uid);
  if (status.st_mode & (S_IWGRP | S_IWOTH))
    return refuse (error,
                   _ ("Other users may write to the folder “%s”. Take that away with: "
                      "chmod go-w “%s”"),
                   folder, folder);
  return TRUE;
}

/**
 * ho_place_prepare:
 * @path: the absolute path where the socket shall be
 * @error: says what is wrong with the folder
 *
 * Sees to it that the folder of the socket is there and ours alone. If it is missing it is made, so
 * that others may go through it and do nothing else; who may use the socket is decided by the
 * kernel's word on who connects.
 *
 * Returns: whether a socket can safely be there
 */
gboolean
ho_place_prepare (const char *path, GError **error)
{
  g_autofree char *folder = NULL;

  if (!g_path_is_absolute (path) || strlen (path) >= sizeof ((struct sockaddr_un *) 0)->sun_path)
    return refuse (error,
                   _ ("“%s” is no path for a socket. Give an absolute one, shorter than 108 "
                      "bytes."),
                   path);
  folder = g_path_get_dirname (path);
  if (mkdir (folder, 0711) == 0)
    {
      /* Whatever the umask. */
      if (chmod (folder, 0711) < 0)
        return refuse (error, _ ("The folder “%s” cannot be used: %s."), folder,
                       g_strerror (errno));
    }
  else if (errno != EEXIST)
    return refuse (error, _ ("The folder “%s” cannot be made: %s."), folder, g_strerror (errno));
  return check_folder (folder, error);
}

static int
new_socket (void)
{
  return socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static struct sockaddr_un
address_of (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  return address;
}

/* Makes room at the path: nothing there, or a socket of ours without a server. */
static gboolean
make_room (const char *path, GError **error)
{
  struct sockaddr_un address = address_of (path);
  struct stat status;
  int probe, failure;

  if (lstat (path, &status) < 0)
    {
      if (errno == ENOENT)
        return TRUE;
      return refuse (error, _ ("“%s” cannot be used: %s."), path, g_strerror (errno));
    }
  if (!S_ISSOCK (status.st_mode))
    return refuse (error,
                   _ ("There is something at “%s” that is not a socket. It was left as it is; "
                      "move it away."),
                   path);
  if (status.st_uid != geteuid ())
    return refuse (error,
                   _ ("The socket “%s” belongs to another user (number %u). It was left as it is."),
                   path, (guint) status.st_uid);

  probe = new_socket ();
  failure = connect (probe, (const struct sockaddr *) &address, sizeof address) == 0 ? 0 : errno;
  close (probe);
  if (failure != ECONNREFUSED)
    return refuse (error, _ ("Another program serves the socket “%s”. It was left as it is."),
                   path);
  if (unlink (path) < 0)
    return refuse (error, _ ("“%s” cannot be removed: %s."), path, g_strerror (errno));
  return TRUE;
}

/* Two bridges for one path: the second must not take the first's socket for a dead one between its
 * making and its listening. */
static int
take_lock (const char *path, GError **error)
{
  g_autofree char *name = g_strconcat (path, ".lock", NULL);
  int lock = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (lock < 0)
    {
      refuse (error, _ ("“%s” cannot be made: %s."), name, g_strerror (errno));
      return -1;
    }
  if (flock (lock, LOCK_EX | LOCK_NB) < 0)
    {
      close (lock);
      refuse (error, _ ("Another bridge serves the socket “%s”."), path);
      return -1;
    }
  return lock;
}

static gboolean
bind_and_listen (HoPlace *self, GError **error)
{
  struct sockaddr_un address = address_of (self->path);
  struct stat status;

  self->fd = new_socket ();
  if (self->fd < 0 || bind (self->fd, (const struct sockaddr *) &address, sizeof address) < 0)
    return refuse (error, _ ("The socket “%s” cannot be made: %s."), self->path,
                   g_strerror (errno));
  /* Remember it first: from here on it is removed again if something fails. */
  if (lstat (self->path, &status) == 0)
    {
      self->device = status.st_dev;
      self->inode = status.st_ino;
    }
  /* Open to all, since the kernel says who connects; the folder lets nobody replace it. */
  if (chmod (self->path, 0666) < 0 || listen (self->fd, BACKLOG) < 0)
    return refuse (error, _ ("The socket “%s” cannot be used: %s."), self->path,
                   g_strerror (errno));
  return TRUE;
}

/**
 * ho_place_listen:
 * @path: the absolute path where the socket shall be
 * @error: says why it can't be, as a sentence for the user
 *
 * Returns: (transfer full) (nullable): the socket, listening
 */
HoPlace *
ho_place_listen (const char *path, GError **error)
{
  g_autoptr (HoPlace) self = g_new0 (HoPlace, 1);

  self->fd = -1;
  self->path = g_strdup (path);
  self->lock = -1;
  if (!ho_place_prepare (path, error))
    return NULL;
  self->lock = take_lock (path, error);
  if (self->lock < 0 || !make_room (path, error) || !bind_and_listen (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * ho_place_adopt:
 * @fd: (transfer full): a socket that a service manager made
 * @error: says why it is not taken
 *
 * Returns: (transfer full) (nullable): the socket, which will not be removed by us
 */
HoPlace *
ho_place_adopt (int fd, GError **error)
{
  g_autoptr (HoPlace) self = g_new0 (HoPlace, 1);
  struct sockaddr_un address = { 0 };
  socklen_t size = sizeof address - 1;
  int listening = 0, type = 0;
  socklen_t int_size = sizeof (int);
  g_autofree char *folder = NULL;

  self->fd = fd;
  self->lock = -1;
  if (getsockname (fd, (struct sockaddr *) &address, &size) < 0 || address.sun_family != AF_UNIX
      || getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &int_size) < 0 || type != SOCK_STREAM
      || getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &int_size) < 0 || !listening
      || address.sun_path[0] != '/')
    {
      refuse (error, _ ("The service manager gave no listening stream socket with a path."));
      return NULL;
    }
  fcntl (fd, F_SETFD, FD_CLOEXEC);
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  self->path = g_strdup (address.sun_path);
  folder = g_path_get_dirname (self->path);
  if (!check_folder (folder, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ho_place_free (HoPlace *self)
{
  struct stat status;

  /* Ours may have been replaced meanwhile; then the path is not ours any more. */
  if (self->inode != 0 && lstat (self->path, &status) == 0 && status.st_ino == self->inode
      && status.st_dev == self->device)
    unlink (self->path);
  if (self->fd >= 0)
    close (self->fd);
  if (self->lock >= 0)
    close (self->lock);
  g_free (self->path);
  g_free (self);
}

int
ho_place_get_fd (HoPlace *self)
{
  return self->fd;
}

/**
 * ho_place_is_open_to_others:
 * @self: a socket
 *
 * Returns: whether other users can come through its folder, as far as its mode tells
 */
gboolean
ho_place_is_open_to_others (HoPlace *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  struct stat status;

  return lstat (folder, &status) == 0 && status.st_mode & (S_IXOTH | S_IXGRP);
}
