/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings-check.h"

#include <glib/gstdio.h>

#include "settings.h"

static void
check (const char *text, const char *expected, gboolean expect_usable)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) global
      = g_settings_schema_source_lookup (source, HO_SETTINGS_SCHEMA, TRUE);
  g_autoptr (GSettingsSchema) guest
      = g_settings_schema_source_lookup (source, HO_SETTINGS_GUEST_SCHEMA, TRUE);
  g_autofree char *root = g_dir_make_tmp ("handover-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (root, "settings.ini", NULL);
  g_auto (GStrv) warnings = NULL;
  gboolean usable;

  g_assert_nonnull (global);
  g_assert_nonnull (guest);
  if (text != NULL)
    g_assert_true (g_file_set_contents (file, text, -1, NULL));
  warnings = ho_settings_check_file (file, global, guest, &usable);
  g_assert_cmpint (usable, ==, expect_usable);
  if (expected == NULL)
    {
      g_assert_cmpuint (g_strv_length (warnings), ==, 0);
    }
  else
    {
      g_assert_cmpuint (g_strv_length (warnings), ==, 1);
      g_assert_nonnull (strstr (warnings[0], expected));
      g_assert_nonnull (strstr (warnings[0], file));
      g_assert_true (g_utf8_validate (warnings[0], -1, NULL));
    }
  g_remove (file);
  g_rmdir (root);
}

static void
test_files (void)
{
  check (NULL, NULL, TRUE);
  check ("[settings]\nshutdown-timeout=uint32 30\nclick-action='menu'\n", NULL, TRUE);
  check ("[guests/6695eb01-f6a4-8304-79aa-97f2502e193f]\nshutdown-timeout=30\n", NULL, TRUE);
  check ("[settings]\nshutdown-timeout='x'\n", "shutdown-timeout", TRUE);
  check ("[settings]\nshutdown-timeout=0\n", "shutdown-timeout", TRUE);
  check ("[settings]\nclick-action='explode'\n", "click-action", TRUE);
  check ("[settings]\nno-such-key=1\n", "no-such-key", TRUE);
  check ("[guests/win10]\nshutdown-timeout=30\n", "guests/win10", TRUE);
  check ("[settings]\nclick-action='\xfc' \n", "click-action", TRUE); /* Latin-1 */
  check ("[settings]\nclick\xfc=1\n", "no such setting", TRUE);
  check ("rubbish", "cannot be used", FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings-check/files", test_files);
  return g_test_run ();
}
