/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The least that a process between QEMU and the sound server can cost: it reads what comes from
 * either side and writes it to the other, and understands nothing of it. The bridge's share of a
 * processor is measured against it in the same run.
 *
 * usage: relay LISTEN SERVER    paths of sockets; one client
 */

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Where a client's first packet says which version it speaks, and in the highest bits whether it
 * shares memory, which does not get through here. */
#define VERSION 31

static int
make_socket (const char *path, struct sockaddr_un *address)
{
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  strncpy (address->sun_path, path, sizeof address->sun_path - 1);
  return socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
write_all (int fd, const char *data, ssize_t size)
{
  while (size > 0)
    {
      ssize_t put = send (fd, data, (size_t) size, MSG_NOSIGNAL);

      if (put < 0)
        return -1;
      data += put;
      size -= put;
    }
  return 0;
}

int
main (int argc, char **argv)
{
  static char data[65536];
  struct sockaddr_un address;
  struct pollfd sides[2];
  int listener;

  if (argc != 3)
    return 2;
  listener = make_socket (argv[1], &address);
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0
      || listen (listener, 1) != 0 || chmod (argv[1], 0666) != 0)
    return 1;
  sides[0].fd = accept (listener, NULL, NULL);
  sides[1].fd = make_socket (argv[2], &address);
  if (sides[0].fd < 0 || connect (sides[1].fd, (struct sockaddr *) &address, sizeof address) != 0)
    return 1;
  /* It may come in two parts. */
  if (recv (sides[0].fd, data, VERSION + 2, MSG_WAITALL) != VERSION + 2)
    return 1;
  data[VERSION] = data[VERSION + 1] = 0;
  if (write_all (sides[1].fd, data, VERSION + 2) != 0)
    return 0;
  sides[0].events = sides[1].events = POLLIN;
  while (poll (sides, 2, -1) > 0)
    for (int i = 0; i < 2; i++)
      {
        ssize_t got;

        if (sides[i].revents == 0)
          continue;
        got = read (sides[i].fd, data, sizeof data);
        if (got <= 0 || write_all (sides[1 - i].fd, data, got) != 0)
          return 0;
      }
  return 0;
}
