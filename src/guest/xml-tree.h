/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

typedef xmlDoc HoXmlDoc;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoXmlDoc, xmlFreeDoc)

xmlDoc *ho_xml_parse_domain (const char *xml, GError **error);
char *ho_xml_print (xmlDoc *doc);

xmlNode *ho_xml_find_child (xmlNode *parent, const char *name);
xmlNode *ho_xml_find_child_ns (xmlNode *parent, const char *href, const char *name);
xmlNode *ho_xml_find_next (xmlNode *node, const char *name);
char *ho_xml_get_attribute (xmlNode *node, const char *name);
gboolean ho_xml_attribute_is (xmlNode *node, const char *name, const char *expected);
char *ho_xml_get_text (xmlNode *node);

xmlNode *ho_xml_add_child (xmlNode *parent, const char *name, ...) G_GNUC_NULL_TERMINATED;
void ho_xml_set_attribute (xmlNode *node, const char *name, const char *value);
void ho_xml_set_text (xmlNode *node, const char *text);
void ho_xml_remove (xmlNode *node);

G_END_DECLS
