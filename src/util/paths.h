/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *ho_paths_get_helper (const char *program);
char *ho_paths_get_data_file (const char *name);
const char *ho_paths_get_icon_dir (void);
const char *ho_paths_get_locale_dir (void);
char *ho_paths_get_settings_file (void);
char *ho_paths_get_runtime_dir (void);
char *ho_paths_get_run_dir (void);
char *ho_paths_get_desktop_config_dir (void);
gboolean ho_paths_is_sandboxed (void);

G_END_DECLS
