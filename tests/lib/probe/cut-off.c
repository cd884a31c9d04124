/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gtk/gtk.h>

#include <glib-unix.h>
#include <gmodule.h>
#include <signal.h>

/* A GTK module for tests (GTK_MODULES): at each SIGUSR2 it looks at every window of the program and
 * prints each text that is not to be read as a whole: ellipsized, larger than its place, or outside
 * of the window; then how many it looked at. It changes nothing. */

static guint looked_at;

static void
tell (GtkWidget *widget, const char *why, const char *text)
{
  GtkWidget *toplevel = gtk_widget_get_toplevel (widget);
  g_autofree char *line = g_strdelimit (g_strdup (text), "\n", ' ');

  g_print ("cut off|%s|%s|%s\n", gtk_window_get_title (GTK_WINDOW (toplevel)) ?: "", why, line);
}

/* What is too high for its window may be scrolled to; nothing here is scrolled sideways. */
static gboolean
is_outside (GtkWidget *widget, gboolean *scrolled)
{
  GtkWidget *toplevel = gtk_widget_get_toplevel (widget);
  int x, y;

  *scrolled = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW) != NULL;
  if (!gtk_widget_translate_coordinates (widget, toplevel, 0, 0, &x, &y))
    return FALSE;
  return x < 0
         || x + gtk_widget_get_allocated_width (widget) > gtk_widget_get_allocated_width (toplevel)
         || (!*scrolled
             && (y < 0
                 || y + gtk_widget_get_allocated_height (widget)
                        > gtk_widget_get_allocated_height (toplevel)));
}

static void
look_at_layout (GtkWidget *widget, PangoLayout *layout, const char *text)
{
  gboolean scrolled;
  int width, height;

  if (text == NULL || *text == '\0')
    return;
  looked_at++;
  pango_layout_get_pixel_size (layout, &width, &height);
  if (pango_layout_is_ellipsized (layout))
    tell (widget, "ellipsized", text);
  else if (width > gtk_widget_get_allocated_width (widget)
           || height > gtk_widget_get_allocated_height (widget))
    tell (widget, "too small", text);
  else if (is_outside (widget, &scrolled))
    tell (widget, "outside", text);
}

/* The chosen text of a combo box. */
static void
look_at_cells (GtkWidget *widget)
{
  int least, natural;
  gboolean scrolled;

  looked_at++;
  gtk_widget_get_preferred_width (widget, &least, &natural);
  if (natural > gtk_widget_get_allocated_width (widget))
    tell (widget, "too small", "(a choice)");
  else if (is_outside (widget, &scrolled))
    tell (widget, "outside", "(a choice)");
}

static void
look_at (GtkWidget *widget, gpointer user_data)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  if (GTK_IS_LABEL (widget))
    look_at_layout (widget, gtk_label_get_layout (GTK_LABEL (widget)),
                    gtk_label_get_text (GTK_LABEL (widget)));
  else if (GTK_IS_CELL_VIEW (widget))
    look_at_cells (widget);
  if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), look_at, NULL);
}

static gboolean
on_signal (gpointer user_data)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  looked_at = 0;
  for (GList *l = windows; l != NULL; l = l->next)
    {
      if (gtk_window_get_window_type (l->data) == GTK_WINDOW_TOPLEVEL)
        look_at (l->data, NULL);
    }
  g_print ("looked at|%u\n", looked_at);
  return G_SOURCE_CONTINUE;
}

G_MODULE_EXPORT void gtk_module_init (int *argc, char ***argv);

void
gtk_module_init (int *argc, char ***argv)
{
  g_unix_signal_add (SIGUSR2, on_signal, NULL);
}
