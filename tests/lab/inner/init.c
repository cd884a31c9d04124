/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only program of the Linux guest inside the lab. It loads the drivers, powers off when the power button is
 * pressed, and reports every key and pointer button over the virtio-serial port org.handover.lab.0 (and on the
 * console), so that a scenario can tell where a keystroke went. One line per fact:
 *
 *   up                    everything is loaded, sent when the host's side of the port is opened
 *   input NAME            an input device appeared
 *   gone NAME             and disappeared
 *   key CODE VALUE        evdev key or button code; 1 down, 0 up (repeats are left out)
 *   moved                 the pointer moved (the first of a burst, with the next key reset)
 *   down CODE…            answer to "down"
 *   beeps (…)             answer to "beep", with what the speaker's port has
 *
 * It obeys lines on the same port: "say TEXT" writes TEXT to org.handover.return.0, "alive MS" writes the heartbeat
 * there every MS milliseconds (0 stops it), "hotkey CODE" makes that key write "host" there, "beep HZ" sounds the
 * PC speaker (0 stops it), "down" lists the keys that are held, "deaf" ignores the power button from now on, "off"
 * powers off.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_INPUTS 32
#define RECONNECT_MS 100 /* a port without a listener reads as hung up at all times, so it is looked at by the clock */

typedef struct
{
  int fd;
  char node[16];
  char name[80];
  int moved;
} Input;

typedef struct
{
  const char *name;
  int fd;
  int open_outside;
  char line[256];
  size_t length;
} Port;

typedef struct
{
  Input inputs[MAX_INPUTS];
  int n_inputs;
  Port lab;
  Port back;
  long heartbeat_ms;
  long next_heartbeat;
  int deaf;
  int hotkey; /* a key code; 0: none */
} Guest;

static long
now_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
port_write (Port *port, const char *text)
{
  if (port->fd >= 0 && write (port->fd, text, strlen (text)) < 0 && errno != EAGAIN)
    fprintf (stderr, "%s: %s\n", port->name, strerror (errno));
}

__attribute__ ((format (printf, 2, 3))) static void
report (Guest *guest, const char *format, ...)
{
  char text[256];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text - 1, format, args);
  va_end (args);
  strcat (text, "\n");
  printf ("lab: %s", text);
  port_write (&guest->lab, text);
}

static void
load_drivers (void)
{
  pid_t child = fork ();

  if (child == 0)
    {
      execl ("/bin/busybox", "modprobe", "-a", "virtio_pci", "virtio_console", "xhci_pci", "usbhid", "hid_generic",
             "evdev", "button", (char *) NULL);
      _exit (127);
    }
  waitpid (child, NULL, 0);
}

static void
add_input (Guest *guest, const char *node)
{
  char path[300];
  Input *input;

  if (strncmp (node, "event", 5) != 0 || guest->n_inputs == MAX_INPUTS)
    return;
  for (int i = 0; i < guest->n_inputs; i++)
    if (strcmp (guest->inputs[i].node, node) == 0)
      return;

  input = &guest->inputs[guest->n_inputs];
  memset (input, 0, sizeof *input);
  snprintf (path, sizeof path, "/dev/input/%s", node);
  input->fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (input->fd < 0)
    return;
  snprintf (input->node, sizeof input->node, "%.15s", node);
  ioctl (input->fd, EVIOCGNAME (sizeof input->name), input->name);
  guest->n_inputs++;
  report (guest, "input %s", input->name);
}

static void
add_all_inputs (Guest *guest)
{
  DIR *dir = opendir ("/dev/input");
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    add_input (guest, entry->d_name);
  if (dir != NULL)
    closedir (dir);
}

static void
remove_input (Guest *guest, int i)
{
  report (guest, "gone %s", guest->inputs[i].name);
  close (guest->inputs[i].fd);
  guest->inputs[i] = guest->inputs[--guest->n_inputs];
}

static void
power_off (void)
{
  sync ();
  reboot (RB_POWER_OFF);
}

static void
read_input (Guest *guest, int i)
{
  Input *input = &guest->inputs[i];
  struct input_event event;
  ssize_t n;

  while ((n = read (input->fd, &event, sizeof event)) == sizeof event)
    {
      if (event.type == EV_KEY && event.value != 2)
        {
          input->moved = 0;
          report (guest, "key %d %d", event.code, event.value);
          if (event.code == KEY_POWER && event.value == 1 && !guest->deaf)
            power_off ();
          if (guest->hotkey != 0 && event.code == guest->hotkey && event.value == 0)
            port_write (&guest->back, "host\n");
        }
      else if ((event.type == EV_REL || event.type == EV_ABS) && !input->moved)
        {
          input->moved = 1;
          report (guest, "moved");
        }
    }
  if (n < 0 && errno == ENODEV)
    remove_input (guest, i);
}

static void
report_keys_down (Guest *guest)
{
  char text[200] = "";

  for (int i = 0; i < guest->n_inputs; i++)
    {
      unsigned char keys[KEY_MAX / 8 + 1] = { 0 };

      ioctl (guest->inputs[i].fd, EVIOCGKEY (sizeof keys), keys);
      for (int code = 0; code <= KEY_MAX; code++)
        if ((keys[code / 8] & (1 << (code % 8))) && strlen (text) < sizeof text - 8)
          sprintf (text + strlen (text), " %d", code);
    }
  report (guest, "down%s", text);
}

/* Ports by the kernel: inb and outb in a process of this guest end it, emulated as it all is. */
static unsigned char
read_port (int ports, off_t port)
{
  unsigned char value = 0xff;

  if (pread (ports, &value, 1, port) != 1)
    perror ("/dev/port");
  return value;
}

static void
write_port (int ports, int value, off_t port)
{
  unsigned char byte = (unsigned char) value;

  if (pwrite (ports, &byte, 1, port) != 1)
    perror ("/dev/port");
}

/* The PC speaker without a driver: the timer's second counter as a square wave, and its gate at port 0x61. */
static void
beep (Guest *guest, long hz)
{
  long count = hz > 0 ? 1193182 / hz : 0;
  int ports = open ("/dev/port", O_RDWR | O_CLOEXEC);

  if (hz > 0)
    {
      write_port (ports, 0xb6, 0x43);
      write_port (ports, count & 0xff, 0x42);
      write_port (ports, count >> 8, 0x42);
      write_port (ports, read_port (ports, 0x61) | 3, 0x61);
    }
  else
    {
      write_port (ports, read_port (ports, 0x61) & ~3, 0x61);
    }
  report (guest, "beeps (port 61: %02x)", read_port (ports, 0x61));
  close (ports);
}

static void
obey (Guest *guest, const char *line)
{
  if (strncmp (line, "say ", 4) == 0)
    {
      char text[256];

      snprintf (text, sizeof text, "%s\n", line + 4);
      port_write (&guest->back, text);
    }
  else if (strncmp (line, "alive ", 6) == 0)
    {
      guest->heartbeat_ms = atol (line + 6);
      guest->next_heartbeat = now_ms ();
    }
  else if (strncmp (line, "hotkey ", 7) == 0)
    guest->hotkey = atoi (line + 7);
  else if (strncmp (line, "beep ", 5) == 0)
    beep (guest, atol (line + 5));
  else if (strcmp (line, "down") == 0)
    report_keys_down (guest);
  else if (strcmp (line, "deaf") == 0)
    guest->deaf = 1;
  else if (strcmp (line, "off") == 0)
    power_off ();
}

static void
read_lab_port (Guest *guest)
{
  Port *port = &guest->lab;
  char c;

  while (read (port->fd, &c, 1) == 1)
    {
      if (c != '\n')
        {
          if (port->length < sizeof port->line - 1)
            port->line[port->length++] = c;
          continue;
        }
      port->line[port->length] = '\0';
      port->length = 0;
      obey (guest, port->line);
    }
}

/* The ports have names in sysfs only: what links /dev/virtio-ports elsewhere is udev. */
static void
open_port (Port *port)
{
  DIR *dir = opendir ("/sys/class/virtio-ports");
  struct dirent *entry;

  while (port->fd < 0 && dir != NULL && (entry = readdir (dir)) != NULL)
    {
      char path[300];
      char name[64] = "";
      int fd;

      snprintf (path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
      fd = open (path, O_RDONLY);
      if (fd < 0)
        continue;
      if (read (fd, name, sizeof name - 1) > 0)
        name[strcspn (name, "\n")] = '\0';
      close (fd);
      if (strcmp (name, port->name) != 0)
        continue;
      snprintf (path, sizeof path, "/dev/%s", entry->d_name);
      port->fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
  if (dir != NULL)
    closedir (dir);
}

/* Says "up" each time somebody outside opens the lab's port. */
static void
look_at_lab_port (Guest *guest)
{
  struct pollfd item = { guest->lab.fd, POLLIN, 0 };
  int is_open;

  poll (&item, 1, 0);
  is_open = !(item.revents & POLLHUP);
  if (is_open && !guest->lab.open_outside)
    report (guest, "up");
  guest->lab.open_outside = is_open;
}

static int
next_timeout (Guest *guest)
{
  long wait = guest->lab.open_outside ? -1 : RECONNECT_MS;

  if (guest->heartbeat_ms > 0)
    {
      long left = guest->next_heartbeat - now_ms ();

      left = left < 0 ? 0 : left;
      wait = wait < 0 || left < wait ? left : wait;
    }
  return (int) wait;
}

static void
run (Guest *guest, int watch)
{
  for (;;)
    {
      struct pollfd items[MAX_INPUTS + 2];
      int n = 0;

      look_at_lab_port (guest);
      for (int i = 0; i < guest->n_inputs; i++)
        items[n++] = (struct pollfd){ guest->inputs[i].fd, POLLIN, 0 };
      items[n++] = (struct pollfd){ watch, POLLIN, 0 };
      if (guest->lab.open_outside)
        items[n++] = (struct pollfd){ guest->lab.fd, POLLIN, 0 };
      poll (items, n, next_timeout (guest));

      if (guest->heartbeat_ms > 0 && now_ms () >= guest->next_heartbeat)
        {
          port_write (&guest->back, "alive\n");
          guest->next_heartbeat = now_ms () + guest->heartbeat_ms;
        }
      if (guest->lab.open_outside)
        read_lab_port (guest);
      /* Backwards: a device that is gone is replaced by the last one. */
      for (int i = guest->n_inputs - 1; i >= 0; i--)
        read_input (guest, i);

      char buffer[1024];
      if (read (watch, buffer, sizeof buffer) > 0)
        add_all_inputs (guest);
    }
}

int
main (void)
{
  static Guest guest = { .lab = { .name = "org.handover.lab.0", .fd = -1 },
                         .back = { .name = "org.handover.return.0", .fd = -1 } };
  int watch;

  mount ("proc", "/proc", "proc", 0, NULL);
  mount ("sysfs", "/sys", "sysfs", 0, NULL);
  mount ("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  setvbuf (stdout, NULL, _IOLBF, 0);
  load_drivers ();
  watch = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  mkdir ("/dev/input", 0755);
  inotify_add_watch (watch, "/dev/input", IN_CREATE);
  open_port (&guest.lab);
  open_port (&guest.back);
  add_all_inputs (&guest);
  printf ("lab: ready\n");
  run (&guest, watch);
}
