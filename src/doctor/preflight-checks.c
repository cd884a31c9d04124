/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "preflight-checks.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "xml-query.h"

#include <inttypes.h>

#include <glib/gi18n.h>

/* What makes a start fail, seen beforehand from sysfs and the guest's definition. */

static void G_GNUC_PRINTF (2, 3) add (GPtrArray *reasons, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (reasons, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Memory: https://www.kernel.org/doc/html/latest/admin-guide/mm/hugetlbpage.html */

static guint64
get_default_page_kib (const HoHost *host)
{
  g_autofree char *meminfo = ho_host_read (host, "/proc/meminfo");
  const char *line = meminfo != NULL ? strstr (meminfo, "\nHugepagesize:") : NULL;

  return line != NULL ? g_ascii_strtoull (line + strlen ("\nHugepagesize:"), NULL, 10) : 0;
}

static gint64
read_pages (const HoHost *host, guint64 page_kib, const char *name)
{
  gint64 number;

  ho_host_number (host, &number, "/sys/kernel/mm/hugepages/hugepages-%" G_GUINT64_FORMAT "kB/%s",
                  page_kib, name);
  return number;
}

void
ho_preflight_check_memory (const HoHost *host, xmlDoc *definition, const char *guest,
                           GPtrArray *reasons)
{
  guint64 memory = ho_xml_kib (definition, "/domain/memory");
  guint64 page = ho_xml_kib (definition, "/domain/memoryBacking/hugepages/page");
  gint64 needed, available, all;

  if (!ho_xml_has (definition, "/domain/memoryBacking/hugepages") || memory == 0)
    return;
  /* Pages of several sizes, or for single NUMA nodes, are for libvirt to reckon. */
  if (ho_xml_count (definition, "/domain/memoryBacking/hugepages/page") > 1
      || ho_xml_has (definition, "/domain/memoryBacking/hugepages/page/@nodeset"))
    return;
  if (page == 0)
    page = get_default_page_kib (host);
  if (page == 0
      || !ho_host_exists (host, "/sys/kernel/mm/hugepages/hugepages-%" G_GUINT64_FORMAT "kB", page))
    return;

  needed = (gint64) ((memory + page - 1) / page);
  all = read_pages (host, page, "nr_hugepages");
  available = read_pages (host, page, "free_hugepages") - read_pages (host, page, "resv_hugepages")
              + MAX (0, read_pages (host, page, "nr_overcommit_hugepages")
                            - read_pages (host, page, "surplus_hugepages"));
  if (available < needed)
    add (reasons,
         _ ("%s needs %" PRId64 " huge pages of %" PRIu64 " KiB, but only "
            "%" PRId64 " are free. Reserve more: echo %" PRId64
            " | sudo tee /sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages"),
         guest, needed, page, MAX (0, available), all + needed - MAX (0, available), page);
}

/* Sound: QEMU ends at once when it does not reach the server that <audio> names. */

/* 0, or why no server answers at @path as far as this user can tell. */
static int
try_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd, reason = 0;

  if (strlen (path) >= sizeof address.sun_path)
    return ENAMETOOLONG;
  memcpy (address.sun_path, path, strlen (path));
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return 0;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    reason = errno;
  close (fd);
  return reason;
}

void
ho_preflight_check_sound (const HoHost *host, xmlDoc *definition, const char *guest,
                          GPtrArray *reasons)
{
  g_autoptr (GPtrArray) audios
      = ho_xml_all (definition, "/domain/devices/audio[@type='pulseaudio'][@serverName]");

  for (guint i = 0; i < audios->len; i++)
    {
      g_autofree char *server = ho_xml_get_attribute (audios->pdata[i], "serverName");
      const char *path = g_str_has_prefix (server, "unix:") ? server + strlen ("unix:") : server;
      g_autofree char *there = *path == '/' ? ho_host_path (host, "%s", path) : NULL;
      int reason = there != NULL ? try_socket (there) : 0;

      /* Anything else may be different for the user that QEMU runs as. */
      if (reason == ENOENT || reason == ECONNREFUSED || reason == ENOTSOCK
          || reason == ENAMETOOLONG)
        add (
            reasons,
            _ ("%s plays to %s, where no sound server listens. “handover audio status” shows why."),
            guest, path);
    }
}

/* USB: https://libvirt.org/formatdomain.html#usb-pci-scsi-devices */

static guint
count_usb (const HoHost *host, guint64 vendor, guint64 product, guint64 bus, guint64 device)
{
  g_auto (GStrv) names = ho_host_list (host, "/sys/bus/usb/devices");
  guint n = 0;

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      static const char *const attributes[] = { "idVendor", "idProduct", "busnum", "devnum" };
      const guint64 wanted[] = { vendor, product, bus, device };
      gboolean fits = strchr (*name, ':') == NULL;

      for (gsize i = 0; fits && i < G_N_ELEMENTS (wanted); i++)
        {
          g_autofree char *text
              = ho_host_read (host, "/sys/bus/usb/devices/%s/%s", *name, attributes[i]);

          fits = wanted[i] == 0
                 || (text != NULL && g_ascii_strtoull (text, NULL, i < 2 ? 16 : 10) == wanted[i]);
        }
      n += fits;
    }
  return n;
}

static guint64
get_number (xmlNode *parent, const char *child, const char *attribute)
{
  g_autofree char *text = ho_xml_get_attribute (ho_xml_find_child (parent, child), attribute);
  guint64 number;

  return ho_xml_number (text, &number) ? number : 0;
}

void
ho_preflight_check_usb (const HoHost *host, xmlDoc *definition, const char *guest,
                        GPtrArray *reasons)
{
  g_autoptr (GPtrArray) sources
      = ho_xml_all (definition, "/domain/devices/hostdev[@mode='subsystem'][@type='usb']/source");

  if (!ho_host_exists (host, "/sys/bus/usb/devices"))
    return;
  for (guint i = 0; i < sources->len; i++)
    {
      xmlNode *source = sources->pdata[i];
      g_autofree char *policy = ho_xml_get_attribute (source, "startupPolicy");
      guint64 vendor = get_number (source, "vendor", "id");
      guint64 product = get_number (source, "product", "id");
      guint64 bus = get_number (source, "address", "bus");
      guint64 device = get_number (source, "address", "device");
      guint n;

      if (policy != NULL && !g_str_equal (policy, "mandatory"))
        continue;
      if (vendor == 0 && bus == 0)
        continue;
      n = count_usb (host, vendor, product, bus, device);
      if (n == 0 && vendor != 0)
        add (reasons,
             _ ("%s does not start without the USB device %04x:%04x, which is not plugged in. Plug "
                "it in, or give its <source> startupPolicy='optional'."),
             guest, (guint) vendor, (guint) product);
      else if (n == 0)
        add (
            reasons,
            _ ("%s does not start without USB device %u on bus %u, which is not there: the numbers "
               "change with every plug. Name it by vendor and product."),
            guest, (guint) device, (guint) bus);
      else if (n > 1 && bus == 0)
        add (
            reasons,
            _ ("%s wants the USB device %04x:%04x, but %u of that kind are plugged in. Unplug one, "
               "or name its bus and device."),
            guest, (guint) vendor, (guint) product, n);
    }
}

/* PCI: https://www.kernel.org/doc/html/latest/driver-api/vfio.html */

static char *
get_address (xmlNode *hostdev)
{
  xmlNode *source = ho_xml_find_child (hostdev, "source");

  if (ho_xml_find_child (source, "address") == NULL)
    return NULL;
  return g_strdup_printf ("%04x:%02x:%02x.%x", (guint) get_number (source, "address", "domain"),
                          (guint) get_number (source, "address", "bus"),
                          (guint) get_number (source, "address", "slot"),
                          (guint) get_number (source, "address", "function"));
}

static gboolean
is_vfio (const HoHostPci *pci)
{
  return g_strcmp0 (pci->driver, "vfio-pci") == 0;
}

/* A bridge, a function without a driver and pci-stub are no strangers to VFIO. */
static gboolean
may_share (const HoHostPci *pci)
{
  return pci->driver == NULL || is_vfio (pci) || g_str_equal (pci->driver, "pci-stub")
         || pci->class >> 8 == 0x0604;
}

static void
check_group (const HoHost *host, const HoHostPci *pci, GHashTable *passed, const char *guest,
             GPtrArray *reasons)
{
  for (guint i = 0; i < host->pci->len; i++)
    {
      const HoHostPci *other = host->pci->pdata[i];

      if (other->group != pci->group || may_share (other)
          || g_hash_table_contains (passed, other->address))
        continue;
      add (reasons,
           _ ("%s cannot have %s: the host uses %s (%s), which is in the same IOMMU group %d. Pass "
              "that to the guest as well."),
           guest, pci->address, other->address, other->driver, pci->group);
      return;
    }
}

static void
check_function (const HoHost *host, const char *address, gboolean managed, GHashTable *passed,
                const char *guest, GPtrArray *reasons)
{
  const HoHostPci *pci = ho_host_find_pci (host, address);

  if (pci == NULL)
    add (reasons,
         _ ("%s does not start without the PCI device %s, which is not in this machine. Addresses "
            "change when cards are moved: correct it in the guest's definition."),
         guest, address);
  else if (pci->group < 0)
    add (reasons,
         _ ("%s cannot have %s: the IOMMU is off. Switch VT-d or AMD-Vi on in the firmware; "
            "“handover doctor” shows what the kernel needs."),
         guest, address);
  else if (!managed && pci->driver != NULL && !is_vfio (pci))
    add (reasons,
         _ ("%s cannot have %s: the host uses it (%s), and its <hostdev> is not managed='yes'."),
         guest, address, pci->driver);
  else
    check_group (host, pci, passed, guest, reasons);
}

void
ho_preflight_check_pci (const HoHost *host, xmlDoc *definition, const char *guest,
                        GPtrArray *reasons)
{
  g_autoptr (GPtrArray) hostdevs
      = ho_xml_all (definition, "/domain/devices/hostdev[@mode='subsystem'][@type='pci']");
  g_autoptr (GHashTable) passed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < hostdevs->len; i++)
    {
      char *address = get_address (hostdevs->pdata[i]);

      if (address != NULL)
        g_hash_table_add (passed, address);
    }
  for (guint i = 0; i < hostdevs->len; i++)
    {
      g_autofree char *address = get_address (hostdevs->pdata[i]);

      if (address != NULL)
        check_function (host, address, ho_xml_attribute_is (hostdevs->pdata[i], "managed", "yes"),
                        passed, guest, reasons);
    }
}
