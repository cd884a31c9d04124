/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "preflight.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A small machine in a folder, and guests that would or would not start on it. */

typedef struct
{
  char *root;
} Fixture;

static void G_GNUC_PRINTF (3, 4) put (Fixture *fixture, const char *path, const char *format, ...)
{
  g_autofree char *file = g_build_filename (fixture->root, path, NULL);
  g_autofree char *dir = g_path_get_dirname (file);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

static void
put_link (Fixture *fixture, const char *path, const char *target)
{
  g_autofree char *link = g_build_filename (fixture->root, path, NULL);

  g_unlink (link);
  g_assert_cmpint (symlink (target, link), ==, 0);
}

static void
put_pci (Fixture *fixture, const char *address, guint class, const char *driver, const char *group)
{
  g_autofree char *dir = g_strconcat ("sys/bus/pci/devices/", address, NULL);
  g_autofree char *class_file = g_strconcat (dir, "/class", NULL);
  g_autofree char *driver_link = g_strconcat (dir, "/driver", NULL);
  g_autofree char *group_link = g_strconcat (dir, "/iommu_group", NULL);
  g_autofree char *driver_target = g_strconcat ("../../../drivers/", driver, NULL);
  g_autofree char *group_target = g_strconcat ("../../../kernel/iommu_groups/", group, NULL);

  put (fixture, class_file, "0x%06x\n", class);
  if (driver != NULL)
    put_link (fixture, driver_link, driver_target);
  if (group != NULL)
    put_link (fixture, group_link, group_target);
}

static void
put_usb (Fixture *fixture, const char *name, const char *vendor, const char *product, guint number)
{
  g_autofree char *dir = g_strconcat ("sys/bus/usb/devices/", name, "/", NULL);
  const char *const names[] = { "idVendor", "idProduct", "busnum" };
  const char *const values[] = { vendor, product, "1" };
  g_autofree char *devnum = g_strconcat (dir, "devnum", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_strconcat (dir, names[i], NULL);

      put (fixture, file, "%s\n", values[i]);
    }
  put (fixture, devnum, "%u\n", number);
}

#define PAGES "sys/kernel/mm/hugepages/hugepages-2048kB/"

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->root = g_dir_make_tmp ("ho-XXXXXX", NULL);
  put (fixture, "proc/meminfo", "MemTotal: 1 kB\nHugepagesize:       2048 kB\n");
  put (fixture, PAGES "nr_hugepages", "100\n");
  put (fixture, PAGES "free_hugepages", "60\n");
  put (fixture, PAGES "resv_hugepages", "10\n");
  put (fixture, PAGES "nr_overcommit_hugepages", "0\n");
  put (fixture, PAGES "surplus_hugepages", "0\n");
  put_pci (fixture, "0000:00:01.0", 0x060400, "pcieport", "1");
  put_pci (fixture, "0000:01:00.0", 0x030000, "nvidia", "1");
  put_pci (fixture, "0000:01:00.1", 0x040300, "snd_hda_intel", "1");
  put_pci (fixture, "0000:02:00.0", 0x030000, "vfio-pci", "2");
  put_pci (fixture, "0000:03:00.0", 0x020000, "e1000e", NULL);
  put_usb (fixture, "1-1", "046d", "c52b", 4);
  put_usb (fixture, "1-2", "1234", "0001", 5);
  put_usb (fixture, "1-3", "1234", "0001", 6);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *remove[] = { "rm", "-r", fixture->root, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (fixture->root);
}

static char *
explain (Fixture *fixture, const char *inside)
{
  g_autofree char *xml
      = g_strdup_printf ("<domain type='kvm'><name>win10</name>%s</domain>", inside);
  g_autoptr (GError) error = NULL;
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (xml, &error);
  g_autoptr (HoHost) host = ho_host_new (fixture->root);

  g_assert_no_error (error);
  return ho_preflight_explain (host, doc, "win10");
}

static void
assert_flies (Fixture *fixture, const char *inside)
{
  g_autofree char *why = explain (fixture, inside);

  g_assert_cmpstr (why, ==, NULL);
}

static void
assert_stays (Fixture *fixture, const char *inside, const char *piece)
{
  g_autofree char *why = explain (fixture, inside);

  if (why == NULL || strstr (why, piece) == NULL)
    g_error ("“%s” is not in: %s", piece, why != NULL ? why : "(nothing)");
}

#define MEMORY(mib, pages)                                                                         \
  "<memory unit='MiB'>" mib "</memory><memoryBacking>" pages "</memoryBacking>"

static void
test_memory (Fixture *fixture, gconstpointer data)
{
  assert_flies (fixture, "");
  assert_flies (fixture, MEMORY ("100000", ""));
  assert_flies (fixture, MEMORY ("100", "<hugepages/>"));
  assert_stays (fixture, MEMORY ("101", "<hugepages/>"), "needs 51 huge pages of 2048 KiB");
  assert_stays (fixture, MEMORY ("101", "<hugepages/>"), "only 50 are free");
  assert_stays (fixture, MEMORY ("101", "<hugepages/>"), "echo 101 | sudo tee");
  assert_stays (fixture, MEMORY ("200", "<hugepages><page size='2' unit='MiB'/></hugepages>"),
                "needs 100 huge pages");
  /* A size the kernel does not have, and what only libvirt can reckon. */
  assert_flies (fixture, MEMORY ("2048", "<hugepages><page size='1' unit='GiB'/></hugepages>"));
  assert_flies (fixture, MEMORY ("2048", "<hugepages><page size='2' unit='MiB' nodeset='0'/>"
                                         "</hugepages>"));
  put (fixture, PAGES "nr_overcommit_hugepages", "1\n");
  assert_flies (fixture, MEMORY ("102", "<hugepages/>"));
}

#define USB(policy, source)                                                                        \
  "<devices><hostdev mode='subsystem' type='usb'><source " policy ">" source                       \
  "</source></hostdev></devices>"
#define ID(vendor, product) "<vendor id='0x" vendor "'/><product id='0x" product "'/>"

static void
test_usb (Fixture *fixture, gconstpointer data)
{
  assert_flies (fixture, USB ("", ID ("046d", "c52b")));
  assert_stays (fixture, USB ("", ID ("046d", "c52c")), "046d:c52c, which is not plugged in");
  assert_stays (fixture, USB ("startupPolicy='mandatory'", ID ("046d", "c52c")), "046d:c52c");
  assert_flies (fixture, USB ("startupPolicy='optional'", ID ("046d", "c52c")));
  assert_flies (fixture, USB ("startupPolicy='requisite'", ID ("046d", "c52c")));
  assert_stays (fixture, USB ("", ID ("1234", "0001")), "2 of that kind");
  assert_flies (fixture, USB ("", ID ("1234", "0001") "<address bus='1' device='6'/>"));
  assert_flies (fixture, USB ("", "<address bus='1' device='6'/>"));
  assert_stays (fixture, USB ("", "<address bus='1' device='7'/>"), "device 7 on bus 1");
  assert_flies (fixture, USB ("", ""));
}

#define PCI(bus, function, managed)                                                                \
  "<hostdev mode='subsystem' type='pci' managed='" managed "'><source><address domain='0x0000' "   \
  "bus='0x" bus "' slot='0x00' function='0x" function "'/></source></hostdev>"
#define DEVICES(inside) "<devices>" inside "</devices>"

static void
test_pci (Fixture *fixture, gconstpointer data)
{
  assert_flies (fixture, DEVICES (PCI ("01", "0", "yes") PCI ("01", "1", "yes")));
  assert_stays (fixture, DEVICES (PCI ("01", "0", "yes")),
                "the host uses 0000:01:00.1 (snd_hda_intel), which is in the same IOMMU group 1");
  assert_stays (fixture, DEVICES (PCI ("01", "0", "no") PCI ("01", "1", "yes")),
                "0000:01:00.0: the host uses it (nvidia)");
  assert_flies (fixture, DEVICES (PCI ("02", "0", "no")));
  assert_stays (fixture, DEVICES (PCI ("03", "0", "yes")), "IOMMU is off");
  assert_stays (fixture, DEVICES (PCI ("09", "0", "yes")), "0000:09:00.0, which is not in this");
  put_pci (fixture, "0000:01:00.1", 0x040300, "vfio-pci", "1");
  assert_flies (fixture, DEVICES (PCI ("01", "0", "yes")));
}

static void
test_sound (Fixture *fixture, gconstpointer data)
{
  const char *devices = DEVICES ("<audio id='1' type='pulseaudio' serverName='unix:/run/s'/>");
  g_autofree char *path = g_build_filename (fixture->root, "run", "s", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_stays (fixture, devices, "plays to /run/s, where no sound server listens");
  put (fixture, "run/s", "a file");
  assert_stays (fixture, devices, "plays to /run/s");
  g_unlink (path);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  assert_stays (fixture, devices, "plays to /run/s"); /* nobody accepts */
  g_assert_cmpint (listen (fd, 1), ==, 0);
  assert_flies (fixture, devices);
  close (fd);
  assert_stays (fixture, devices, "plays to /run/s"); /* stale */
  assert_flies (fixture, DEVICES ("<audio id='1' type='pulseaudio' serverName='host:4713'/>"
                                  "<audio id='2' type='none'/>"));
}

/* All reasons are told at once. */
static void
test_several (Fixture *fixture, gconstpointer data)
{
  const char *inside = MEMORY ("101", "<hugepages/>")
      DEVICES (PCI ("01", "0", "yes") "<audio id='1' type='pulseaudio' serverName='/nowhere'/>");

  assert_stays (fixture, inside, "huge pages");
  assert_stays (fixture, inside, "IOMMU group 1");
  assert_stays (fixture, inside, "/nowhere");
}

static void
test_other_driver (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (
      "<domain type='test'><name>a</name>" DEVICES (PCI ("09", "0", "yes")) "</domain>", NULL);
  g_autoptr (HoHost) host = ho_host_new (fixture->root);

  g_assert_null (ho_preflight_explain (host, doc, "a"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/preflight/memory", test_memory);
  ADD ("/preflight/usb", test_usb);
  ADD ("/preflight/pci", test_pci);
  ADD ("/preflight/sound", test_sound);
  ADD ("/preflight/several", test_several);
  ADD ("/preflight/other-driver", test_other_driver);
  return g_test_run ();
}
