/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "difference-window.h"

#include "error.h"

#include <glib/gi18n.h>

/**
 * HoDifferenceWindow:
 *
 * Shows what a change does to the definition of a guest, and makes it if the user says so. The
 * signal `applied` tells that it was made.
 */
struct _HoDifferenceWindow
{
  GtkWindow parent;

  HoGuestEdit *edit;
  GCancellable *cancellable;
  GtkWidget *heading;
  GtkWidget *difference;
  GtkWidget *note;
  GtkWidget *fault;
  GtkWidget *cancel;
  GtkWidget *apply;
};

G_DEFINE_FINAL_TYPE (HoDifferenceWindow, ho_difference_window, GTK_TYPE_WINDOW)

enum
{
  APPLIED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Colours of the theme, so that they can be read on a light and on a dark ground. */
static GtkTextTag *
new_tag (HoDifferenceWindow *self, GtkTextBuffer *buffer, const char *colour)
{
  GtkStyleContext *style = gtk_widget_get_style_context (self->difference);
  GtkTextTag *tag = gtk_text_buffer_create_tag (buffer, NULL, NULL);
  GdkRGBA rgba;

  if (gtk_style_context_lookup_color (style, colour, &rgba))
    g_object_set (tag, "foreground-rgba", &rgba, NULL);
  return tag;
}

static void
show_difference (HoDifferenceWindow *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->difference));
  GtkTextTag *added = new_tag (self, buffer, "success_color");
  GtkTextTag *removed = new_tag (self, buffer, "error_color");
  g_auto (GStrv) lines = g_strsplit (ho_guest_edit_get_difference (self->edit), "\n", -1);
  GtkTextIter end;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      GtkTextTag *tag = lines[i][0] == '+' ? added : lines[i][0] == '-' ? removed : NULL;

      /* The names of the two files that there are not. */
      if (g_str_has_prefix (lines[i], "+++ ") || g_str_has_prefix (lines[i], "--- "))
        continue;
      gtk_text_buffer_get_end_iter (buffer, &end);
      if (tag != NULL)
        gtk_text_buffer_insert_with_tags (buffer, &end, lines[i], -1, tag, NULL);
      else
        gtk_text_buffer_insert (buffer, &end, lines[i], -1);
      gtk_text_buffer_get_end_iter (buffer, &end);
      if (lines[i + 1] != NULL)
        gtk_text_buffer_insert (buffer, &end, "\n", 1);
    }
}

static void
on_applied (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoDifferenceWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (ho_guest_edit_apply_finish (HO_GUEST_EDIT (object), result, &error))
    {
      g_signal_emit (self, signals[APPLIED], 0);
      gtk_widget_destroy (GTK_WIDGET (self));
    }
  else if (!ho_error_is_silent (error))
    {
      gtk_label_set_text (GTK_LABEL (self->fault), error->message);
      gtk_widget_show (self->fault);
      gtk_widget_set_sensitive (self->apply, TRUE);
    }
}

static void
on_apply (HoDifferenceWindow *self)
{
  gtk_widget_set_sensitive (self->apply, FALSE);
  gtk_widget_hide (self->fault);
  ho_guest_edit_apply_async (self->edit, self->cancellable, on_applied, g_object_ref (self));
}

static void
ho_difference_window_dispose (GObject *object)
{
  HoDifferenceWindow *self = HO_DIFFERENCE_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->edit);

  G_OBJECT_CLASS (ho_difference_window_parent_class)->dispose (object);
}

static void
ho_difference_window_finalize (GObject *object)
{
  g_object_unref (HO_DIFFERENCE_WINDOW (object)->cancellable);

  G_OBJECT_CLASS (ho_difference_window_parent_class)->finalize (object);
}

static void
ho_difference_window_class_init (HoDifferenceWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ho_difference_window_dispose;
  object_class->finalize = ho_difference_window_finalize;

  signals[APPLIED] = g_signal_new ("applied", HO_TYPE_DIFFERENCE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/handover/Handover/difference-window.ui");
  gtk_widget_class_bind_template_child (widget_class, HoDifferenceWindow, heading);
  gtk_widget_class_bind_template_child (widget_class, HoDifferenceWindow, difference);
  gtk_widget_class_bind_template_child (widget_class, HoDifferenceWindow, note);
  gtk_widget_class_bind_template_child (widget_class, HoDifferenceWindow, fault);
  gtk_widget_class_bind_template_child (widget_class, HoDifferenceWindow, cancel);
  gtk_widget_class_bind_template_child (widget_class, HoDifferenceWindow, apply);
}

static void
ho_difference_window_init (HoDifferenceWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->cancel, "clicked", G_CALLBACK (gtk_window_close), self);
  g_signal_connect_swapped (self->apply, "clicked", G_CALLBACK (on_apply), self);
}

/**
 * ho_difference_window_new:
 * @parent: the window in which it was asked for
 * @edit: a change that is prepared
 *
 * Returns: (transfer none): the window, shown; GTK owns it until it is closed
 */
HoDifferenceWindow *
ho_difference_window_new (GtkWindow *parent, HoGuestEdit *edit)
{
  HoDifferenceWindow *self = g_object_new (HO_TYPE_DIFFERENCE_WINDOW, "transient-for", parent,
                                           "destroy-with-parent", TRUE, NULL);
  const char *name = ho_guest_get_name (ho_guest_edit_get_guest (edit));
  g_autofree char *heading
      = ho_guest_edit_changes (edit)
            ? g_strdup_printf (_ ("This changes in the definition of %s:"), name)
            : g_strdup_printf (_ ("%s is already as it should be. Nothing changes."), name);

  self->edit = g_object_ref (edit);
  gtk_label_set_text (GTK_LABEL (self->heading), heading);
  gtk_widget_set_sensitive (self->apply, ho_guest_edit_changes (edit));
  gtk_widget_set_visible (self->note, ho_guest_edit_changes (edit));
  show_difference (self);
  gtk_window_present (GTK_WINDOW (self));
  return self;
}
