/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sides.h"

/* Who has what, from facts as `handover status --json` prints them. */

#define CARD(owner, more) "{'name': <'GTX'>, 'owner': <'" owner "'>" more "}"
#define DEVICE(name, kinds, more)                                                                  \
  "{'name': <'" name "'>, 'kinds': <" kinds ">, 'chosen': <true>" more "}"

static const char *const nothing = "@aa{sv} []";
static const char *const silence = "{'guests': <@aa{sv} []>}";

static GVariant *
parse (const char *type, const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
assert_sides (const char *gpus, const char *devices, const char *audio, const char *candidate,
              const char *expected)
{
  g_autoptr (GVariant) gpu_facts = parse ("aa{sv}", gpus);
  g_autoptr (GVariant) device_facts = parse ("aa{sv}", devices);
  g_autoptr (GVariant) audio_facts = parse ("a{sv}", audio);
  g_autoptr (HoSides) sides = ho_sides_new (gpu_facts, device_facts, audio_facts, candidate);
  g_autoptr (HoSides) again = ho_sides_new (gpu_facts, device_facts, audio_facts, candidate);
  g_autofree char *text = ho_sides_describe (sides);

  g_assert_cmpstr (text, ==, expected);
  g_assert_true (ho_sides_equal (sides, again));
}

static void
test_card (void)
{
  const char *mouse = "[" DEVICE ("M", "['mouse']", "") "]";

  assert_sides ("[" CARD ("host", "") "]", mouse, silence, "win10",
                "This computer: GTX, M, Sound. win10: nothing.");
  assert_sides ("[" CARD ("guest", ", 'guest': <'win10'>") "]", mouse, silence, NULL,
                "This computer: M, Sound. win10: GTX.");
  assert_sides ("[" CARD ("reserved", "") "]", mouse, silence, NULL,
                "This computer: GTX (set aside for guests), M, Sound.");
  assert_sides ("[" CARD ("none", "") "]", mouse, silence, NULL,
                "This computer: GTX (no driver), M, Sound.");
}

static void
test_two_guests (void)
{
  assert_sides ("[" CARD ("guest", ", 'guest': <'a'>") ", " CARD ("guest", ", 'guest': <'b'>") "]",
                "[" DEVICE ("K", "['keyboard']", ", 'guest': <'b'>") "]", silence, "a",
                "This computer: Sound. a: GTX. b: GTX, K.");
}

static void
test_devices (void)
{
  assert_sides (nothing, nothing, silence, "a",
                "This computer: Keyboard and mouse (none is chosen, so they stay here), Sound. "
                "a: nothing.");
  /* One that is not chosen is left out, unless a guest has it. */
  assert_sides (
      nothing,
      "[" DEVICE ("K", "['keyboard']", "") ", {'name': <'other'>, 'chosen': <false>}, "
                                           "{'name': <'pad'>, 'chosen': <false>, 'guest': <'a'>}]",
      silence, NULL, "This computer: K, Sound. a: pad.");
}

static void
test_kinds (void)
{
  g_autoptr (GVariant) gpus = parse ("aa{sv}", "[" CARD ("host", "") "]");
  g_autoptr (GVariant) audio = parse ("a{sv}", silence);
  g_autoptr (GVariant) devices
      = parse ("aa{sv}",
               "[" DEVICE ("K", "['keyboard']", "") ", " DEVICE ("M", "['mouse']", "") ", " DEVICE (
                   "R", "['keyboard', 'mouse']", "") ", " DEVICE ("O", "['other']", "") "]");
  g_autoptr (HoSides) sides = ho_sides_new (gpus, devices, audio, NULL);
  const HoThingKind expected[] = { HO_THING_CARD,  HO_THING_KEYBOARD, HO_THING_MOUSE,
                                   HO_THING_INPUT, HO_THING_INPUT,    HO_THING_SOUND };

  g_assert_cmpuint (sides->things->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < sides->things->len; i++)
    g_assert_cmpint (((HoThing *) sides->things->pdata[i])->kind, ==, expected[i]);
}

static void
test_sound (void)
{
  assert_sides (nothing, "[" DEVICE ("M", "['mouse']", "") "]",
                "{'guests': <[{'name': <'a'>, 'playing': <true>}, {'name': <'b'>, 'playing': "
                "<false>}, {'name': <'c'>, 'playing': <true>}]>}",
                NULL, "This computer: M, Sound (also of a, c).");
}

static void
test_differences (void)
{
  g_autoptr (GVariant) before = parse ("aa{sv}", "[" CARD ("host", "") "]");
  g_autoptr (GVariant) after = parse ("aa{sv}", "[" CARD ("reserved", "") "]");
  g_autoptr (GVariant) devices = parse ("aa{sv}", nothing);
  g_autoptr (GVariant) audio = parse ("a{sv}", silence);
  g_autoptr (HoSides) one = ho_sides_new (before, devices, audio, NULL);
  g_autoptr (HoSides) other = ho_sides_new (after, devices, audio, NULL);
  g_autoptr (HoSides) named = ho_sides_new (before, devices, audio, "a");

  g_assert_false (ho_sides_equal (one, other));
  g_assert_false (ho_sides_equal (one, named));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sides/card", test_card);
  g_test_add_func ("/sides/two-guests", test_two_guests);
  g_test_add_func ("/sides/devices", test_devices);
  g_test_add_func ("/sides/kinds", test_kinds);
  g_test_add_func ("/sides/sound", test_sound);
  g_test_add_func ("/sides/differences", test_differences);
  return g_test_run ();
}
