/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "doctor-print.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

/* What the doctor found, for people: what is fine in one line each, and of the rest why it matters
 * and what to do. Colour only helps the eye; the words say everything. */

#define TEXT_WIDTH 88
#define INDENT "             "

static const char *
get_colour (HoVerdict verdict)
{
  static const char *const colours[HO_N_VERDICTS] = {
    [HO_VERDICT_OK] = "\033[32m",      [HO_VERDICT_ADVICE] = "\033[36m",
    [HO_VERDICT_WARNING] = "\033[33m", [HO_VERDICT_ERROR] = "\033[31m",
    [HO_VERDICT_UNKNOWN] = "\033[2m",
  };

  return isatty (STDOUT_FILENO) ? colours[verdict] : "";
}

static const char *
get_colour_end (void)
{
  return isatty (STDOUT_FILENO) ? "\033[0m" : "";
}

/* Prints a paragraph below its label, broken between words. */
static void
print_paragraph (const char *label, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  glong column = g_utf8_strlen (label, -1);

  g_print (INDENT "%s", label);
  for (char **word = words; *word != NULL; word++)
    {
      glong width = g_utf8_strlen (*word, -1);

      if (column + width + 1 > TEXT_WIDTH)
        {
          g_print ("\n" INDENT);
          column = 0;
        }
      g_print ("%s%s", column > 0 ? " " : "", *word);
      column += width + (column > 0);
    }
  g_print ("\n");
}

/* Lines are kept as they are: they may be commands to copy. */
static void
print_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    g_print (INDENT "  %s\n", *line);
}

static void
print_finding (const HoFinding *finding, const char *guest)
{
  const HoCheck *check = finding->check;
  const char *word = ho_verdict_get_word (finding->verdict);
  int padding = MAX (0, 10 - (int) g_utf8_strlen (word, -1));

  g_print ("  %s%s%s%*s %s\n", get_colour (finding->verdict), word, get_colour_end (), padding, "",
           _ (check->title));
  g_print (INDENT "%s\n", finding->seen);
  if (finding->verdict == HO_VERDICT_OK || finding->verdict == HO_VERDICT_UNKNOWN)
    return;
  print_paragraph (_ ("Why:"), _ (check->why));
  g_print (INDENT "     %s\n", check->source);
  if (finding->advice != NULL)
    {
      g_print (INDENT "%s\n", _ ("What to do:"));
      print_lines (finding->advice);
    }
  if (finding->fixable)
    g_print (INDENT "  handover doctor %s --fix %s\n", guest, check->id);
}

/* A name as a shell takes it, which most can be typed as they are. */
static char *
quote (const char *name)
{
  for (const char *at = name; *at != '\0'; at++)
    {
      if (!g_ascii_isalnum (*at) && strchr ("-_.", *at) == NULL)
        return g_shell_quote (name);
    }
  return g_strdup (name);
}

/**
 * ho_print_diagnosis:
 * @diagnosis: what was found
 *
 * Prints it on the standard output.
 */
void
ho_print_diagnosis (HoDiagnosis *diagnosis)
{
  g_autofree char *guest = diagnosis->guest != NULL ? quote (diagnosis->guest) : NULL;
  int family = -1;

  for (guint i = 0; i < diagnosis->findings->len; i++)
    {
      const HoFinding *finding = diagnosis->findings->pdata[i];

      if ((int) finding->check->family != family)
        g_print ("%s%s\n", i > 0 ? "\n" : "", ho_family_get_title (finding->check->family));
      family = (int) finding->check->family;
      print_finding (finding, guest);
    }
  g_print ("\n");
  for (int verdict = 0; verdict < HO_N_VERDICTS; verdict++)
    g_print ("%s%u %s", verdict > 0 ? ", " : "", ho_diagnosis_count (diagnosis, verdict),
             ho_verdict_get_word (verdict));
  g_print ("\n");
  fflush (stdout);
}
