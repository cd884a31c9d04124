/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "use-count.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel counts the users of a driver's module: one for each open device node, one for each
 * module that is built on it. Where not every process can be read, that count can still prove that
 * nobody uses a card: when each of its users is known, and has another card of the same driver.
 * https://docs.kernel.org/admin-guide/sysfs-rules.html, /sys/module/NAME/{refcnt,holders} */

/* With more open files than this it is not worth comparing each with each. */
#define MAX_FILES 256

typedef struct
{
  pid_t pid;
  int fd;
} OpenFile;

static int
count_dependents (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "holders", NULL);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  int n = 0;

  while (entries != NULL && g_dir_read_name (entries) != NULL)
    n++;
  return n;
}

/* How many users @module has that are no modules; -1: it does not count (it is built in). */
static int
count_users (const char *root, const char *module)
{
  g_autofree char *dir = g_build_filename (root, "sys", "module", module, NULL);
  g_autofree char *path = g_build_filename (dir, "refcnt", NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return -1;
  return MAX ((int) g_ascii_strtoll (text, NULL, 10) - count_dependents (dir), 0);
}

/* Whether nobody uses the modules that are built on @module, as nvidia-uvm is on nvidia. */
static gboolean
dependents_are_idle (const char *root, const char *module)
{
  g_autofree char *path = g_build_filename (root, "sys", "module", module, "holders", NULL);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      if (count_users (root, name) != 0 || !dependents_are_idle (root, name))
        return FALSE;
    }
  return TRUE;
}

/* Two descriptors may be one open file, which the module counts once. What cannot be compared is
 * taken for one file: the proof must rather fail. kcmp(2) */
static gboolean
is_same_file (const OpenFile *a, const OpenFile *b)
{
  long order
      = syscall (SYS_kcmp, a->pid, b->pid, KCMP_FILE, (unsigned long) a->fd, (unsigned long) b->fd);

  return order <= 0;
}

static gboolean
is_new_file (const GArray *files, const OpenFile *file)
{
  for (guint i = 0; i < files->len; i++)
    {
      if (is_same_file (&g_array_index (files, OpenFile, i), file))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_node_of (const HoDeviceNode *node, const HoPciScan *bus, const char *module)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, bus->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const HoPciFunction *function = value;

      if (g_ptr_array_find_with_equal_func (function->modules, module, g_str_equal, NULL)
          && g_ptr_array_find (function->nodes, node, NULL))
        return TRUE;
    }
  return FALSE;
}

static int
count_known_files (const HoPciScan *bus, const char *module, const HoProcScan *processes,
                   GPtrArray *nodes)
{
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (OpenFile));

  for (guint i = 0; i < processes->users->len; i++)
    {
      const HoProcUser *user = processes->users->pdata[i];

      for (guint j = 0; j < user->hits->len; j++)
        {
          const HoProcHit *hit = &g_array_index (user->hits, HoProcHit, j);
          const OpenFile file = { user->pid, hit->fd };

          if (hit->fd < 0 || !is_node_of (nodes->pdata[hit->node], bus, module)
              || !is_new_file (files, &file))
            continue;
          if (files->len == MAX_FILES)
            return -1;
          g_array_append_val (files, file);
        }
    }
  return (int) files->len;
}

/**
 * ho_use_count_is_explained:
 * @root: where `sys` is
 * @bus: a look at the PCI bus
 * @functions: (element-type HoPciFunction): the functions of a card that no known process uses
 * @processes: the known users of @nodes
 * @nodes: (element-type HoDeviceNode): the nodes of every function in @bus
 *
 * Returns: whether the use counts of the drivers prove that nobody at all uses @functions
 */
gboolean
ho_use_count_is_explained (const char *root, const HoPciScan *bus, GPtrArray *functions,
                           const HoProcScan *processes, GPtrArray *nodes)
{
  for (guint i = 0; i < functions->len; i++)
    {
      const HoPciFunction *function = functions->pdata[i];

      if (function->nodes->len > 0 && function->modules->len == 0)
        return FALSE; /* its driver is built in */
      for (guint j = 0; j < function->modules->len; j++)
        {
          const char *module = function->modules->pdata[j];
          int users = count_users (root, module);
          int known = count_known_files (bus, module, processes, nodes);

          g_debug ("%s: %d users, %d of them known", module, users, known);
          if (users < 0 || users != known || !dependents_are_idle (root, module))
            return FALSE;
        }
    }
  return TRUE;
}
