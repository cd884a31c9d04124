/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml-tree.h"

#include "error.h"

/* What is not named stays, to the last blank. */

#define STRANGE                                                                                    \
  "<domain type=\"kvm\" xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\">\n"              \
  "  <!-- mine -->\n"                                                                              \
  "  <name>win&amp;10 – größer</name>\n\n"                                                     \
  "\t<devices>\n"                                                                                  \
  "    <disk a=\"1\" b=\"it's\"/>\n"                                                               \
  "    <channel n=\"1\"/>\n"                                                                       \
  "    <sound   />\n"                                                                              \
  "  </devices>\n"                                                                                 \
  "  <empty></empty>\n"                                                                            \
  "  <qemu:commandline><qemu:env name=\"A\" value=\"1\"/></qemu:commandline>\n"                    \
  "  <unknown><![CDATA[<x>]]> text <y/></unknown>\n"                                               \
  "</domain>\n"

static xmlDoc *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  xmlDoc *doc = ho_xml_parse_domain (xml, &error);

  g_assert_no_error (error);
  return doc;
}

static void
assert_prints (xmlDoc *doc, const char *expected)
{
  g_autofree char *text = ho_xml_print (doc);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_unchanged (void)
{
  g_autoptr (HoXmlDoc) doc = parse (STRANGE);
  g_autofree char *once = ho_xml_print (doc);
  g_autoptr (HoXmlDoc) again = parse (once);
  g_auto (GStrv) lines = g_strsplit (STRANGE, "\n", -1);
  g_auto (GStrv) printed = g_strsplit (once, "\n", -1);

  assert_prints (again, once);
  g_assert_cmpuint (g_strv_length (lines), ==, g_strv_length (printed));
  g_assert_cmpstr (lines[2], ==, printed[2]);
  g_assert_cmpstr (lines[10], ==, printed[10]);
  g_assert_cmpstr (lines[11], ==, printed[11]);
}

static void
test_add (void)
{
  g_autoptr (HoXmlDoc) doc
      = parse ("<domain>\n  <devices>\n    <channel n=\"1\"/>\n\n    <sound/>\n  </devices>\n"
               "</domain>\n");
  xmlNode *devices = ho_xml_find_child (xmlDocGetRootElement (doc), "devices");
  xmlNode *channel = ho_xml_add_child (devices, "channel", "n", "<2>", NULL);

  ho_xml_add_child (channel, "target", "name", "x", NULL);
  ho_xml_add_child (channel, "alias", NULL);
  ho_xml_add_child (devices, "audio", NULL);
  ho_xml_add_child (xmlDocGetRootElement (doc), "features", NULL);
  assert_prints (doc, "<domain>\n  <devices>\n    <channel n=\"1\"/>\n"
                      "    <channel n=\"&lt;2&gt;\">\n      <target name=\"x\"/>\n"
                      "      <alias/>\n    </channel>\n\n    <sound/>\n    <audio/>\n"
                      "  </devices>\n  <features/>\n</domain>\n");
}

static void
test_add_without_space (void)
{
  g_autoptr (HoXmlDoc) doc = parse ("<domain><devices><a/></devices><os/></domain>");
  xmlNode *root = xmlDocGetRootElement (doc);

  ho_xml_add_child (ho_xml_add_child (ho_xml_find_child (root, "devices"), "b", NULL), "c", NULL);
  ho_xml_add_child (ho_xml_find_child (root, "os"), "d", NULL);
  assert_prints (doc, "<domain><devices><a/><b><c/></b></devices><os><d/></os></domain>\n");
}

static void
test_remove (void)
{
  g_autoptr (HoXmlDoc) doc
      = parse ("<domain>\n  <devices>\n    <a/>\n    <b/>\n  </devices>\n</domain>\n");
  xmlNode *devices = ho_xml_find_child (xmlDocGetRootElement (doc), "devices");

  ho_xml_remove (ho_xml_find_child (devices, "a"));
  assert_prints (doc, "<domain>\n  <devices>\n    <b/>\n  </devices>\n</domain>\n");
  ho_xml_remove (ho_xml_find_child (devices, "b"));
  assert_prints (doc, "<domain>\n  <devices/>\n</domain>\n");
  ho_xml_add_child (devices, "c", NULL);
  assert_prints (doc, "<domain>\n  <devices>\n    <c/>\n  </devices>\n</domain>\n");
}

static void
test_find (void)
{
  g_autoptr (HoXmlDoc) doc = parse (STRANGE);
  xmlNode *root = xmlDocGetRootElement (doc);
  const char *qemu = "http://libvirt.org/schemas/domain/qemu/1.0";
  xmlNode *env
      = ho_xml_find_child_ns (ho_xml_find_child_ns (root, qemu, "commandline"), qemu, "env");
  g_autofree char *name = ho_xml_get_text (ho_xml_find_child (root, "name"));

  g_assert_cmpstr (name, ==, "win&10 – größer");
  g_assert_true (ho_xml_attribute_is (env, "name", "A"));
  g_assert_true (ho_xml_attribute_is (env, "nothing", NULL));
  g_assert_null (ho_xml_find_child (root, "commandline"));
  g_assert_null (ho_xml_find_next (env, "env"));
  ho_xml_set_text (ho_xml_find_child (root, "name"), "a<b");
  g_free (name);
  name = ho_xml_get_text (ho_xml_find_child (root, "name"));
  g_assert_cmpstr (name, ==, "a<b");
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    "no xml",
    "<domain>",
    "<network/>",
    "<domain/><domain/>",
    "\xff\xfe",
    "<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><domain>&undefined;</domain",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ho_xml_parse_domain (bad[i], &error));
      g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xml-tree/unchanged", test_unchanged);
  g_test_add_func ("/xml-tree/add", test_add);
  g_test_add_func ("/xml-tree/add-without-space", test_add_without_space);
  g_test_add_func ("/xml-tree/remove", test_remove);
  g_test_add_func ("/xml-tree/find", test_find);
  g_test_add_func ("/xml-tree/bad", test_bad);
  return g_test_run ();
}
