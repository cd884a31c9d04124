/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "input-text.h"

/* Before libvirt has answered, only the kernel says that something is away. */
static void
test_nobody_known (void)
{
  for (HoInputLocation location = HO_INPUT_UNCONFIGURED; location <= HO_INPUT_PARTIAL; location++)
    {
      g_autofree char *text = ho_input_text_describe (location, NULL);

      g_assert_nonnull (text);
      g_assert_null (strstr (text, "(null)"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/input-text/nobody-known", test_nobody_known);
  return g_test_run ();
}
