/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "print.h"

#include <stdio.h>

#include "error.h"
#include "json.h"

#include <glib/gi18n.h>

/* Facts on the standard output. Each line is flushed: they are piped into scripts that wait. */

static void
print_guests (GVariant *guests)
{
  GVariantIter iter;
  GVariant *guest;

  g_variant_iter_init (&iter, guests);
  while ((guest = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *name = "", *state = "";
      gboolean primary = FALSE;

      g_variant_lookup (guest, "name", "&s", &name);
      g_variant_lookup (guest, "state", "&s", &state);
      g_variant_lookup (guest, "primary", "b", &primary);
      g_print ("  %-24s %-10s%s\n", name, state, primary ? _ (" primary") : "");
      g_variant_unref (guest);
    }
}

/**
 * ho_print_status:
 * @command: a `status` command
 * @status: the facts, `a{sv}`
 *
 * Returns: the exit code: 5 if there is no connection, which is told on stderr as well
 */
int
ho_print_status (const HoCommand *command, GVariant *status)
{
  g_autoptr (GVariant) connection = g_variant_lookup_value (status, "connection", NULL);
  g_autoptr (GVariant) guests = g_variant_lookup_value (status, "guests", NULL);
  const char *uri = "", *state = "", *problem = NULL;
  g_autoptr (GError) error = NULL;

  if (connection != NULL)
    {
      g_variant_lookup (connection, "uri", "&s", &uri);
      g_variant_lookup (connection, "state", "&s", &state);
      g_variant_lookup (connection, "problem", "&s", &problem);
    }
  if (command->json)
    {
      g_autofree char *json = ho_json_from_variant (status);

      g_print ("%s\n", json);
    }
  else
    {
      g_print (_ ("Connection: %s (%s)\n"), uri, state);
      g_print (_ ("Guests:\n"));
      if (guests != NULL)
        print_guests (guests);
    }
  fflush (stdout);

  if (g_str_equal (state, "connected"))
    return 0;
  g_set_error_literal (&error, HO_ERROR, HO_ERROR_NO_CONNECTION,
                       problem != NULL ? problem : _ ("There is no connection to libvirt yet."));
  return ho_command_fail (error);
}

/**
 * ho_print_event:
 * @event: what happened, such as `guest-changed`
 * @facts: `a{sv}`
 *
 * Prints one line of `handover monitor`.
 */
void
ho_print_event (const char *event, GVariant *facts)
{
  GVariantBuilder builder;
  GVariantIter iter;
  GVariant *fact;
  g_autoptr (GVariant) line = NULL;
  g_autofree char *json = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "event", g_variant_new_string (event));
  g_variant_iter_init (&iter, facts);
  while ((fact = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_variant_builder_add_value (&builder, fact);
      g_variant_unref (fact);
    }
  line = g_variant_ref_sink (g_variant_builder_end (&builder));
  json = ho_json_from_variant (line);
  g_print ("%s\n", json);
  fflush (stdout);
}
