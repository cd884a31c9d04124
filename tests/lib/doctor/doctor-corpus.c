/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "examine.h"
#include "host-tree.h"

/* doctor-corpus DATA FOLDER MUTANTS [SEED]: examines each *.xml of a folder on the machines of the
 * library, then that many mutants of them. What fails is written to failed.xml before it runs, so
 * that it is there after a crash. Prints counts and seconds. */

static const char *const hosts[] = { "intel-desktop", "amd-two-alike", "numa-cgroup1", "laptop" };

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  if ((level & G_LOG_LEVEL_MASK) >= G_LOG_LEVEL_MESSAGE)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n, data);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
read_folder (const char *path)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_suffix (name, ".xml"))
        g_ptr_array_add (names, g_build_filename (path, name, NULL));
    }
  /* The order of a folder is not the same everywhere; the mutants shall be. */
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      char *text = NULL;

      g_assert_true (g_file_get_contents (names->pdata[i], &text, NULL, NULL));
      g_ptr_array_add (texts, text);
    }
  return texts;
}

static void
add_elements (xmlNode *node, GPtrArray *elements)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      if (child->type != XML_ELEMENT_NODE)
        continue;
      g_ptr_array_add (elements, child);
      add_elements (child, elements);
    }
}

static void
set_odd_value (GRand *rand, xmlNode *node)
{
  static const char *const odd[] = { "",    "-1",   "0",    "0x", "999999999999999999999",
                                     "yes", "none", "'\"]", "ü",  "0-8191",
                                     "^0" };
  const char *value = odd[g_rand_int_range (rand, 0, G_N_ELEMENTS (odd))];

  if (node->properties != NULL && g_rand_boolean (rand))
    xmlSetProp (node, node->properties->name, BAD_CAST value);
  else if (node->children == NULL || node->children == node->last)
    ho_xml_set_text (node, value);
}

static void
mutate_tree (GRand *rand, xmlDoc *doc, xmlDoc *other)
{
  g_autoptr (GPtrArray) elements = g_ptr_array_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  xmlNode *node, *theirs;

  add_elements (xmlDocGetRootElement (doc), elements);
  add_elements (xmlDocGetRootElement (other), others);
  if (elements->len == 0 || others->len == 0)
    return;
  node = elements->pdata[g_rand_int_range (rand, 0, (int) elements->len)];
  theirs = others->pdata[g_rand_int_range (rand, 0, (int) others->len)];
  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      ho_xml_remove (node);
      break;
    case 1:
      xmlAddNextSibling (node, xmlDocCopyNode (node, doc, 1));
      break;
    case 2:
      xmlAddNextSibling (node, xmlDocCopyNode (theirs, doc, 1));
      break;
    default:
      set_odd_value (rand, node);
    }
}

static char *
mutate_bytes (GRand *rand, const char *text)
{
  g_autoptr (GString) string = g_string_new (text);
  gsize at = (gsize) g_rand_int_range (rand, 0, (int) MAX (string->len, 1));
  gsize length = (gsize) g_rand_int_range (rand, 1, 40);

  if (string->len == 0)
    return g_strdup ("");
  switch (g_rand_int_range (rand, 0, 3))
    {
    case 0:
      g_string_truncate (string, at);
      break;
    case 1:
      string->str[at] = (char) g_rand_int_range (rand, 1, 127);
      break;
    default:
      g_string_erase (string, (gssize) at, (gssize) MIN (string->len - at, length));
    }
  return g_string_free (g_steal_pointer (&string), FALSE);
}

static char *
make_mutant (GRand *rand, GPtrArray *texts)
{
  const char *text = texts->pdata[g_rand_int_range (rand, 0, (int) texts->len)];
  const char *other_text = texts->pdata[g_rand_int_range (rand, 0, (int) texts->len)];
  g_autoptr (HoXmlDoc) doc = NULL;
  g_autoptr (HoXmlDoc) other = NULL;

  if (g_rand_int_range (rand, 0, 5) == 0)
    return mutate_bytes (rand, text);
  doc = ho_xml_parse_domain (text, NULL);
  other = ho_xml_parse_domain (other_text, NULL);
  if (doc == NULL || other == NULL)
    return mutate_bytes (rand, text);
  for (int i = g_rand_int_range (rand, 1, 6); i > 0; i--)
    mutate_tree (rand, doc, other);
  return ho_xml_print (doc);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) texts = NULL;
  g_autoptr (GTimer) timer = g_timer_new ();
  HostTree *trees[G_N_ELEMENTS (hosts)];
  guint mutants, read = 0, findings = 0, fixes = 0;
  GRand *rand;

  if (argc < 4)
    return 2;
  g_log_set_writer_func (write_log, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      trees[i] = host_tree_new (argv[1]);
      host_tree_include (trees[i], hosts[i]);
      host_tree_finish (trees[i]);
    }
  texts = read_folder (argv[2]);
  mutants = (guint) strtoul (argv[3], NULL, 10);
  rand = g_rand_new_with_seed (argc > 4 ? (guint32) strtoul (argv[4], NULL, 10) : 1);
  for (guint i = 0; i < texts->len + mutants; i++)
    {
      g_autofree char *text
          = i < texts->len ? g_strdup (texts->pdata[i]) : make_mutant (rand, texts);
      HoDoctorContext *context = trees[i % G_N_ELEMENTS (hosts)]->context;
      guint n_findings = 0, n_fixes = 0;

      g_assert_true (g_file_set_contents ("failed.xml", text, -1, NULL));
      if (!examine_set_guest (context, text))
        continue;
      read++;
      examine_all (context, &n_findings, &n_fixes);
      findings += n_findings;
      fixes += n_fixes;
    }
  remove ("failed.xml");
  g_print ("files=%u mutants=%u read=%u findings=%u fixes=%u seconds=%.1f\n", texts->len, mutants,
           read, findings, fixes, g_timer_elapsed (timer, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    host_tree_free (trees[i]);
  g_rand_free (rand);
  return 0;
}
