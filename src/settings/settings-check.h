/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *ho_settings_check_text (const char *key, const char *text);
char **ho_settings_check_file (const char *file, GSettingsSchema *global, GSettingsSchema *guest,
                               gboolean *usable);

G_END_DECLS
