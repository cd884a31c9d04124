/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "share-address.h"

static void
assert_way (const char *interfaces, HoShareWay expected, const char *expected_bridge)
{
  g_autofree char *xml = g_strdup_printf ("<domain><devices>%s</devices></domain>", interfaces);
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (xml, NULL);
  g_autofree char *bridge = NULL;

  g_assert_cmpint (ho_share_address_find_way (doc, &bridge), ==, expected);
  g_assert_cmpstr (bridge, ==, expected_bridge);
}

#define MACVTAP "<interface type='direct'><source dev='eth0' mode='bridge'/></interface>"

static void
test_way (void)
{
  assert_way ("", HO_SHARE_UNKNOWN, NULL);
  assert_way ("<interface type='bridge'><source bridge='br0'/></interface>", HO_SHARE_BRIDGE,
              "br0");
  assert_way ("<interface type='network'><source network='default' bridge='virbr0'/></interface>",
              HO_SHARE_BRIDGE, "virbr0");
  assert_way ("<interface type='network'><source network='default'/></interface>", HO_SHARE_UNKNOWN,
              NULL);
  assert_way ("<interface type='user'/>", HO_SHARE_USER, NULL);
  assert_way (MACVTAP, HO_SHARE_ISOLATED, NULL);
  /* A second one that leads to the host is what counts. */
  assert_way (MACVTAP "<interface type='bridge'><source bridge='br0'/></interface>",
              HO_SHARE_BRIDGE, "br0");
  assert_way (MACVTAP "<interface type='network'><source network='default'/></interface>",
              HO_SHARE_UNKNOWN, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/share-address/way", test_way);
  return g_test_run ();
}
