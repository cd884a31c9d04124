/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "accelerator.h"

#include "error.h"

static void
test_writings (void)
{
  static const struct
  {
    const char *text;
    const char *label;
    const char *trigger;
    gint32 qt;
  } rows[] = {
    { "<Primary><Alt>m", "Ctrl+Alt+M", "CTRL+ALT+m", 0x0c00004d },
    { "<alt><control>M", "Ctrl+Alt+M", "CTRL+ALT+m", 0x0c00004d },
    { "<Super>space", "Super+Space", "LOGO+space", 0x10000020 },
    { "<Shift><Primary>Page_Up", "Ctrl+Shift+PgUp", "CTRL+SHIFT+Prior", 0x07000016 },
    { "F13", "F13", "F13", 0x0100003c },
    { "Pause", "Pause", "Pause", 0x01000008 },
    { "<Primary>KP_5", "Ctrl+Keypad 5", "CTRL+KP_5", 0x24000035 },
    { "<Primary>odiaeresis", "Ctrl+Ö", "CTRL+odiaeresis", 0x040000d6 },
    { "<Super>XF86AudioMute", "Super+AudioMute", "LOGO+XF86AudioMute", 0x11000071 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *label = NULL;
      g_autofree char *trigger = NULL;
      HoAccelerator accelerator;
      HoAccelerator back;

      ho_accelerator_parse (rows[i].text, &accelerator, &error);
      g_assert_no_error (error);
      label = ho_accelerator_dup_label (&accelerator);
      g_assert_cmpstr (label, ==, rows[i].label);
      trigger = ho_accelerator_dup_trigger (&accelerator);
      g_assert_cmpstr (trigger, ==, rows[i].trigger);
      g_assert_cmphex (ho_accelerator_to_qt (&accelerator), ==, rows[i].qt);
      g_assert_true (ho_accelerator_from_qt (rows[i].qt, &back));
      g_assert_cmphex (back.keysym, ==, accelerator.keysym);
      g_assert_cmphex (back.modifiers, ==, accelerator.modifiers);
    }
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "",
    "m",
    "<Shift>m",
    "<Primary>",
    "<Primary>Shift_L",
    "<Primary><Alt>F1",
    "<Nonsense>m",
    "<Primary>nonsense",
    "<Primary",
    "<>m",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      HoAccelerator accelerator = { .keysym = 42 };

      g_assert_false (ho_accelerator_parse (texts[i], &accelerator, &error));
      g_assert_error (error, HO_ERROR, HO_ERROR_USAGE);
      g_assert_cmpint (accelerator.keysym, ==, 42);
    }
}

static void
test_foreign (void)
{
  HoAccelerator accelerator;

  g_assert_false (ho_accelerator_from_qt (0, &accelerator));
  g_assert_false (ho_accelerator_from_qt (0x01fffffe, &accelerator));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/accelerator/writings", test_writings);
  g_test_add_func ("/accelerator/refused", test_refused);
  g_test_add_func ("/accelerator/foreign", test_foreign);
  return g_test_run ();
}
