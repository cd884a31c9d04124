/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include <stdio.h>

#include "json.h"
#include "print.h"

#include <glib/gi18n.h>

/* Keyboard and mouse on the standard output. */

static void
print_place (GVariant *input)
{
  const char *location = "", *guest = "";

  g_variant_lookup (input, "location", "&s", &location);
  g_variant_lookup (input, "guest", "&s", &guest);
  if (g_str_equal (location, "guest"))
    g_print (_ ("Keyboard and mouse are with %s.\n"), guest);
  else if (g_str_equal (location, "partial"))
    g_print (_ ("Keyboard and mouse are split: some are with %s, some here.\n"), guest);
  else if (g_str_equal (location, "host"))
    g_print (_ ("Keyboard and mouse are here.\n"));
  else
    g_print (_ ("Keyboard and mouse: none is chosen. “handover devices” lists them.\n"));
}

/**
 * ho_print_input:
 * @input: `a{sv}`: the facts
 *
 * Says where keyboard and mouse are, what is not with them, and when they come home.
 *
 * Returns: the exit code
 */
int
ho_print_input (GVariant *input)
{
  g_autoptr (GVariant) devices = g_variant_lookup_value (input, "devices", NULL);
  const char *problem = NULL;
  gboolean unasked = FALSE;
  guint seconds = 0;

  print_place (input);
  for (gsize i = 0; devices != NULL && i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);
      const char *name = "", *location = "", *trouble = NULL;

      g_variant_lookup (device, "name", "&s", &name);
      g_variant_lookup (device, "location", "&s", &location);
      if (g_variant_lookup (device, "problem", "&s", &trouble))
        g_print ("  %s\n", trouble);
      else if (g_str_equal (location, "absent"))
        g_print (_ ("  %s is not plugged in.\n"), name);
    }
  g_variant_lookup (input, "return-unasked", "b", &unasked);
  if (g_variant_lookup (input, "return-in", "u", &seconds))
    g_print (unasked ? _ ("They come home in %u s, as nothing else would bring the last keyboard "
                          "back.\n")
                     : _ ("They come home in %u s.\n"),
             seconds);
  if (g_variant_lookup (input, "problem", "&s", &problem))
    g_print ("%s\n", problem);
  fflush (stdout);
  return 0;
}

static void
print_marks (GVariant *device)
{
  static const struct
  {
    const char *key;
    const char *text;
  } marks[] = {
    { "chosen", N_ ("chosen") },
    { "combined", N_ ("keyboard and mouse in one") },
    { "hub", N_ ("a hub") },
    { "last-keyboard", N_ ("the host's last keyboard") },
  };
  const char *guest = NULL;
  const char *separator = "    ";

  if (g_variant_lookup (device, "guest", "&s", &guest))
    {
      g_print ("%s", separator);
      g_print (_ ("with %s"), guest);
      separator = ", ";
    }
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      gboolean marked = FALSE;

      if (!g_variant_lookup (device, marks[i].key, "b", &marked) || !marked)
        continue;
      g_print ("%s%s", separator, _ (marks[i].text));
      separator = ", ";
    }
}

/**
 * ho_print_devices:
 * @command: a `devices` command
 * @devices: `aa{sv}`: the facts
 *
 * Returns: the exit code
 */
int
ho_print_devices (const HoCommand *command, GVariant *devices)
{
  gsize n = g_variant_n_children (devices);

  if (command->json)
    {
      g_autofree char *json = ho_json_from_variant (devices);

      g_print ("%s\n", json);
    }
  else if (n == 0)
    {
      g_print (_ ("No keyboard or mouse is plugged into USB.\n"));
    }
  for (gsize i = 0; !command->json && i < n; i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);
      const char *id = "", *name = "";

      g_variant_lookup (device, "id", "&s", &id);
      g_variant_lookup (device, "name", "&s", &name);
      g_print ("%-28s %s", id, name);
      print_marks (device);
      g_print ("\n");
    }
  fflush (stdout);
  return 0;
}
