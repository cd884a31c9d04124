/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "error.h"

static void
test_exit_codes (void)
{
  const int codes[] = { 1, 2, 3, 4, 5, 1, 1, 1 };

  g_assert_cmpint (ho_error_get_exit_code (NULL), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = g_error_new (HO_ERROR, (int) i, "x");

      g_assert_cmpint (ho_error_get_exit_code (error), ==, codes[i]);
    }
}

static void
test_names_on_the_bus (void)
{
  g_autoptr (GError) error = g_error_new (HO_ERROR, HO_ERROR_REFUSED, "x");
  g_autofree char *name = g_dbus_error_encode_gerror (error);

  g_assert_cmpstr (name, ==, "org.handover.Error.Refused");
}

static void
test_silence (void)
{
  g_autoptr (GError) cancelled = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "x");
  g_autoptr (GError) failed = g_error_new (HO_ERROR, HO_ERROR_FAILED, "x");

  g_assert_true (ho_error_is_silent (cancelled));
  g_assert_false (ho_error_is_silent (failed));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/exit-codes", test_exit_codes);
  g_test_add_func ("/error/names-on-the-bus", test_names_on_the_bus);
  g_test_add_func ("/error/silence", test_silence);
  return g_test_run ();
}
