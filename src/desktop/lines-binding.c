/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "lines-binding.h"

#include "settings-check.h"

/* Joins a text of several lines to a setting that is a list of texts, one a line. */

typedef struct
{
  HoRow *row;
  GtkTextBuffer *buffer; /* its view owns this */
  GSettings *settings;
  char *key;
} Binding;

static void
binding_free (gpointer data, GClosure *closure)
{
  Binding *binding = data;

  g_object_unref (binding->settings);
  g_free (binding->key);
  g_free (binding);
}

static char **
read_lines (Binding *binding)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GtkTextIter start, end;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  gtk_text_buffer_get_bounds (binding->buffer, &start, &end);
  text = gtk_text_buffer_get_text (binding->buffer, &start, &end, FALSE);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (*g_strstrip (lines[i]) != '\0')
        g_strv_builder_add (builder, lines[i]);
    }
  return g_strv_builder_end (builder);
}

static void
show (Binding *binding)
{
  g_auto (GStrv) lines = g_settings_get_strv (binding->settings, binding->key);
  g_auto (GStrv) shown = read_lines (binding);
  g_autofree char *text = g_strjoinv ("\n", lines);

  if (!g_strv_equal ((const char *const *) lines, (const char *const *) shown))
    gtk_text_buffer_set_text (binding->buffer, text, -1);
  ho_row_set_fault (binding->row, NULL);
}

/* Lines count once they are finished, which is when the user goes elsewhere: half a command must
 * never be run. */
static gboolean
on_focus_out (Binding *binding)
{
  g_auto (GStrv) before = g_settings_get_strv (binding->settings, binding->key);
  g_auto (GStrv) lines = read_lines (binding);
  g_autofree char *fault = NULL;

  for (guint i = 0; lines[i] != NULL && fault == NULL; i++)
    fault = ho_settings_check_text (binding->key, lines[i]);
  ho_row_set_fault (binding->row, fault);
  if (fault == NULL && !g_strv_equal ((const char *const *) before, (const char *const *) lines))
    g_settings_set_strv (binding->settings, binding->key, (const char *const *) lines);
  return GDK_EVENT_PROPAGATE;
}

/**
 * ho_lines_binding_bind:
 * @row: says what is wrong with a line
 * @view: shows the lines
 * @settings: settings that outlive it
 * @key: a list of texts
 *
 * A list with a line that the setting cannot have is told of in the row, and the setting is left
 * alone.
 */
void
ho_lines_binding_bind (HoRow *row, GtkTextView *view, GSettings *settings, const char *key)
{
  Binding *binding = g_new0 (Binding, 1);
  g_autofree char *changed = g_strconcat ("changed::", key, NULL);
  GClosure *closure;

  binding->row = row;
  binding->buffer = gtk_text_view_get_buffer (view);
  binding->settings = g_object_ref (settings);
  binding->key = g_strdup (key);
  /* The settings outlive the window: the closure goes with the view, and its data with it. */
  closure = g_cclosure_new_swap (G_CALLBACK (show), binding, binding_free);
  g_object_watch_closure (G_OBJECT (view), closure);
  g_signal_connect_closure (settings, changed, closure, FALSE);
  g_signal_connect_swapped (view, "focus-out-event", G_CALLBACK (on_focus_out), binding);
  show (binding);
}
