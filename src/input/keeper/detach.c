/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"
#define _GNU_SOURCE /* pipe2 */

#include "detach.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Leaving the parent, and telling it, or systemd, that the work can begin. */

static void
close_standard_streams (void)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  if (null < 0)
    return;
  dup2 (null, STDIN_FILENO);
  dup2 (null, STDOUT_FILENO);
  dup2 (null, STDERR_FILENO);
  close (null);
}

/**
 * ho_detach:
 *
 * Leaves the parent and the terminal, as daemon(7) describes it. To be called before there is any
 * thread. The parent stays until ho_tell_ready(), and then ends with 0; with 1 if that never comes.
 * Until then what goes wrong is told on the standard error as usual.
 *
 * Returns: a file descriptor for ho_tell_ready(), -1 if there is no other process
 */
int
ho_detach (void)
{
  int ends[2];
  char ready = 0;
  pid_t child;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -1;
  child = fork ();
  if (child < 0)
    return -1;
  if (child > 0)
    {
      close (ends[1]);
      waitpid (child, NULL, 0);
      _exit (read (ends[0], &ready, 1) == 1 ? 0 : 1);
    }
  close (ends[0]);
  setsid ();
  child = fork ();
  if (child != 0)
    _exit (child < 0);
  if (chdir ("/") < 0)
    g_debug ("the working directory stays what it was");
  return ends[1];
}

/* https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html */
static void
notify_systemd (const char *path)
{
  static const char message[] = "READY=1";
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize length = strlen (path);
  int fd;

  if (length == 0 || length >= sizeof address.sun_path)
    return;
  memcpy (address.sun_path, path, length);
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  if (sendto (fd, message, strlen (message), MSG_NOSIGNAL, (struct sockaddr *) &address,
              (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length))
      < 0)
    g_message ("systemd cannot be told that the keeper is ready");
  close (fd);
}

/**
 * ho_tell_ready:
 * @fd: what ho_detach() returned, or -1
 *
 * Tells whoever has started this program that it is ready.
 */
void
ho_tell_ready (int fd)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");

  if (path != NULL)
    notify_systemd (path);
  if (fd >= 0)
    {
      close_standard_streams ();
      if (write (fd, "r", 1) != 1)
        g_message ("nobody waits for the keeper");
      close (fd);
    }
  g_unsetenv ("NOTIFY_SOCKET"); /* not for the user's commands */
}
