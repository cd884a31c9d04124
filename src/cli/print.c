/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "print.h"

#include <stdio.h>

#include "error.h"
#include "print-gpu.h"
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
  g_autoptr (GVariant) input = g_variant_lookup_value (status, "input", NULL);
  g_autoptr (GVariant) gpus = g_variant_lookup_value (status, "gpus", NULL);
  const char *uri = "", *state = "", *problem = NULL;
  gboolean local = TRUE;
  g_autoptr (GError) error = NULL;

  if (connection != NULL)
    {
      g_variant_lookup (connection, "uri", "&s", &uri);
      g_variant_lookup (connection, "state", "&s", &state);
      g_variant_lookup (connection, "problem", "&s", &problem);
      g_variant_lookup (connection, "local", "b", &local);
    }
  if (command->json)
    {
      g_autofree char *json = ho_json_from_variant (status);

      g_print ("%s\n", json);
    }
  else
    {
      g_print (_ ("Connection: %s (%s)\n"), uri, state);
      if (!local)
        g_print (_ ("The guests run on another machine. Cards, keyboard and mouse, and sound are "
                    "handed over on this machine only.\n"));
      g_print (_ ("Guests:\n"));
      if (guests != NULL)
        print_guests (guests);
      if (input != NULL)
        ho_print_input (input);
      if (gpus != NULL && g_variant_n_children (gpus) > 0)
        {
          g_print (_ ("Graphics cards:\n"));
          ho_print_gpus (gpus);
        }
    }
  fflush (stdout);

  if (g_str_equal (state, "connected"))
    return 0;
  g_set_error_literal (&error, HO_ERROR, HO_ERROR_NO_CONNECTION,
                       problem != NULL ? problem : _ ("There is no connection to libvirt yet."));
  return ho_command_fail (error);
}

static void
print_audio_guests (GVariant *guests)
{
  GVariantIter iter;
  GVariant *guest;

  g_variant_iter_init (&iter, guests);
  while ((guest = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *name = "", *text = "";

      g_variant_lookup (guest, "name", "&s", &name);
      g_variant_lookup (guest, "text", "&s", &text);
      g_print ("  %s: %s\n", name, text);
      g_variant_unref (guest);
    }
}

/**
 * ho_print_audio:
 * @command: an `audio status` command
 * @audio: the facts, `a{sv}`
 *
 * Returns: the exit code: 1 if guests are to be heard and cannot be
 */
int
ho_print_audio (const HoCommand *command, GVariant *audio)
{
  const char *state = "", *mode = "", *server = NULL, *reason = NULL, *problem = NULL;
  const char *socket = "", *user = NULL, *group = NULL, *found = NULL;
  g_autoptr (GVariant) guests = g_variant_lookup_value (audio, "guests", NULL);

  g_variant_lookup (audio, "state", "&s", &state);
  g_variant_lookup (audio, "mode", "&s", &mode);
  g_variant_lookup (audio, "server-name", "&s", &server);
  g_variant_lookup (audio, "reason", "&s", &reason);
  g_variant_lookup (audio, "problem", "&s", &problem);
  g_variant_lookup (audio, "socket", "&s", &socket);
  g_variant_lookup (audio, "qemu-user", "&s", &user);
  g_variant_lookup (audio, "qemu-group", "&s", &group);
  g_variant_lookup (audio, "qemu-user-found", "&s", &found);
  if (command->json)
    {
      g_autofree char *json = ho_json_from_variant (audio);

      g_print ("%s\n", json);
      fflush (stdout);
      return g_str_equal (state, "error") ? 1 : 0;
    }

  g_print (_ ("Sound: %s (%s)\n"), state, mode);
  if (problem != NULL)
    g_print ("  %s\n", problem);
  else if (reason != NULL)
    g_print ("  %s\n", reason);
  if (server != NULL)
    g_print (_ ("Sound server: %s\n"), server);
  g_print (_ ("Socket: %s\n"), socket);
  if (user != NULL)
    g_print (_ ("QEMU runs as %s (group %s), %s.\n"), user, group, found);
  if (guests != NULL && g_variant_n_children (guests) > 0)
    {
      g_print (_ ("Guests:\n"));
      print_audio_guests (guests);
    }
  fflush (stdout);
  return g_str_equal (state, "error") ? 1 : 0;
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
