/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "print-gpu.h"

#include <stdio.h>

#include "error.h"
#include "json.h"

#include <glib/gi18n.h>

/* Cards on the standard output. */

static char *
describe_owner (GVariant *gpu)
{
  const char *owner = "", *guest = "", *driver = "";

  g_variant_lookup (gpu, "owner", "&s", &owner);
  g_variant_lookup (gpu, "guest", "&s", &guest);
  g_variant_lookup (gpu, "driver", "&s", &driver);
  if (g_str_equal (owner, "guest"))
    return g_strdup_printf (_ ("with %s"), guest);
  if (g_str_equal (owner, "host"))
    return g_strdup_printf (_ ("with the host (%s)"), driver);
  if (g_str_equal (owner, "reserved"))
    return g_strdup_printf (_ ("set aside for guests (%s)"), driver);
  return g_strdup (_ ("no driver has it"));
}

/**
 * ho_print_gpus:
 * @gpus: `aa{sv}`
 *
 * Prints one line for each card.
 */
void
ho_print_gpus (GVariant *gpus)
{
  GVariantIter iter;
  GVariant *gpu;

  g_variant_iter_init (&iter, gpus);
  while ((gpu = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autofree char *owner = describe_owner (gpu);
      const char *name = "", *address = "";

      g_variant_lookup (gpu, "name", "&s", &name);
      g_variant_lookup (gpu, "address", "&s", &address);
      g_print ("  %s  %s: %s\n", address, name, owner);
      g_variant_unref (gpu);
    }
}

static void
print_functions (GVariant *gpu, const char *key)
{
  g_autoptr (GVariant) functions = g_variant_lookup_value (gpu, key, G_VARIANT_TYPE ("aa{sv}"));
  GVariantIter iter;
  GVariant *function;

  if (functions == NULL)
    return;
  g_variant_iter_init (&iter, functions);
  while ((function = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *address = "", *kind = "", *driver = "-", *name = "";
      gint32 group = -1;
      g_autofree char *group_text = NULL;

      g_variant_lookup (function, "address", "&s", &address);
      g_variant_lookup (function, "kind", "&s", &kind);
      g_variant_lookup (function, "driver", "&s", &driver);
      g_variant_lookup (function, "name", "&s", &name);
      if (g_variant_lookup (function, "iommu-group", "i", &group))
        group_text = g_strdup_printf (_ ("group %d"), group);
      g_print ("    %s  %-8s %-16s %-10s %s\n", address, kind, driver,
               group_text != NULL ? group_text : "", name);
      g_variant_unref (function);
    }
}

static void
print_holders (GVariant *gpu)
{
  g_autoptr (GVariant) holders = g_variant_lookup_value (gpu, "holders", G_VARIANT_TYPE ("aa{sv}"));
  gboolean complete = TRUE;
  GVariantIter iter;
  GVariant *holder;

  if (holders == NULL)
    return;
  g_variant_iter_init (&iter, holders);
  while ((holder = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autofree const char **nodes = NULL;
      g_autofree char *list = NULL;
      const char *command = "";
      gint32 pid = 0;

      g_variant_lookup (holder, "pid", "i", &pid);
      g_variant_lookup (holder, "command", "&s", &command);
      g_variant_lookup (holder, "nodes", "^a&s", &nodes);
      list = nodes != NULL ? g_strjoinv (" ", (char **) nodes) : g_strdup ("");
      g_print (_ ("    used by %s (%d): %s\n"), command, pid, list);
      g_variant_unref (holder);
    }
  if (g_variant_lookup (gpu, "holders-complete", "b", &complete) && !complete)
    g_print (_ ("    not every process could be read: others may use it as well\n"));
}

/**
 * ho_print_gpu_status:
 * @command: a `gpu` command
 * @status: the facts, `a{sv}`
 *
 * Returns: the exit code: 5 if there is no connection, which is told on stderr as well
 */
int
ho_print_gpu_status (const HoCommand *command, GVariant *status)
{
  g_autoptr (GVariant) connection = g_variant_lookup_value (status, "connection", NULL);
  g_autoptr (GVariant) gpus = g_variant_lookup_value (status, "gpus", G_VARIANT_TYPE ("aa{sv}"));
  const char *state = "", *problem = NULL;
  g_autoptr (GError) error = NULL;
  GVariantIter iter;
  GVariant *gpu;

  if (connection != NULL)
    {
      g_variant_lookup (connection, "state", "&s", &state);
      g_variant_lookup (connection, "problem", "&s", &problem);
    }
  if (!g_str_equal (state, "connected") || gpus == NULL)
    {
      g_set_error_literal (&error, HO_ERROR, HO_ERROR_NO_CONNECTION,
                           problem != NULL ? problem
                                           : _ ("There is no connection to libvirt yet."));
      return ho_command_fail (error);
    }
  if (command->json)
    {
      g_autofree char *json = ho_json_from_variant (gpus);

      g_print ("%s\n", json);
      return 0;
    }
  if (g_variant_n_children (gpus) == 0)
    g_print (_ ("No guest passes a graphics card of this machine through.\n"));
  g_variant_iter_init (&iter, gpus);
  while ((gpu = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autofree char *owner = describe_owner (gpu);
      g_autoptr (GVariant) others = g_variant_lookup_value (gpu, "group-others", NULL);
      const char *name = "";

      g_variant_lookup (gpu, "name", "&s", &name);
      g_print ("%s: %s\n", name, owner);
      print_functions (gpu, "functions");
      if (others != NULL && g_variant_n_children (others) > 0)
        {
          g_print (_ ("  of the same IOMMU group, so these have to move with it:\n"));
          print_functions (gpu, "group-others");
        }
      print_holders (gpu);
      g_variant_unref (gpu);
    }
  fflush (stdout);
  return 0;
}
