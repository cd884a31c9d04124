/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "offer.h"

#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

#include <glib/gi18n.h>

/* Offers a change of a guest on the terminal: shows the difference, asks, makes the change, and
 * says where the old description is. */

/* Colours as diff(1) has them. https://no-color.org/ */
static const char *
get_colour (const char *line)
{
  if (g_str_has_prefix (line, "+++") || g_str_has_prefix (line, "---"))
    return "\033[1m";
  switch (*line)
    {
    case '+':
      return "\033[32m";
    case '-':
      return "\033[31m";
    case '@':
      return "\033[36m";
    default:
      return NULL;
    }
}

static void
print_difference (const char *difference)
{
  const char *no_color = g_getenv ("NO_COLOR");
  gboolean colourful = isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
  g_auto (GStrv) lines = g_strsplit (difference, "\n", -1);

  for (char **line = lines; *line != NULL && (line[1] != NULL || **line != '\0'); line++)
    {
      const char *colour = colourful ? get_colour (*line) : NULL;

      if (colour != NULL)
        g_print ("%s%s\033[m\n", colour, *line);
      else
        g_print ("%s\n", *line);
    }
  fflush (stdout);
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

static void
on_applied (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoGuestEdit *edit = HO_GUEST_EDIT (object);
  g_autoptr (GTask) task = user_data;
  HoGuest *guest = ho_guest_edit_get_guest (edit);
  const char *name = ho_guest_get_name (guest);
  g_autofree char *quoted = quote (name);
  GError *error = NULL;

  if (!ho_guest_edit_apply_finish (edit, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_print (_ ("%s is changed. What it was is kept in %s; “handover setup %s --undo” goes back.\n"),
           name, ho_guest_edit_get_backup (edit), quoted);
  if (ho_guest_is_active (guest))
    g_print (_ ("%s is running, and takes the change at its next start.\n"), name);
  fflush (stdout);
  g_task_return_boolean (task, TRUE);
}

static void
on_answer (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoGuestEdit *edit = g_task_get_source_object (task);
  g_autofree char *answer
      = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);

  if (answer != NULL && rpmatch (answer) == 1)
    ho_guest_edit_apply_async (edit, NULL, on_applied, g_steal_pointer (&task));
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, _ ("%s was not changed."),
                             ho_guest_get_name (ho_guest_edit_get_guest (edit)));
}

/* Takes @task. */
static void
ask (GTask *task, const char *name)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (input);

  g_printerr (_ ("Change %s like this? [y/N] "), name);
  g_data_input_stream_read_line_async (lines, G_PRIORITY_DEFAULT, NULL, on_answer, task);
}

static void
on_offered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * ho_offer:
 * @edit: a change
 * @yes: whether the user has agreed already
 * @task: (transfer full): returns %TRUE when the change is made, or an error
 *
 * A change that changes nothing is a success. The errors are %HO_ERROR_USAGE if there is nobody to
 * ask, %HO_ERROR_FAILED after a no, and those of ho_guest_edit_apply_async().
 */
void
ho_offer (HoGuestEdit *edit, gboolean yes, GTask *task)
{
  g_autoptr (GTask) offer = g_task_new (edit, NULL, on_offered, task);
  const char *name = ho_guest_get_name (ho_guest_edit_get_guest (edit));

  g_task_set_source_tag (offer, ho_offer);
  if (!ho_guest_edit_changes (edit))
    {
      g_print (_ ("There is nothing to change in %s.\n"), name);
      g_task_return_boolean (offer, TRUE);
      return;
    }
  print_difference (ho_guest_edit_get_difference (edit));
  if (yes)
    ho_guest_edit_apply_async (edit, NULL, on_applied, g_steal_pointer (&offer));
  else if (isatty (STDIN_FILENO))
    ask (g_steal_pointer (&offer), name);
  else
    g_task_return_new_error (offer, HO_ERROR, HO_ERROR_USAGE,
                             _ ("%s was not changed: there is no terminal to ask on. Add --yes to "
                                "change it like this."),
                             name);
}
