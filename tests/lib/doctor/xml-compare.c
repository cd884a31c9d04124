/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml-compare.h"

#include <libxml/c14n.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

/* Text is kept but for blanks between elements, which mean nothing in domain XML. */
static void
remove_blanks (xmlNode *node)
{
  xmlNode *next;

  for (xmlNode *child = node->children; child != NULL; child = next)
    {
      next = child->next;
      if (child->type == XML_TEXT_NODE && xmlIsBlankNode (child))
        {
          xmlUnlinkNode (child);
          xmlFreeNode (child);
        }
      else if (child->type == XML_ELEMENT_NODE)
        remove_blanks (child);
    }
}

/* One at a time, for what is removed may hold what is next. Returns whether there was one. */
static gboolean
remove_one (xmlDoc *doc, const char *xpath)
{
  xmlXPathContext *context = xmlXPathNewContext (doc);
  xmlXPathObject *object;
  xmlNode *node = NULL;

  xmlXPathRegisterNs (context, BAD_CAST "qemu",
                      BAD_CAST "http://libvirt.org/schemas/domain/qemu/1.0");
  object = xmlXPathEval (BAD_CAST xpath, context);
  g_assert_nonnull (object);
  if (object->nodesetval != NULL && object->nodesetval->nodeNr > 0)
    node = object->nodesetval->nodeTab[0];
  xmlXPathFreeObject (object);
  xmlXPathFreeContext (context);
  if (node == NULL)
    return FALSE;
  if (node->type == XML_ATTRIBUTE_NODE)
    xmlRemoveProp ((xmlAttr *) node);
  else
    {
      xmlUnlinkNode (node);
      xmlFreeNode (node);
    }
  return TRUE;
}

/**
 * xml_canonical:
 * @doc: a document, left as it is
 * @without: (nullable): an XPath of what does not count
 *
 * Returns: (transfer full): the rest in canonical form, https://www.w3.org/TR/xml-c14n11/, or as it
 *   stands if it has none: a namespace that is no absolute address is not allowed there
 */
char *
xml_canonical (xmlDoc *doc, const char *without)
{
  xmlDoc *copy = xmlCopyDoc (doc, 1);
  xmlChar *text = NULL;
  char *result;

  while (without != NULL && remove_one (copy, without))
    ;
  remove_blanks (xmlDocGetRootElement (copy));
  if (xmlC14NDocDumpMemory (copy, NULL, XML_C14N_1_1, NULL, 1, &text) < 0)
    {
      int size;

      xmlFree (text);
      xmlDocDumpMemory (copy, &text, &size);
    }
  g_assert_nonnull (text);
  result = g_strdup ((const char *) text);
  xmlFree (text);
  xmlFreeDoc (copy);
  return result;
}
