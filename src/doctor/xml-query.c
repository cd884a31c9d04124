/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "xml-query.h"

#include <errno.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

/* Asking domain XML, https://libvirt.org/formatdomain.html. A document that lacks what
 * is asked for answers with nothing; none of this fails otherwise. */

typedef xmlXPathContext XPathContext;
typedef xmlXPathObject XPathObject;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XPathObject, xmlXPathFreeObject)

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

static xmlXPathObject *
evaluate (xmlDoc *doc, const char *xpath)
{
  g_autoptr (XPathContext) context = xmlXPathNewContext (doc);
  xmlXPathObject *object;

  xmlXPathRegisterNs (context, (const xmlChar *) "qemu", (const xmlChar *) QEMU_NAMESPACE);
  object = xmlXPathEval ((const xmlChar *) xpath, context);
  if (object == NULL)
    g_critical ("not an XPath: %s", xpath);
  return object;
}

/**
 * ho_xml_all:
 * @doc: (nullable): domain XML
 * @xpath: an XPath that selects elements; the prefix `qemu` is known
 *
 * Returns: (transfer full) (element-type xmlNode): the elements in the order of the document
 */
GPtrArray *
ho_xml_all (xmlDoc *doc, const char *xpath)
{
  g_autoptr (XPathObject) object = doc != NULL ? evaluate (doc, xpath) : NULL;
  GPtrArray *nodes = g_ptr_array_new ();

  if (object == NULL || object->nodesetval == NULL)
    return nodes;
  xmlXPathNodeSetSort (object->nodesetval);
  for (int i = 0; i < object->nodesetval->nodeNr; i++)
    {
      if (object->nodesetval->nodeTab[i]->type == XML_ELEMENT_NODE)
        g_ptr_array_add (nodes, object->nodesetval->nodeTab[i]);
    }
  return nodes;
}

xmlNode *
ho_xml_first (xmlDoc *doc, const char *xpath)
{
  g_autoptr (GPtrArray) nodes = ho_xml_all (doc, xpath);

  return nodes->len > 0 ? nodes->pdata[0] : NULL;
}

/* Counts attributes as well as elements. */
guint
ho_xml_count (xmlDoc *doc, const char *xpath)
{
  g_autoptr (XPathObject) object = doc != NULL ? evaluate (doc, xpath) : NULL;

  return object != NULL && object->nodesetval != NULL ? (guint) object->nodesetval->nodeNr : 0;
}

gboolean
ho_xml_has (xmlDoc *doc, const char *xpath)
{
  return ho_xml_count (doc, xpath) > 0;
}

/**
 * ho_xml_text:
 * @doc: (nullable): domain XML
 * @xpath: an XPath that selects elements or attributes
 *
 * Returns: (transfer full) (nullable): the content of the first one, without blanks around it
 */
char *
ho_xml_text (xmlDoc *doc, const char *xpath)
{
  g_autoptr (XPathObject) object = doc != NULL ? evaluate (doc, xpath) : NULL;
  xmlChar *content;
  char *text;

  if (object == NULL || object->nodesetval == NULL || object->nodesetval->nodeNr == 0)
    return NULL;
  content = xmlNodeGetContent (object->nodesetval->nodeTab[0]);
  text = g_strdup ((const char *) content);
  if (content != NULL)
    xmlFree (content);
  return text != NULL ? g_strstrip (text) : NULL;
}

/**
 * ho_xml_number:
 * @text: (nullable): `12` or `0x0c`
 * @number: (out): the number
 *
 * Returns: whether @text is a number
 */
gboolean
ho_xml_number (const char *text, guint64 *number)
{
  char *end = NULL;

  *number = 0;
  if (text == NULL || !g_ascii_isdigit (*text))
    return FALSE;
  errno = 0;
  *number = g_ascii_strtoull (text, &end, g_str_has_prefix (text, "0x") ? 16 : 10);
  return errno == 0 && *end == '\0';
}

/**
 * ho_xml_kib:
 * @doc: (nullable): domain XML
 * @xpath: selects an element with a size and, maybe, a `unit`
 *
 * Returns: the size in KiB, which is libvirt's unit where none is given; 0 if there is none or it
 *   makes no sense
 */
guint64
ho_xml_kib (xmlDoc *doc, const char *xpath)
{
  static const struct
  {
    const char *unit;
    guint64 bytes;
  } units[] = {
    { "b", 1 },
    { "bytes", 1 },
    { "KB", 1000 },
    { "k", 1 << 10 },
    { "KiB", 1 << 10 },
    { "MB", 1000000 },
    { "M", 1 << 20 },
    { "MiB", 1 << 20 },
    { "GB", 1000000000 },
    { "G", 1 << 30 },
    { "GiB", 1 << 30 },
    { "TB", G_GUINT64_CONSTANT (1000000000000) },
    { "T", G_GUINT64_CONSTANT (1) << 40 },
    { "TiB", G_GUINT64_CONSTANT (1) << 40 },
  };
  xmlNode *node = ho_xml_first (doc, xpath);
  g_autofree char *text = ho_xml_text (doc, xpath);
  g_autofree char *attribute = ho_xml_get_attribute (node, "size");
  g_autofree char *unit = ho_xml_get_attribute (node, "unit");
  guint64 number;

  if (!ho_xml_number (attribute != NULL ? attribute : text, &number))
    return 0;
  if (unit == NULL)
    return number;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (g_ascii_strcasecmp (unit, units[i].unit) == 0)
        return number > G_MAXUINT64 / units[i].bytes ? 0 : number * units[i].bytes / 1024;
    }
  return 0;
}
