/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cpu-allowance.h"

/* What a unit may still use, for what it could use before and what is set aside. */
static void
test_plan (void)
{
  static const struct
  {
    const char *base;
    const char *online;
    const char *shield;
    gboolean ok;
    const char *next;
  } cases[] = {
    { "", "0-3", "2-3", TRUE, "0-1" },
    { "", "0-3", "0", TRUE, "1-3" },
    { "0-2", "0-3", "2-3", TRUE, "0-1" },
    { "", "0-3", "", TRUE, "" },
    { "0-2", "0-3", "", TRUE, "0-2" },
    /* Nothing left, or nothing that is there. */
    { "", "0-3", "0-3", FALSE, NULL },
    { "2-3", "0-3", "2-3", FALSE, NULL },
    { "2-9", "0-3", "2-3", FALSE, NULL },
    { "", "0-3,64", "0-3", TRUE, "64" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      HoCpuSet base, online, shield, next;
      g_autofree char *text = NULL;

      g_assert_true (ho_cpu_set_parse (&base, cases[i].base));
      g_assert_true (ho_cpu_set_parse (&online, cases[i].online));
      g_assert_true (ho_cpu_set_parse (&shield, cases[i].shield));
      g_assert_cmpint (ho_cpu_allowance_plan (&base, &online, &shield, &next), ==, cases[i].ok);
      text = ho_cpu_set_to_string (&next);
      if (cases[i].ok)
        g_assert_cmpstr (text, ==, cases[i].next);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cpu-allowance/plan", test_plan);
  return g_test_run ();
}
