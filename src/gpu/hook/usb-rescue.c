/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "usb-rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* When QEMU dies while it has a USB device, the kernel leaves the device without a driver: a
 * keyboard is dead until somebody has its interfaces probed again. */

static guint
read_number (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (guint) g_ascii_strtoull (text, NULL, 10)
                                                       : 0;
}

static gboolean
is_in (const HoDomainFacts *facts, guint bus, guint device)
{
  for (guint i = 0; i < facts->usb_hostdevs->len; i++)
    {
      const HoUsbHostdev *hostdev = facts->usb_hostdevs->pdata[i];

      if (hostdev->bus != 0 && hostdev->bus == bus && hostdev->device == device)
        return TRUE;
    }
  return FALSE;
}

/* Not g_file_set_contents(), which would make a new file. */
static gboolean
probe (const char *root, const char *interface)
{
  g_autofree char *path = g_build_filename (root, "sys", "bus", "usb", "drivers_probe", NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean done;

  if (fd < 0)
    return FALSE;
  done = write (fd, interface, strlen (interface)) == (gssize) strlen (interface);
  close (fd);
  return done;
}

/* `1-1.2` has the interfaces `1-1.2:1.0` and so on. */
static guint
rescue_device (const char *root, const char *dir, const char *device)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  g_autofree char *prefix = g_strconcat (device, ":", NULL);
  const char *name;
  guint n = 0;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *driver = g_build_filename (dir, name, "driver", NULL);

      if (g_str_has_prefix (name, prefix) && !g_file_test (driver, G_FILE_TEST_EXISTS)
          && probe (root, name))
        n++;
    }
  return n;
}

/**
 * ho_usb_rescue:
 * @root: where `sys` is: `/`, or a constructed one
 * @facts: a guest that has stopped, as it was while it ran
 *
 * Has each driverless interface of the guest's USB devices probed.
 *
 * Returns: how many there were
 */
guint
ho_usb_rescue (const char *root, const HoDomainFacts *facts)
{
  g_autofree char *bus = g_build_filename (root, "sys", "bus", "usb", "devices", NULL);
  g_autoptr (GDir) entries = g_dir_open (bus, 0, NULL);
  const char *name;
  guint n = 0;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *dir = g_build_filename (bus, name, NULL);

      if (is_in (facts, read_number (dir, "busnum"), read_number (dir, "devnum")))
        n += rescue_device (root, dir, name);
    }
  return n;
}
