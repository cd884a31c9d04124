/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <glib.h>

/* Stands in for libFuzzer where there is none: feeds the files of a corpus, once each. */

static guint
replay_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  guint count = 0;

  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *text = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (file, &text, &size, NULL));
      LLVMFuzzerTestOneInput ((const uint8_t *) text, size);
      count++;
    }
  return count;
}

int
main (int argc, char **argv)
{
  guint count = 0;

  LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    count += replay_folder (argv[i]);
  g_assert_cmpuint (count, >, 0);
  g_print ("%u inputs\n", count);
  return 0;
}
