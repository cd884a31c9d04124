/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"
#define _GNU_SOURCE /* struct ucred */

#include "audio-socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "error.h"
#include "paths.h"

#include <glib/gi18n.h>

/* The place of the socket that QEMU plays to. QEMU is another user, so it is outside the user's
 * runtime directory; nothing that is not ours is ever used there, or removed. PulseAudio's module
 * deletes whatever it finds at the path it is given, so the looking is done here, before. */

/**
 * ho_audio_socket_get_path:
 *
 * Returns: (transfer full): the path of this user's socket
 */
char *
ho_audio_socket_get_path (void)
{
  g_autofree char *folder = ho_paths_get_run_dir ();

  return g_build_filename (folder, "pulse.sock", NULL);
}

/* The folder around ours belongs to the system; where everybody may write, only the owner of a file
 * may rename or remove it. */
static gboolean
check_parent (const char *parent, GError **error)
{
  struct stat info;

  if (lstat (parent, &info) != 0)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                   _ ("%s is not there (%s). Handover's installation makes it; until the next boot "
                      "“systemd-tmpfiles --create handover.conf” as root does."),
                   parent, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISDIR (info.st_mode) || (info.st_uid != 0 && info.st_uid != getuid ())
      || ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_REFUSED,
                   _ ("%s is not safe for a socket: it must be a folder of root's in which nobody "
                      "can touch what is another's."),
                   parent);
      return FALSE;
    }
  return TRUE;
}

/**
 * ho_audio_socket_make_folder:
 * @path: the path of the socket
 * @error: return location for a #GError
 *
 * Makes the folder of the socket, which others can pass through but not read.
 *
 * Returns: whether it is there and safe; else %FALSE with %HO_ERROR_FAILED, or %HO_ERROR_REFUSED if
 *   what is there is not ours
 */
gboolean
ho_audio_socket_make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_dirname (folder);
  struct stat info;

  if (!check_parent (parent, error))
    return FALSE;
  if (mkdir (folder, 0711) != 0 && errno != EEXIST)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("%s cannot be made: %s."), folder,
                   g_strerror (errno));
      return FALSE;
    }
  if (lstat (folder, &info) != 0 || !S_ISDIR (info.st_mode) || info.st_uid != getuid ())
    {
      g_set_error (error, HO_ERROR, HO_ERROR_REFUSED,
                   _ ("%s is not a folder of yours, so it is not used. Find out who made it, and "
                      "have it removed."),
                   folder);
      return FALSE;
    }
  /* The umask may have taken the way through from QEMU, or an older one left too much. */
  if ((info.st_mode & 07777) != 0711 && chmod (folder, 0711) != 0)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("%s cannot be opened to QEMU: %s."), folder,
                   g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

/* Returns whether somebody listens, and who, see unix(7) about SO_PEERCRED. */
static gboolean
knock (const char *path, pid_t *listener)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct ucred peer = { 0 };
  socklen_t length = sizeof peer;
  gboolean answered;
  int fd;

  *listener = 0;
  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    return FALSE;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return FALSE;
  /* A listener with a full queue is one, too. */
  answered = connect (fd, (struct sockaddr *) &address, sizeof address) == 0 || errno == EAGAIN;
  if (answered && getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0)
    *listener = peer.pid;
  close (fd);
  return answered;
}

/**
 * ho_audio_socket_check:
 * @path: the path of the socket
 * @state: (out): what is there
 * @listener: (out): the process that listens, 0 if unknown
 * @error: return location for a #GError
 *
 * Returns: whether the path can be used; else %FALSE with %HO_ERROR_REFUSED: what is there is not
 *   a socket of ours, and is left as it is
 */
gboolean
ho_audio_socket_check (const char *path, HoAudioSocketState *state, pid_t *listener, GError **error)
{
  struct stat info;

  *state = HO_AUDIO_SOCKET_ABSENT;
  *listener = 0;
  if (lstat (path, &info) != 0)
    return TRUE;
  if (!S_ISSOCK (info.st_mode) || info.st_uid != getuid ())
    {
      g_set_error (error, HO_ERROR, HO_ERROR_REFUSED,
                   _ ("%s is not a socket of yours, so the guest's sound has no way. Find out what "
                      "it is, and remove it."),
                   path);
      return FALSE;
    }
  *state = knock (path, listener) ? HO_AUDIO_SOCKET_LIVE : HO_AUDIO_SOCKET_STALE;
  return TRUE;
}
