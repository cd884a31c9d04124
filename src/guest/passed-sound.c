/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "passed-sound.h"

#include <string.h>

#include <glib/gi18n.h>

/* Sound devices among those that are passed through to a guest, by what the kernel says they are:
 * PCI class 0x0401 (audio) and 0x0403 (HD audio), USB interface class 01. The sound function of a
 * graphics card is none: it leads to the card's monitor, and comes along with every card. */

static char *
read_attribute (const char *sysfs, const char *bus, const char *device, const char *name)
{
  g_autofree char *path = g_build_filename (sysfs, "bus", bus, "devices", device, name, NULL);
  char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    g_strstrip (text);
  return text;
}

static guint
read_hex (const char *sysfs, const char *bus, const char *device, const char *name)
{
  g_autofree char *text = read_attribute (sysfs, bus, device, name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 16) : 0;
}

/* `0000:01:00.1` is in the slot of `0000:01:00.0`. */
static gboolean
slot_has_display (const char *address, const char *sysfs)
{
  const char *dot = strrchr (address, '.');

  for (int function = 0; dot != NULL && function < 8; function++)
    {
      g_autofree char *sibling
          = g_strdup_printf ("%.*s.%d", (int) (dot - address), address, function);

      if (read_hex (sysfs, "pci", sibling, "class") >> 16 == 0x03)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_pci_sound (const char *address, const char *sysfs)
{
  guint class = read_hex (sysfs, "pci", address, "class") >> 8;

  return (class == 0x0401 || class == 0x0403) && !slot_has_display (address, sysfs);
}

static gboolean
has_sound_interface (const char *device, const char *sysfs)
{
  g_autofree char *path = g_build_filename (sysfs, "bus", "usb", "devices", NULL);
  g_autofree char *prefix = g_strconcat (device, ":", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_prefix (name, prefix)
          && read_hex (sysfs, "usb", name, "bInterfaceClass") == 0x01)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_usb_sound (const HoUsbHostdev *hostdev, const char *sysfs)
{
  g_autofree char *path = g_build_filename (sysfs, "bus", "usb", "devices", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && hostdev->vendor != 0 && (name = g_dir_read_name (dir)) != NULL)
    {
      if (strchr (name, ':') == NULL && read_hex (sysfs, "usb", name, "idVendor") == hostdev->vendor
          && read_hex (sysfs, "usb", name, "idProduct") == hostdev->product
          && has_sound_interface (name, sysfs))
        return TRUE;
    }
  return FALSE;
}

/**
 * ho_passed_sound_find:
 * @facts: what a guest's XML says
 * @sysfs: where sysfs is, `/sys`
 *
 * Returns: (transfer full) (nullable): in words, the first sound device among those that are passed
 *   through; %NULL if there is none, or none that is plugged in now
 */
char *
ho_passed_sound_find (HoDomainFacts *facts, const char *sysfs)
{
  for (guint i = 0; i < facts->pci_hostdevs->len; i++)
    {
      const HoPciHostdev *hostdev = facts->pci_hostdevs->pdata[i];

      if (is_pci_sound (hostdev->address, sysfs))
        return g_strdup_printf (_ ("PCI device %s"), hostdev->address);
    }
  for (guint i = 0; i < facts->usb_hostdevs->len; i++)
    {
      const HoUsbHostdev *hostdev = facts->usb_hostdevs->pdata[i];

      if (is_usb_sound (hostdev, sysfs))
        return g_strdup_printf (_ ("USB device %04x:%04x"), hostdev->vendor, hostdev->product);
    }
  return NULL;
}
