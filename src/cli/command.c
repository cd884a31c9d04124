/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "command.h"

#include "error.h"

#include <glib/gi18n.h>

/* The options that not every command has. */
enum
{
  TAKES_GUEST = 1 << 0,
  TAKES_JSON = 1 << 1,
  TAKES_IGNORE_BUSY = 1 << 2,
  TAKES_FORCE = 1 << 3,
  TAKES_NO_WAIT = 1 << 4,
};

static const struct
{
  const char *name;
  HoVerb verb;
  guint takes;
  const char *help;
} verbs[] = {
  { "status", HO_VERB_STATUS, TAKES_JSON,
    N_ ("status                show guests, cards, input and sound") },
  { "start", HO_VERB_START, TAKES_GUEST | TAKES_IGNORE_BUSY | TAKES_NO_WAIT,
    N_ ("start [GUEST]         start a guest, and wait until it runs") },
  { "stop", HO_VERB_STOP, TAKES_GUEST | TAKES_FORCE | TAKES_NO_WAIT,
    N_ ("stop [GUEST]          shut a guest down, and wait until it is off") },
  { "toggle", HO_VERB_TOGGLE, TAKES_GUEST | TAKES_IGNORE_BUSY | TAKES_NO_WAIT,
    N_ ("toggle [GUEST]        stop a running guest, start any other") },
  { "monitor", HO_VERB_MONITOR, 0,
    N_ ("monitor               print one JSON object for each event") },
};

static char *
describe_verbs (void)
{
  g_autoptr (GString) text = g_string_new (_ ("Commands:"));

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "\n  %s", _ (verbs[i].help));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
check_option (const char *verb, guint takes, guint option, gboolean given, const char *name,
              GError **error)
{
  if (!given || (takes & option) != 0)
    return TRUE;
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE, _ ("“%s” has no option %s. See handover --help."),
               verb, name);
  return FALSE;
}

static gboolean
take_words (HoCommand *self, char **words, GError **error)
{
  if (words == NULL || words[0] == NULL)
    {
      g_set_error_literal (error, HO_ERROR, HO_ERROR_USAGE,
                           _ ("A command is missing. See handover --help."));
      return FALSE;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      guint takes = verbs[i].takes;
      guint n = g_strv_length (words);

      if (!g_str_equal (verbs[i].name, words[0]))
        continue;
      self->verb = verbs[i].verb;
      if (n > ((takes & TAKES_GUEST) != 0 ? 2 : 1))
        {
          g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                       _ ("“%s” is one word too many. See handover --help."), words[n - 1]);
          return FALSE;
        }
      self->guest = g_strdup (n > 1 ? words[1] : NULL);
      return check_option (words[0], takes, TAKES_JSON, self->json, "--json", error)
             && check_option (words[0], takes, TAKES_FORCE, self->force, "--force", error)
             && check_option (words[0], takes, TAKES_NO_WAIT, self->no_wait, "--no-wait", error)
             && check_option (words[0], takes, TAKES_IGNORE_BUSY, self->ignore_busy,
                              "--ignore-busy", error);
    }
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
               _ ("There is no command “%s”. See handover --help."), words[0]);
  return FALSE;
}

/**
 * ho_command_new:
 * @argc: number of arguments
 * @argv: (array length=argc): arguments of the program; left as they are
 * @answer: (out) (transfer full) (nullable): set if the user asked for help or for the version:
 * print it and do nothing else
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the command; %NULL with @answer, or with an error of %HO_ERROR or
 *   #GOptionError
 */
HoCommand *
ho_command_new (int argc, char **argv, char **answer, GError **error)
{
  g_autoptr (HoCommand) self = g_new0 (HoCommand, 1);
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("COMMAND"));
  g_autofree char *commands = describe_verbs ();
  g_auto (GStrv) args = g_strdupv (argv);
  g_auto (GStrv) words = NULL;
  gboolean version = FALSE, help = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print JSON (status)"), NULL },
    { "ignore-busy", 0, 0, G_OPTION_ARG_NONE, &self->ignore_busy,
      N_ ("Start although the card is in use (start, toggle)"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &self->force,
      N_ ("Cut the guest's power instead of asking it to shut down (stop)"), NULL },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &self->no_wait,
      N_ ("Return at once (start, stop, toggle)"), NULL },
    { "connect", 0, 0, G_OPTION_ARG_STRING, &self->connect, N_ ("Connect to libvirt at URI"),
      N_ ("URI") },
    { "settings", 0, 0, G_OPTION_ARG_FILENAME, &self->settings, N_ ("Use the settings in FILE"),
      N_ ("FILE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Print the version"), NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Print this help"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL, NULL },
    { NULL },
  };

  *answer = NULL;
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, commands);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse_strv (context, &args, error))
    return NULL;

  if (help)
    *answer = g_option_context_get_help (context, TRUE, NULL);
  else if (version)
    *answer = g_strdup_printf ("handover %s\n", HO_VERSION);
  if (*answer != NULL || !take_words (self, words, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ho_command_free (HoCommand *self)
{
  g_free (self->guest);
  g_free (self->connect);
  g_free (self->settings);
  g_free (self);
}

/**
 * ho_command_fail:
 * @error: why a command failed
 *
 * Says so on stderr, in one line.
 *
 * Returns: the exit code
 */
int
ho_command_fail (const GError *error)
{
  g_printerr ("handover: %s\n", error->message);
  return ho_error_get_exit_code (error);
}
