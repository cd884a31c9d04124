/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "own-events.h"

#define UUID "00000000-0000-4000-8000-000000000001"

static HoDomainFacts *
make_facts (const char *alias)
{
  g_autofree char *xml = g_strdup_printf (
      "<domain><name>win10</name><uuid>" UUID "</uuid><devices><hostdev type='usb'><source>"
      "<vendor id='0x1111'/><product id='0x0001'/><address bus='1' device='2'/></source>"
      "<alias name='%s'/></hostdev></devices></domain>",
      alias);
  g_autoptr (GError) error = NULL;
  HoDomainFacts *facts = ho_domain_facts_new_from_xml (xml, &error);

  g_assert_no_error (error);
  return facts;
}

/* However early or late the event of our own device is, nothing is read for it. */
static void
test_own (void)
{
  HoOwnEvents *events = ho_own_events_new ();
  g_autoptr (HoDomainFacts) facts = make_facts ("hostdev0");

  g_assert_false (ho_own_events_take (events, UUID, "hostdev0"));
  ho_own_events_begin (events, UUID);
  g_assert_true (ho_own_events_take (events, UUID, "hostdev0"));
  g_assert_false (ho_own_events_end (events, UUID, facts));
  g_assert_true (ho_own_events_take (events, UUID, "hostdev0"));
  ho_own_events_free (events);
}

/* What somebody else has plugged in is read. */
static void
test_foreign (void)
{
  HoOwnEvents *events = ho_own_events_new ();
  g_autoptr (HoDomainFacts) facts = make_facts ("hostdev0");

  ho_own_events_begin (events, UUID);
  g_assert_true (ho_own_events_take (events, UUID, "hostdev1"));
  g_assert_true (ho_own_events_end (events, UUID, facts));
  g_assert_false (ho_own_events_take (events, UUID, "hostdev1"));

  ho_own_events_begin (events, UUID);
  g_assert_false (ho_own_events_end (events, UUID, facts));
  g_assert_false (ho_own_events_take (events, UUID, "hostdev1"));
  ho_own_events_free (events);
}

/* The alias is given again once the device has gone, or the guest has started anew. */
static void
test_forgotten (void)
{
  HoOwnEvents *events = ho_own_events_new ();
  g_autoptr (HoDomainFacts) facts = make_facts ("hostdev0");

  ho_own_events_begin (events, UUID);
  g_assert_false (ho_own_events_end (events, UUID, facts));
  ho_own_events_forget (events, UUID);
  g_assert_false (ho_own_events_take (events, UUID, "hostdev0"));

  ho_own_events_begin (events, UUID);
  ho_own_events_forget (events, UUID); /* of before the call's end */
  g_assert_false (ho_own_events_end (events, UUID, facts));
  ho_own_events_forget_all (events);
  g_assert_false (ho_own_events_take (events, UUID, "hostdev0"));
  ho_own_events_free (events);
}

/* A call that failed was followed by no reading. */
static void
test_failed (void)
{
  HoOwnEvents *events = ho_own_events_new ();

  ho_own_events_begin (events, UUID);
  ho_own_events_begin (events, UUID);
  g_assert_false (ho_own_events_end (events, UUID, NULL));
  g_assert_true (ho_own_events_take (events, UUID, "hostdev0"));
  g_assert_true (ho_own_events_end (events, UUID, NULL));
  g_assert_false (ho_own_events_take (events, UUID, "hostdev0"));
  ho_own_events_free (events);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/own-events/own", test_own);
  g_test_add_func ("/own-events/foreign", test_foreign);
  g_test_add_func ("/own-events/forgotten", test_forgotten);
  g_test_add_func ("/own-events/failed", test_failed);
  return g_test_run ();
}
