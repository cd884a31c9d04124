/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "settings-check.h"
#include "settings.h"

/* The settings file, as people edit it: a file that cannot be used has a warning, and every warning
 * is a sentence that names the file. */

static GSettingsSchema *global_schema, *guest_schema;

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_autoptr (GSettingsSchemaSource) source
      = g_settings_schema_source_new_from_directory (SCHEMA_DIR, NULL, TRUE, NULL);

  g_assert_nonnull (source);
  global_schema = g_settings_schema_source_lookup (source, HO_SETTINGS_SCHEMA, FALSE);
  guest_schema = g_settings_schema_source_lookup (source, HO_SETTINGS_GUEST_SCHEMA, FALSE);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("settings", MFD_CLOEXEC);
  g_autofree char *file = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_auto (GStrv) warnings = NULL;
  gboolean usable = FALSE;

  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  warnings = ho_settings_check_file (file, global_schema, guest_schema, &usable);
  g_assert_true (usable || warnings[0] != NULL);
  for (char **warning = warnings; *warning != NULL; warning++)
    {
      g_assert_true (g_utf8_validate (*warning, -1, NULL));
      g_assert_nonnull (strstr (*warning, file));
    }
  close (fd);
  return 0;
}
