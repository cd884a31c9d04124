/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor.h"
#include "host-tree.h"
#include "xml-compare.h"

#include <libxml/parser.h>
#include <string.h>

/* The checks against the library of machines and guests in tests/data/doctor (see its README). */

typedef struct
{
  HostTree *tree;
  char *definition;
  gboolean live;
  const HoCheck *check;
  char *verdict;
  GPtrArray *seen;
  gboolean fixable;
} Case;

/* What was seen in any case: "id verdict", and "id fix". */
static GHashTable *covered;

static char *
get_data_dir (void)
{
  return g_test_build_filename (G_TEST_DIST, "..", "data", "doctor", NULL);
}

static char *
read_data (const char *folder, const char *name)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "..", "data", "doctor", folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
cover (const HoCheck *check, const char *what)
{
  g_hash_table_add (covered, g_strdup_printf ("%s %s", check->id, what));
}

/* Every finding has to keep to what its check promises. */
static void
check_promises (const HoCheck *check, const HoFinding *finding)
{
  if (!finding->applies)
    {
      cover (check, "none");
      return;
    }
  cover (check, ho_verdict_to_string (finding->verdict));
  if ((check->verdicts & (1u << finding->verdict)) == 0)
    g_error ("%s: verdict %s is not in its list", check->id,
             ho_verdict_to_string (finding->verdict));
  g_assert_true (finding->seen != NULL && *finding->seen != '\0');
  if (finding->verdict == HO_VERDICT_OK || finding->verdict == HO_VERDICT_UNKNOWN)
    g_assert_false (finding->fixable);
  else if (finding->advice == NULL)
    g_error ("%s: %s without advice", check->id, finding->seen);
  if (finding->fixable)
    g_assert_true (check->fix != NULL && check->touches != NULL);
}

/* Tries the fix: it changes what it names and nothing else, a second time nothing at all, and then
 * the check finds nothing any more. */
static void
try_fix (HoDoctorContext *context, const HoCheck *check)
{
  g_autofree char *before = xml_canonical (context->definition, check->touches);
  g_autofree char *whole = xml_canonical (context->definition, NULL);
  xmlDoc *doc = xmlCopyDoc (context->definition, 1);
  g_autofree char *after = NULL;
  g_autofree char *once = NULL;
  g_autofree char *twice = NULL;
  g_autofree char *text = NULL;
  g_autoptr (HoFinding) finding = NULL;
  g_autoptr (GError) error = NULL;

  check->fix (doc, context, &error);
  g_assert_no_error (error);
  after = xml_canonical (doc, check->touches);
  if (!g_str_equal (before, after))
    g_error ("%s: the fix changed more than %s", check->id, check->touches);
  once = xml_canonical (doc, NULL);
  if (g_str_equal (once, whole))
    g_error ("%s: the fix changed nothing", check->id);
  check->fix (doc, context, &error);
  g_assert_no_error (error);
  twice = xml_canonical (doc, NULL);
  if (!g_str_equal (once, twice))
    g_error ("%s: the fix changes more the second time:\n%s\n%s", check->id, once, twice);

  text = ho_xml_print (doc);
  xmlFreeDoc (doc);
  g_clear_pointer (&context->definition, xmlFreeDoc);
  g_clear_pointer (&context->live, xmlFreeDoc);
  g_clear_pointer (&context->facts, ho_domain_facts_unref);
  g_clear_pointer (&context->guest, g_free);
  g_assert_true (ho_doctor_context_set_guest (context, text, NULL, &error));
  finding = ho_finding_new (check, context);
  if (!finding->applies || finding->verdict != HO_VERDICT_OK)
    g_error ("%s: after the fix: %s %s", check->id, ho_verdict_to_string (finding->verdict),
             finding->seen);
  cover (check, "fix");
}

static void
finish_case (Case *self)
{
  HoDoctorContext *context = host_tree_finish (self->tree);
  g_autoptr (HoFinding) finding = NULL;
  g_autoptr (GError) error = NULL;

  if (self->definition != NULL)
    {
      ho_doctor_context_set_guest (context, self->definition, self->live ? self->definition : NULL,
                                   &error);
      g_assert_no_error (error);
    }
  finding = ho_finding_new (self->check, context);
  check_promises (self->check, finding);
  if (g_str_equal (self->verdict, "none"))
    {
      if (finding->applies)
        g_error ("%s: said %s, %s", self->check->id, ho_verdict_to_string (finding->verdict),
                 finding->seen);
      return;
    }
  if (!finding->applies)
    g_error ("[%s %s]: had nothing to look at", self->check->id, self->verdict);
  if (!g_str_equal (ho_verdict_to_string (finding->verdict), self->verdict))
    g_error ("[%s %s]: said %s, %s", self->check->id, self->verdict,
             ho_verdict_to_string (finding->verdict), finding->seen);
  for (guint i = 0; i < self->seen->len; i++)
    {
      if (strstr (finding->seen, self->seen->pdata[i]) == NULL)
        g_error ("[%s %s]: saw “%s”, not “%s”", self->check->id, self->verdict, finding->seen,
                 (char *) self->seen->pdata[i]);
    }
  if (self->fixable != finding->fixable)
    g_error ("[%s %s]: fixable is %d", self->check->id, self->verdict, finding->fixable);
  if (finding->fixable)
    try_fix (context, self->check);
}

static void
case_free (Case *self)
{
  g_clear_pointer (&self->tree, host_tree_free);
  g_free (self->definition);
  g_free (self->verdict);
  g_ptr_array_unref (self->seen);
  g_free (self);
}

/* [ID VERDICT] */
static Case *
begin_case (const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, "[ ]", -1);
  g_autofree char *data = get_data_dir ();
  Case *self = g_new0 (Case, 1);

  g_assert_cmpuint (g_strv_length (words), >=, 3);
  self->tree = host_tree_new (data);
  self->check = ho_checks_find (words[1]);
  if (self->check == NULL)
    g_error ("no such check: %s", words[1]);
  self->verdict = g_strdup (words[2]);
  self->seen = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
add_fragment (xmlDoc *doc, const char *xpath, const char *fragment)
{
  xmlNode *parent = ho_xml_first (doc, xpath);
  xmlNode *list = NULL;

  if (parent == NULL)
    g_error ("no %s", xpath);
  g_assert_cmpint (xmlParseInNodeContext (parent, fragment, (int) strlen (fragment), 0, &list), ==,
                   XML_ERR_OK);
  xmlAddChildList (parent, list);
}

static void
set_attributes (xmlDoc *doc, const char *pair, const char *xpath)
{
  g_auto (GStrv) parts = g_strsplit (pair, "=", 2);
  g_autoptr (GPtrArray) nodes = ho_xml_all (doc, xpath);

  if (nodes->len == 0)
    g_error ("no %s", xpath);
  for (guint i = 0; i < nodes->len; i++)
    ho_xml_set_attribute (nodes->pdata[i], parts[0], parts[1]);
}

static void
change_xml (Case *self, const char *verb, const char *first, const char *rest)
{
  xmlDoc *doc = ho_xml_parse_domain (self->definition, NULL);

  g_assert_nonnull (doc);
  if (g_str_equal (verb, "xml-add"))
    add_fragment (doc, first, rest);
  else if (g_str_equal (verb, "xml-set"))
    set_attributes (doc, first, rest);
  else
    {
      g_autofree char *xpath = g_strconcat (first, *rest != '\0' ? " " : "", rest, NULL);
      g_autoptr (GPtrArray) nodes = ho_xml_all (doc, xpath);

      if (nodes->len == 0)
        g_error ("[%s %s]: no %s", self->check->id, self->verdict, xpath);
      for (guint i = 0; i < nodes->len; i++)
        ho_xml_remove (nodes->pdata[i]);
    }
  g_free (self->definition);
  self->definition = ho_xml_print (doc);
  xmlFreeDoc (doc);
}

static void
add_line (Case *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  guint n = g_strv_length (words);

  if (g_str_equal (words[0], "host"))
    host_tree_include (self->tree, words[1]);
  else if (g_str_equal (words[0], "guest"))
    {
      g_autofree char *name = g_strconcat (words[1], ".xml", NULL);

      self->definition = read_data ("guests", name);
    }
  else if (g_str_equal (words[0], "live"))
    self->live = TRUE;
  else if (g_str_equal (words[0], "fixable"))
    self->fixable = TRUE;
  else if (g_str_equal (words[0], "seen"))
    g_ptr_array_add (self->seen, g_strdup (line + strlen ("seen ")));
  else if (g_str_has_prefix (words[0], "xml-"))
    change_xml (self, words[0], words[1], n > 2 ? words[2] : "");
  else
    host_tree_add_line (self->tree, line);
}

static void
test_cases (gconstpointer data)
{
  g_autofree char *text = read_data ("cases", data);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Case *self = NULL;
  guint n = 0;

  for (char **line = lines; *line != NULL; line++)
    {
      g_strchomp (*line);
      if (**line == '\0' || **line == '#')
        continue;
      if (**line != '[')
        {
          g_assert_nonnull (self);
          add_line (self, *line);
          continue;
        }
      if (self != NULL)
        {
          finish_case (self);
          case_free (self);
        }
      self = begin_case (*line);
      n++;
    }
  g_assert_nonnull (self);
  finish_case (self);
  case_free (self);
  g_test_message ("%s: %u cases", (const char *) data, n);
}

/* One machine with one guest: every check at once. */
static void
test_machine (gconstpointer data)
{
  g_auto (GStrv) names = g_strsplit (data, ".", 3);
  g_autofree char *dir = get_data_dir ();
  g_autofree char *expected = read_data ("hosts", data);
  g_autofree char *guest_file = g_strconcat (names[1], ".xml", NULL);
  g_autoptr (HostTree) tree = host_tree_new (dir);
  g_autoptr (GString) found = g_string_new ("# SPDX-License-Identifier: GPL-3.0-or-later\n");
  g_autofree char *xml = NULL;
  HoDoctorContext *context;

  host_tree_include (tree, names[0]);
  context = host_tree_finish (tree);
  if (!g_str_equal (names[1], "none"))
    {
      xml = read_data ("guests", guest_file);
      g_assert_true (ho_doctor_context_set_guest (context, xml, NULL, NULL));
    }
  for (const HoCheck *const *check = ho_checks_get (); *check != NULL; check++)
    {
      g_autoptr (HoFinding) finding = ho_finding_new (*check, context);

      check_promises (*check, finding);
      if (finding->applies)
        g_string_append_printf (found, "%s %s\n", (*check)->id,
                                ho_verdict_to_string (finding->verdict));
    }
  if (g_getenv ("HANDOVER_UPDATE_EXPECTED") != NULL)
    {
      g_autofree char *path = g_build_filename (dir, "hosts", data, NULL);

      g_assert_true (g_file_set_contents (path, found->str, -1, NULL));
      return;
    }
  g_assert_cmpstr (found->str, ==, expected);
}

/* Each verdict that a check says it can give was given somewhere above, and each fix was tried. */
static void
test_complete (void)
{
  g_autoptr (GString) missing = g_string_new (NULL);

  for (const HoCheck *const *check = ho_checks_get (); *check != NULL; check++)
    {
      for (int verdict = 0; verdict < HO_N_VERDICTS; verdict++)
        {
          g_autofree char *key
              = g_strdup_printf ("%s %s", (*check)->id, ho_verdict_to_string (verdict));

          if (((*check)->verdicts & (1u << verdict)) != 0 && !g_hash_table_contains (covered, key))
            g_string_append_printf (missing, "\n%s", key);
        }
      if ((*check)->fix != NULL)
        {
          g_autofree char *key = g_strdup_printf ("%s fix", (*check)->id);

          if (!g_hash_table_contains (covered, key))
            g_string_append_printf (missing, "\n%s", key);
        }
    }
  if (missing->len > 0)
    g_error ("no case for:%s", missing->str);
}

/* Names are unique, texts are there. */
static void
test_table (void)
{
  for (const HoCheck *const *check = ho_checks_get (); *check != NULL; check++)
    {
      g_assert_true (ho_checks_find ((*check)->id) == *check);
      g_assert_true (g_str_has_suffix ((*check)->title, "?"));
      g_assert_true (g_str_has_suffix ((*check)->why, "."));
      g_assert_true (g_str_has_prefix ((*check)->source, "https://"));
      g_assert_true (((*check)->fix != NULL) == ((*check)->touches != NULL));
    }
}

/* Adds a test for each file of a folder of tests/data/doctor, in the order of names. */
static void
add_tests (const char *folder, const char *suffix, GTestDataFunc function)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", "doctor", folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strdup_printf ("/doctor/%s/%s", folder, name);

      if (g_str_has_suffix (name, suffix))
        g_test_add_data_func_full (test, g_strdup (name), function, g_free);
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  covered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_test_add_func ("/doctor/table", test_table);
  add_tests ("hosts", ".expected", test_machine);
  add_tests ("cases", ".cases", test_cases);
  g_test_add_func ("/doctor/coverage/complete", test_complete);
  result = g_test_run ();
  g_hash_table_unref (covered);
  return result;
}
