/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paths.h"

#include <unistd.h>

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
  const char *variable = g_getenv ("HANDOVER_LIBEXECDIR");
  g_auto (GStrv) dirs
      = g_strsplit (variable != NULL ? variable : HO_LIBEXECDIR, G_SEARCHPATH_SEPARATOR_S, -1);

  /* A build folder has them in several places. */
  for (char **dir = dirs; *dir != NULL; dir++)
    {
      g_autofree char *path = g_build_filename (*dir, program, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  return g_build_filename (dirs[0] != NULL ? dirs[0] : HO_LIBEXECDIR, program, NULL);
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
 * ho_paths_get_locale_dir:
 *
 * Returns: the directory that holds the translations
 */
const char *
ho_paths_get_locale_dir (void)
{
  const char *dir = g_getenv ("HANDOVER_LOCALE_DIR");

  return dir != NULL ? dir : HO_LOCALEDIR;
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

/**
 * ho_paths_get_runtime_dir:
 *
 * Returns: (transfer full): the folder for what lasts as long as the user is logged in, also from a
 *   login without `XDG_RUNTIME_DIR`; whether it is there is not looked at.
 */
char *
ho_paths_get_runtime_dir (void)
{
  const char *dir = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *usual = g_strdup_printf ("/run/user/%u", (guint) getuid ());

  if (dir == NULL && g_file_test (usual, G_FILE_TEST_IS_DIR))
    dir = usual;
  return g_build_filename (dir != NULL ? dir : g_get_user_runtime_dir (), "handover", NULL);
}

/**
 * ho_paths_get_run_dir:
 *
 * Returns: (transfer full): the user's folder for sockets that QEMU must reach, which it could not
 *   in the user's own runtime directory. systemd-tmpfiles makes the folder around it; whether it is
 *   there is not looked at.
 */
char *
ho_paths_get_run_dir (void)
{
  const char *dir = g_getenv ("HANDOVER_RUN_DIR");
  g_autofree char *uid = g_strdup_printf ("%u", (guint) getuid ());

  return g_build_filename (dir != NULL ? dir : "/run/handover", uid, NULL);
}

/**
 * ho_paths_is_sandboxed:
 *
 * Returns: whether this is a Flatpak, in which the host's processes, kernel events and files are
 *   out of reach
 */
gboolean
ho_paths_is_sandboxed (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

/**
 * ho_paths_get_desktop_config_dir:
 *
 * Returns: (transfer full): the directory where the user's desktop keeps its configuration, which
 *   in a sandbox is not Handover's own
 */
char *
ho_paths_get_desktop_config_dir (void)
{
  const char *outside = g_getenv ("HOST_XDG_CONFIG_HOME");

  if (!ho_paths_is_sandboxed ())
    return g_strdup (g_get_user_config_dir ());
  if (outside != NULL && *outside != '\0')
    return g_strdup (outside);
  return g_build_filename (g_get_home_dir (), ".config", NULL);
}
