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
  TAKES_TO = 1 << 5,
  TAKES_GUEST_OPTION = 1 << 6,
  TAKES_RETURN_AFTER = 1 << 7,
  TAKES_PARTS = 1 << 8, /* after a guest that must be named */
  TAKES_YES = 1 << 9,
  TAKES_UNDO = 1 << 10,
  TAKES_AUDIO = 1 << 11,
  TAKES_REPORT = 1 << 12,
  TAKES_FIX = 1 << 13,
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
  { "gpu", HO_VERB_GPU, TAKES_JSON,
    N_ ("gpu                   show graphics cards, who has them and who uses them") },
  { "doctor", HO_VERB_DOCTOR,
    TAKES_GUEST | TAKES_JSON | TAKES_REPORT | TAKES_FIX | TAKES_YES | TAKES_UNDO,
    N_ ("doctor [GUEST]        look for what is wrong with the set-up, and say what to do") },
  { "switch", HO_VERB_SWITCH, TAKES_TO | TAKES_GUEST_OPTION | TAKES_RETURN_AFTER,
    N_ ("switch guest|host|toggle  move keyboard and mouse") },
  { "devices", HO_VERB_DEVICES, TAKES_JSON,
    N_ ("devices               list the keyboards and mice that can be moved") },
  { "setup", HO_VERB_SETUP, TAKES_PARTS | TAKES_YES | TAKES_UNDO,
    N_ ("setup GUEST [PART…]   add what Handover needs to a guest: return-channel, audio") },
  { "audio", HO_VERB_AUDIO, TAKES_AUDIO | TAKES_JSON,
    N_ ("audio [on|off|status] switch guests' sound, or show whether they are heard") },
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

/* `setup GUEST [PART…]` */
static gboolean
take_parts (HoCommand *self, char **words, GError **error)
{
  if (words[1] == NULL)
    g_set_error (error, HO_ERROR, HO_ERROR_USAGE, _ ("Say which guest: handover %s GUEST"),
                 words[0]);
  else if (self->undo && words[2] != NULL)
    g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                 _ ("“%s” is one word too many. See handover --help."), words[2]);
  else
    {
      self->guest = g_strdup (words[1]);
      self->parts = g_strdupv (words + 2);
      return TRUE;
    }
  return FALSE;
}

/* `audio [on|off|status]` */
static gboolean
take_audio (HoCommand *self, char **words, GError **error)
{
  static const char *const acts[] = { "status", "on", "off" };

  if (words[1] == NULL)
    return TRUE;
  if (words[2] != NULL)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                   _ ("“%s” is one word too many. See handover --help."), words[2]);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (acts); i++)
    {
      if (!g_str_equal (words[1], acts[i]))
        continue;
      self->audio = (HoAudioAct) i;
      return check_option (words[1], i == HO_AUDIO_ACT_STATUS ? TAKES_JSON : 0, TAKES_JSON,
                           self->json, "--json", error);
    }
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE, _ ("“audio” takes on, off or status, not “%s”."),
               words[1]);
  return FALSE;
}

/* The word after the command: a guest, or where keyboard and mouse go. */
static gboolean
take_argument (HoCommand *self, guint takes, char **words, GError **error)
{
  guint n = g_strv_length (words);

  if (n > ((takes & (TAKES_GUEST | TAKES_TO)) != 0 ? 2 : 1))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                   _ ("“%s” is one word too many. See handover --help."), words[n - 1]);
      return FALSE;
    }
  if ((takes & TAKES_TO) == 0)
    {
      if (n > 1)
        self->guest = g_strdup (words[1]);
      return TRUE;
    }
  self->to = g_strdup (n > 1 ? words[1] : NULL);
  if (self->to != NULL
      && (g_str_equal (self->to, "guest") || g_str_equal (self->to, "host")
          || g_str_equal (self->to, "toggle")))
    return TRUE;
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE, _ ("Say where to: handover %s guest|host|toggle"),
               words[0]);
  return FALSE;
}

static gboolean
take_rest (HoCommand *self, guint takes, char **words, GError **error)
{
  if ((takes & TAKES_PARTS) != 0)
    return take_parts (self, words, error);
  if ((takes & TAKES_AUDIO) != 0)
    return take_audio (self, words, error);
  return take_argument (self, takes, words, error);
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

      if (!g_str_equal (verbs[i].name, words[0]))
        continue;
      self->verb = verbs[i].verb;
      if (self->return_after < -1 || self->return_after > 86400)
        {
          g_set_error_literal (error, HO_ERROR, HO_ERROR_USAGE,
                               _ ("--return-after takes 0 to 86400 seconds."));
          return FALSE;
        }
      return check_option (words[0], takes, TAKES_JSON, self->json, "--json", error)
             && check_option (words[0], takes, TAKES_FORCE, self->force, "--force", error)
             && check_option (words[0], takes, TAKES_NO_WAIT, self->no_wait, "--no-wait", error)
             && check_option (words[0], takes, TAKES_IGNORE_BUSY, self->ignore_busy,
                              "--ignore-busy", error)
             && check_option (words[0], takes, TAKES_YES, self->yes, "--yes", error)
             && check_option (words[0], takes, TAKES_UNDO, self->undo, "--undo", error)
             && check_option (words[0], takes, TAKES_REPORT, self->report != NULL, "--report",
                              error)
             && check_option (words[0], takes, TAKES_FIX, self->fix != NULL, "--fix", error)
             && check_option (words[0], takes, TAKES_GUEST_OPTION, self->guest != NULL, "--guest",
                              error)
             && check_option (words[0], takes, TAKES_RETURN_AFTER, self->return_after != -1,
                              "--return-after", error)
             && take_rest (self, takes, words, error);
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
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json,
      N_ ("Print JSON (status, gpu, devices, audio, doctor)"), NULL },
    { "guest", 0, 0, G_OPTION_ARG_STRING, &self->guest, N_ ("The guest that is meant (switch)"),
      N_ ("GUEST") },
    { "return-after", 0, 0, G_OPTION_ARG_INT, &self->return_after,
      N_ ("Bring them home after that many seconds (switch)"), N_ ("SECONDS") },
    { "ignore-busy", 0, 0, G_OPTION_ARG_NONE, &self->ignore_busy,
      N_ ("Start although the card is in use (start, toggle)"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &self->force,
      N_ ("Cut the guest's power instead of asking it to shut down (stop)"), NULL },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &self->no_wait,
      N_ ("Return at once (start, stop, toggle)"), NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &self->yes,
      N_ ("Change the guest without asking (setup, doctor)"), NULL },
    { "undo", 0, 0, G_OPTION_ARG_NONE, &self->undo,
      N_ ("Take the last change of the guest back (setup, doctor)"), NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &self->report,
      N_ ("Write a report without names and serial numbers to FILE (doctor)"), N_ ("FILE") },
    { "fix", 0, 0, G_OPTION_ARG_STRING, &self->fix,
      N_ ("Make the change of the guest that CHECK offers (doctor)"), N_ ("CHECK") },
    { "connect", 0, 0, G_OPTION_ARG_STRING, &self->connect, N_ ("Connect to libvirt at URI"),
      N_ ("URI") },
    { "settings", 0, 0, G_OPTION_ARG_FILENAME, &self->settings, N_ ("Use the settings in FILE"),
      N_ ("FILE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Print the version"), NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Print this help"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL, NULL },
    { NULL },
  };

  self->return_after = -1;
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
  g_strfreev (self->parts);
  g_free (self->to);
  g_free (self->report);
  g_free (self->fix);
  g_free (self->connect);
  g_free (self->settings);
  g_free (self);
}

/**
 * ho_command_is_local:
 * @self: a command
 *
 * Returns: whether it is done without the applet, although one runs: where another connection or
 *   other settings are meant, and where nothing of the applet is needed
 */
gboolean
ho_command_is_local (const HoCommand *self)
{
  return self->connect != NULL || self->settings != NULL || self->verb == HO_VERB_SETUP
         || self->verb == HO_VERB_DOCTOR;
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
