/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <stdio.h>

/* Prints data/help/checks.md, the table of all checks. With a file as argument it compares instead:
 * the table is made from the code, and a test sees to it that nobody forgets to. */

static void
append_check (GString *text, const HoCheck *check)
{
  const char *comma = "";

  g_string_append_printf (text, "| `%s` | %s | %s ([source](%s)) | ", check->id, check->title,
                          check->why, check->source);
  for (int verdict = 0; verdict < HO_N_VERDICTS; verdict++)
    {
      if ((check->verdicts & (1u << verdict)) == 0)
        continue;
      g_string_append_printf (text, "%s%s", comma, ho_verdict_to_string (verdict));
      comma = ", ";
    }
  g_string_append_printf (text, " | %s |\n", check->fix != NULL ? "offered" : "");
}

static char *
make_table (void)
{
  g_autoptr (GString) text = g_string_new (
      "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n"
      "<!-- Made from the code: _build/tests/unit/doctor-table > "
      "data/help/checks.md -->\n# What the doctor looks at\n\n"
      "A check says nothing where it has nothing to look at, and “unknown” where it "
      "cannot tell.\n");
  int family = -1;

  for (const HoCheck *const *check = ho_checks_get (); *check != NULL; check++)
    {
      if ((int) (*check)->family != family)
        g_string_append_printf (text,
                                "\n## %s\n\n| check | what it asks | why it matters | says | "
                                "change of the guest |\n|---|---|---|---|---|\n",
                                ho_family_get_title ((*check)->family));
      family = (int) (*check)->family;
      append_check (text, *check);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

int
main (int argc, char **argv)
{
  g_autofree char *table = make_table ();
  g_autofree char *file = NULL;

  if (argc < 2)
    {
      fputs (table, stdout); /* in UTF-8, whatever the locale */
      return 0;
    }
  if (!g_file_get_contents (argv[1], &file, NULL, NULL) || !g_str_equal (file, table))
    {
      g_printerr ("%s is not what the code says. Run: %s > %s\n", argv[1], argv[0], argv[1]);
      return 1;
    }
  return 0;
}
