/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paths.h"

/* Where the installed pieces are. The environment variables let a build be run where it was built,
 * without being installed; tests and developers set them (see HACKING.md). */

/**
 * ho_paths_get_helper:
 * @program: the name of a program that Handover runs, such as `handover-keeper`
 *
 * Returns: (transfer full): its absolute path; whether it is there is not looked at.
 */
char *
ho_paths_get_helper (const char *program)
{
  const char *dir = g_getenv ("HANDOVER_LIBEXECDIR");

  return g_build_filename (dir != NULL ? dir : HO_LIBEXECDIR, program, NULL);
}

/**
 * ho_paths_get_data_file:
 * @name: the name of a file in Handover's own data directory
 *
 * Returns: (transfer full): its absolute path; whether it is there is not looked at.
 */
char *
ho_paths_get_data_file (const char *name)
{
  const char *dir = g_getenv ("HANDOVER_DATA_DIR");

  return g_build_filename (dir != NULL ? dir : HO_PKGDATADIR, name, NULL);
}

/**
 * ho_paths_get_icon_dir:
 *
 * Returns: the directory that holds the `hicolor` tree with Handover's icons. Trays get it by name,
 *   since not every one of them looks into the prefix that Handover is installed in.
 */
const char *
ho_paths_get_icon_dir (void)
{
  const char *dir = g_getenv ("HANDOVER_ICON_DIR");

  return dir != NULL ? dir : HO_ICONDIR;
}

/**
 * ho_paths_get_settings_file:
 *
 * Returns: (transfer full): the user's settings file
 */
char *
ho_paths_get_settings_file (void)
{
  return g_build_filename (g_get_user_config_dir (), "handover", "settings.ini", NULL);
}
