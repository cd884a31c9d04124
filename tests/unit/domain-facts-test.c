/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "domain-facts.h"

#include "error.h"

#define DOMAIN(devices)                                                                            \
  "<domain><name>win10</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><devices>" devices   \
  "</devices></domain>"
#define PCI(bus, function)                                                                         \
  "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='" bus  \
  "' slot='0x00' function='" function "'/></source></hostdev>"

static HoDomainFacts *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  HoDomainFacts *facts = ho_domain_facts_new_from_xml (xml, &error);

  g_assert_no_error (error);
  return facts;
}

static void
test_pci (void)
{
  g_autoptr (HoDomainFacts) facts = parse (DOMAIN (PCI ("0x01", "0x0") PCI ("10", "0x1")));
  const HoPciHostdev *hostdev;

  g_assert_cmpstr (facts->name, ==, "win10");
  g_assert_cmpuint (facts->pci_hostdevs->len, ==, 2);
  hostdev = facts->pci_hostdevs->pdata[0];
  g_assert_cmpstr (hostdev->address, ==, "0000:01:00.0");
  g_assert_true (hostdev->managed);
  hostdev = facts->pci_hostdevs->pdata[1];
  g_assert_cmpstr (hostdev->address, ==, "0000:0a:00.1");
}

static void
test_usb (void)
{
  g_autoptr (HoDomainFacts) facts
      = parse (DOMAIN ("<hostdev mode='subsystem' type='usb'><source missing='yes'>"
                       "<vendor id='0x046d'/><product id='0xc52b'/><address bus='1' device='5'/>"
                       "</source><alias name='hostdev0'/></hostdev>"));
  const HoUsbHostdev *hostdev = facts->usb_hostdevs->pdata[0];

  g_assert_cmpuint (hostdev->vendor, ==, 0x046d);
  g_assert_cmpuint (hostdev->product, ==, 0xc52b);
  g_assert_cmpuint (hostdev->bus, ==, 1);
  g_assert_cmpuint (hostdev->device, ==, 5);
  g_assert_cmpstr (hostdev->alias, ==, "hostdev0");
  g_assert_true (hostdev->missing);
}

static void
test_channels (void)
{
  g_autoptr (HoDomainFacts) facts
      = parse (DOMAIN ("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' "
                       "state='connected'/></channel>"
                       "<channel type='unix'><target type='virtio' name='org.handover.return.0'/>"
                       "</channel>"));

  g_assert_cmpint (facts->agent, ==, HO_CHANNEL_CONNECTED);
  g_assert_cmpint (facts->return_channel, ==, HO_CHANNEL_DISCONNECTED);
}

static void
test_bad (void)
{
  const char *const texts[] = { "", "<domain>", "<host/>", "no XML",
                                "<!DOCTYPE d [<!ENTITY e SYSTEM '/etc/passwd'>]><d>&e;</d>" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ho_domain_facts_new_from_xml (texts[i], &error));
      g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
    }
}

/* A hostdev whose address cannot be is left out; the rest is read. */
static void
test_bad_address (void)
{
  g_autoptr (HoDomainFacts) facts
      = parse (DOMAIN (PCI ("0x100", "0x0") PCI ("-1", "0x0") PCI ("x", "0") PCI ("0x02", "0x0")));

  g_assert_cmpuint (facts->pci_hostdevs->len, ==, 1);
}

static void
test_equal (void)
{
  g_autoptr (HoDomainFacts) a = parse (DOMAIN (PCI ("0x01", "0x0")));
  g_autoptr (HoDomainFacts) same = parse (DOMAIN (PCI ("1", "0")));
  g_autoptr (HoDomainFacts) other = parse (DOMAIN (PCI ("0x01", "0x1")));

  g_assert_true (ho_domain_facts_equal (a, same));
  g_assert_false (ho_domain_facts_equal (a, other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-facts/pci", test_pci);
  g_test_add_func ("/domain-facts/usb", test_usb);
  g_test_add_func ("/domain-facts/channels", test_channels);
  g_test_add_func ("/domain-facts/bad", test_bad);
  g_test_add_func ("/domain-facts/bad-address", test_bad_address);
  g_test_add_func ("/domain-facts/equal", test_equal);
  return g_test_run ();
}
