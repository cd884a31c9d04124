/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *ho_paths_get_helper (const char *program);
char *ho_paths_get_data_file (const char *name);
const char *ho_paths_get_icon_dir (void);
char *ho_paths_get_settings_file (void);

G_END_DECLS
