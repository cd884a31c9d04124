/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *ho_xml_backup_get_dir (const char *uuid);
char *ho_xml_backup_save (const char *uuid, const char *xml, const char *undone, GError **error);
GPtrArray *ho_xml_backup_list (const char *uuid, GError **error);
char *ho_xml_backup_load (const char *uuid, const char *name, GError **error);

G_END_DECLS
