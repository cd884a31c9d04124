/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <stdlib.h>

#include "examine.h"
#include "host-tree.h"

/* The XML of a guest, which comes from libvirt and may come from another machine: what reads it,
 * every check of the doctor, and every change that a check offers. */

static HostTree *tree;

static GLogWriterOutput
write_nothing (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  /* What is odd in an XML is worth a message, but not millions of them. */
  if ((level & G_LOG_LEVEL_MASK) >= G_LOG_LEVEL_MESSAGE)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n, data);
}

static void
say_nothing (void *context, const char *format, ...)
{
}

static void
remove_tree_at_exit (void)
{
  g_clear_pointer (&tree, host_tree_free);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (write_nothing, NULL, NULL);
  xmlSetGenericErrorFunc (NULL, say_nothing);
  tree = host_tree_new (DOCTOR_DATA);
  host_tree_include (tree, "intel-desktop");
  host_tree_finish (tree);
  atexit (remove_tree_at_exit);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  guint n_findings, n_fixes;

  if (examine_set_guest (tree->context, text))
    examine_all (tree->context, &n_findings, &n_fixes);
  return 0;
}
