/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "xml-tree.h"

#include <libxml/parser.h>
#include <libxml/xmlsave.h>
#include <stdarg.h>

#include "error.h"

#include <glib/gi18n.h>

/* Domain XML as a tree that can be changed in one place and is printed as it was everywhere else:
 * white space, order, comments and what we do not know are kept, and what is added is laid out like
 * its neighbours. The connection may be remote, so the parser must not trust what it reads: no
 * network, no entities. Nothing here is fit for a document of another default namespace, which
 * domain XML does not have. */

/**
 * ho_xml_parse_domain:
 * @xml: the XML of a domain
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the tree, with all its white space, for xmlFreeDoc(); or %NULL with
 *   %HO_ERROR_FAILED if @xml is not the XML of a domain
 */
xmlDoc *
ho_xml_parse_domain (const char *xml, GError **error)
{
  gsize length = strlen (xml);
  g_autoptr (HoXmlDoc) doc = NULL;
  xmlNode *root;

  if (length <= G_MAXINT)
    doc = xmlReadMemory (xml, (int) length, "domain.xml", NULL,
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  if (root == NULL || !g_str_equal (root->name, "domain"))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("This is not the description of a guest."));
      return NULL;
    }
  return g_steal_pointer (&doc);
}

/**
 * ho_xml_print:
 * @doc: a tree
 *
 * Returns: (transfer full): @doc as text in UTF-8, without an XML declaration
 */
char *
ho_xml_print (xmlDoc *doc)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  xmlSaveCtxt *context = xmlSaveToBuffer (buffer, "UTF-8", XML_SAVE_NO_DECL);
  char *text;

  xmlSaveDoc (context, doc);
  xmlSaveClose (context);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}

static gboolean
is_element (xmlNode *node, const char *href, const char *name)
{
  const char *own;

  if (node->type != XML_ELEMENT_NODE)
    return FALSE;
  own = node->ns != NULL ? (const char *) node->ns->href : NULL;
  return g_strcmp0 (own, href) == 0 && g_str_equal (node->name, name);
}

/**
 * ho_xml_find_child_ns:
 * @parent: (nullable): an element
 * @href: (nullable): a namespace, such as `http://libvirt.org/schemas/domain/qemu/1.0`
 * @name: the name of a child
 *
 * Returns: (transfer none) (nullable): the first child of that name
 */
xmlNode *
ho_xml_find_child_ns (xmlNode *parent, const char *href, const char *name)
{
  if (parent == NULL)
    return NULL;
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    {
      if (is_element (child, href, name))
        return child;
    }
  return NULL;
}

/**
 * ho_xml_find_child:
 * @parent: (nullable): an element
 * @name: the name of a child
 *
 * Returns: (transfer none) (nullable): the first child of that name in no namespace
 */
xmlNode *
ho_xml_find_child (xmlNode *parent, const char *name)
{
  return ho_xml_find_child_ns (parent, NULL, name);
}

/**
 * ho_xml_find_next:
 * @node: an element
 * @name: the name of a sibling
 *
 * Returns: (transfer none) (nullable): the next one of that name, in the namespace of @node, after
 *   @node
 */
xmlNode *
ho_xml_find_next (xmlNode *node, const char *name)
{
  const char *href = node->ns != NULL ? (const char *) node->ns->href : NULL;

  for (xmlNode *next = node->next; next != NULL; next = next->next)
    {
      if (is_element (next, href, name))
        return next;
    }
  return NULL;
}

static char *
take_xml_string (xmlChar *value)
{
  char *copy = g_strdup ((const char *) value);

  if (value != NULL)
    xmlFree (value);
  return copy;
}

/**
 * ho_xml_get_attribute:
 * @node: (nullable): an element
 * @name: the name of an attribute in no namespace
 *
 * Returns: (transfer full) (nullable): its value
 */
char *
ho_xml_get_attribute (xmlNode *node, const char *name)
{
  return node != NULL ? take_xml_string (xmlGetNoNsProp (node, (const xmlChar *) name)) : NULL;
}

/**
 * ho_xml_attribute_is:
 * @node: (nullable): an element
 * @name: the name of an attribute
 * @expected: (nullable): a value
 *
 * Returns: whether the attribute has that value, or for %NULL whether it is absent
 */
gboolean
ho_xml_attribute_is (xmlNode *node, const char *name, const char *expected)
{
  g_autofree char *value = ho_xml_get_attribute (node, name);

  return g_strcmp0 (value, expected) == 0;
}

/**
 * ho_xml_get_text:
 * @node: (nullable): an element
 *
 * Returns: (transfer full) (nullable): the text in it, without space around it
 */
char *
ho_xml_get_text (xmlNode *node)
{
  char *text = node != NULL ? take_xml_string (xmlNodeGetContent (node)) : NULL;

  return text != NULL ? g_strstrip (text) : NULL;
}

static gboolean
is_space (xmlNode *node)
{
  return node != NULL && node->type == XML_TEXT_NODE && xmlIsBlankNode (node);
}

/* The line break and space before @node; %NULL where the XML is written without any. */
static const char *
get_indentation (xmlNode *node)
{
  const char *line;

  if (!is_space (node->prev))
    return node->parent != NULL && node->parent->type == XML_DOCUMENT_NODE ? "\n" : NULL;
  /* An empty line before a neighbour is not worth repeating. */
  line = strrchr ((const char *) node->prev->content, '\n');
  return line;
}

static xmlNode *
get_last_element (xmlNode *parent)
{
  return xmlLastElementChild (parent);
}

static void
put_space_before (xmlNode *node, const char *space)
{
  if (space != NULL)
    xmlAddPrevSibling (node, xmlNewText ((const xmlChar *) space));
}

/* The first one in @parent, which may hold blanks but no element. */
static void
put_first (xmlNode *parent, xmlNode *node)
{
  const char *outer = get_indentation (parent);
  g_autofree char *inner = outer != NULL ? g_strconcat (outer, "  ", NULL) : NULL;

  while (is_space (parent->last))
    ho_xml_remove (parent->last);
  xmlAddChild (parent, node);
  put_space_before (node, inner);
  if (outer != NULL)
    xmlAddNextSibling (node, xmlNewText ((const xmlChar *) outer));
}

static void
put_after (xmlNode *sibling, xmlNode *node)
{
  /* The space goes in last, between two elements: next to another text libxml2 would join them. */
  xmlAddNextSibling (sibling, node);
  put_space_before (node, get_indentation (sibling));
}

/**
 * ho_xml_add_child:
 * @parent: an element
 * @name: the new child's name, in no namespace
 * @...: names and values of its attributes, then %NULL
 *
 * Puts a new child behind the last one of the same name, or else behind all, indented as they are.
 *
 * Returns: (transfer none): the child
 */
xmlNode *
ho_xml_add_child (xmlNode *parent, const char *name, ...)
{
  xmlNode *node = xmlNewDocNode (parent->doc, NULL, (const xmlChar *) name, NULL);
  xmlNode *sibling = get_last_element (parent);
  const char *attribute;
  va_list args;

  va_start (args, name);
  while ((attribute = va_arg (args, const char *)) != NULL)
    ho_xml_set_attribute (node, attribute, va_arg (args, const char *));
  va_end (args);

  for (xmlNode *child = parent->last; child != NULL; child = child->prev)
    {
      if (!is_element (child, NULL, name))
        continue;
      sibling = child;
      break;
    }
  if (sibling != NULL)
    put_after (sibling, node);
  else
    put_first (parent, node);
  return node;
}

/**
 * ho_xml_set_attribute:
 * @node: an element
 * @name: the name of an attribute
 * @value: (nullable): its new value, or %NULL to remove it
 */
void
ho_xml_set_attribute (xmlNode *node, const char *name, const char *value)
{
  if (value != NULL)
    xmlSetProp (node, (const xmlChar *) name, (const xmlChar *) value);
  else
    xmlUnsetProp (node, (const xmlChar *) name);
}

/**
 * ho_xml_set_text:
 * @node: an element
 * @text: what it shall hold instead of all that is in it
 */
void
ho_xml_set_text (xmlNode *node, const char *text)
{
  xmlNodeSetContent (node, NULL);
  xmlNodeAddContent (node, (const xmlChar *) text);
}

/**
 * ho_xml_remove:
 * @node: (transfer full): a node
 *
 * Takes @node out of its tree, and the line that it stood on with it.
 */
void
ho_xml_remove (xmlNode *node)
{
  xmlNode *parent = node->parent;

  if (node->type == XML_ELEMENT_NODE && is_space (node->prev))
    {
      xmlNode *space = node->prev;

      xmlUnlinkNode (space);
      xmlFreeNode (space);
    }
  xmlUnlinkNode (node);
  xmlFreeNode (node);
  /* `<a>\n</a>` says the same as `<a/>`, which is how libvirt writes it. */
  if (parent != NULL && parent->children != NULL && parent->children == parent->last
      && is_space (parent->children))
    ho_xml_remove (parent->children);
}
