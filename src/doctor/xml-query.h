/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "xml-tree.h"

G_BEGIN_DECLS

GPtrArray *ho_xml_all (xmlDoc *doc, const char *xpath);
xmlNode *ho_xml_first (xmlDoc *doc, const char *xpath);
guint ho_xml_count (xmlDoc *doc, const char *xpath);
gboolean ho_xml_has (xmlDoc *doc, const char *xpath);
char *ho_xml_text (xmlDoc *doc, const char *xpath);
guint64 ho_xml_kib (xmlDoc *doc, const char *xpath);
gboolean ho_xml_number (const char *text, guint64 *number);

G_END_DECLS
