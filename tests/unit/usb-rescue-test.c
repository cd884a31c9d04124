/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-root.h"
#include "usb-rescue.h"

/* Devices that a guest's death has left without a driver, in a constructed sysfs. */

#define DEVICES "sys/bus/usb/devices/"
#define PROBE "sys/bus/usb/drivers_probe"
#define HOSTDEV(bus, device)                                                                       \
  "<hostdev mode='subsystem' type='usb'><source><vendor id='0x0627'/><product id='0x0001'/>"       \
  "<address bus='" bus "' device='" device "'/></source></hostdev>"
#define GUEST(devices)                                                                             \
  "<domain type='kvm'><name>win10</name><uuid>2d3ec3a6-6a1c-4a8e-9f0b-0b5f4e8b0001</uuid>"         \
  "<devices>" devices "</devices></domain>"

typedef struct
{
  FakeRoot *root;
} Fixture;

static void
add_device (FakeRoot *root, const char *name, const char *bus, const char *device)
{
  g_autofree char *bus_file = g_strconcat (DEVICES, name, "/busnum", NULL);
  g_autofree char *device_file = g_strconcat (DEVICES, name, "/devnum", NULL);

  fake_root_write (root, bus_file, bus);
  fake_root_write (root, device_file, device);
}

/* Without a driver when @driver is %NULL. */
static void
add_interface (FakeRoot *root, const char *device, const char *name, const char *driver)
{
  g_autofree char *file = g_strconcat (DEVICES, device, "/", name, "/bInterfaceNumber", NULL);
  g_autofree char *link = g_strconcat (DEVICES, device, "/", name, "/driver", NULL);
  g_autofree char *known = g_strconcat ("sys/bus/usb/drivers/", driver, "/bind", NULL);
  g_autofree char *target = g_strconcat ("../../../drivers/", driver, NULL);

  fake_root_write (root, file, "00\n");
  if (driver == NULL)
    return;
  fake_root_write (root, known, "");
  fake_root_link (root, link, target);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  FakeRoot *root = fixture->root = fake_root_new ();

  fake_root_write (root, PROBE, "");
  add_device (root, "1-1", "1\n", "5\n");
  add_interface (root, "1-1", "1-1:1.0", "usbhid");
  add_interface (root, "1-1", "1-1:1.1", NULL);
  add_device (root, "1-2", "1\n", "6\n");
  add_interface (root, "1-2", "1-2:1.0", NULL);
  add_device (root, "2-1", "2\n", "5\n");
  add_interface (root, "2-1", "2-1:1.0", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_root_free (fixture->root);
}

/* Returns what was asked to be probed. */
static char *
rescue (Fixture *fixture, const char *xml, guint n)
{
  g_autoptr (HoDomainFacts) facts = ho_domain_facts_new_from_xml (xml, NULL);
  g_autofree char *file = g_build_filename (fixture->root->path, PROBE, NULL);
  char *text = NULL;

  g_assert_nonnull (facts);
  g_assert_cmpuint (ho_usb_rescue (fixture->root->path, facts), ==, n);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  return text;
}

/* What has a driver keeps it, and what was not the guest's is not touched. */
static void
test_one (Fixture *fixture, gconstpointer data)
{
  g_autofree char *probed = rescue (fixture, GUEST (HOSTDEV ("1", "5")), 1);

  g_assert_cmpstr (probed, ==, "1-1:1.1");
}

static void
test_several (Fixture *fixture, gconstpointer data)
{
  g_autofree char *probed
      = rescue (fixture, GUEST (HOSTDEV ("1", "6") HOSTDEV ("2", "5") HOSTDEV ("3", "1")), 2);

  g_assert_cmpuint (strlen (probed), ==, strlen ("1-2:1.0"));
}

/* A guest that never ran has no addresses in its XML. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  g_autofree char *probed
      = rescue (fixture,
                GUEST ("<hostdev mode='subsystem' type='usb'><source><vendor id='0x0627'/>"
                       "<product id='0x0001'/></source></hostdev>"),
                0);

  g_assert_cmpstr (probed, ==, "");
}

static void
test_no_usb (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoDomainFacts) facts = ho_domain_facts_new_from_xml (GUEST (HOSTDEV ("1", "5")), NULL);

  fake_root_remove (fixture->root, PROBE);
  g_assert_cmpuint (ho_usb_rescue (fixture->root->path, facts), ==, 0);
  fake_root_remove (fixture->root, "sys/bus");
  g_assert_cmpuint (ho_usb_rescue (fixture->root->path, facts), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/usb-rescue/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (one);
  ADD (several);
  ADD (none);
  ADD (no_usb);
#undef ADD
  return g_test_run ();
}
