/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "settings-rows.h"

#include "lines-binding.h"
#include "row.h"
#include "settings-check.h"

/* Joins the rows of a page to the settings, live in both directions: the page, another program and
 * an editor may all change a setting. */

typedef struct
{
  HoRow *row; /* owns this */
  GSettings *settings;
  char *key;
} EntryBinding;

static void
entry_binding_free (gpointer data, GClosure *closure)
{
  EntryBinding *binding = data;

  g_object_unref (binding->settings);
  g_free (binding->key);
  g_free (binding);
}

static GtkEntry *
get_entry (EntryBinding *binding)
{
  return GTK_ENTRY (ho_row_get_control (binding->row));
}

/* A text counts once it is finished: by Enter, or by going elsewhere. */
static void
commit_entry (EntryBinding *binding)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_entry_get_text (get_entry (binding))));
  g_autofree char *now = g_settings_get_string (binding->settings, binding->key);
  g_autofree char *fault = NULL;

  if (!g_str_equal (text, now))
    fault = ho_settings_check_text (binding->key, text);
  ho_row_set_fault (binding->row, fault);
  if (fault == NULL && !g_str_equal (text, now))
    g_settings_set_string (binding->settings, binding->key, text);
}

static gboolean
on_focus_out (EntryBinding *binding)
{
  commit_entry (binding);
  return GDK_EVENT_PROPAGATE;
}

static void
show_in_entry (EntryBinding *binding)
{
  g_autofree char *text = g_settings_get_string (binding->settings, binding->key);

  if (!g_str_equal (text, gtk_entry_get_text (get_entry (binding))))
    gtk_entry_set_text (get_entry (binding), text);
  ho_row_set_fault (binding->row, NULL);
}

static void
bind_entry (HoRow *row, GSettings *settings, const char *key)
{
  GtkWidget *entry = ho_row_get_control (row);
  EntryBinding *binding = g_new0 (EntryBinding, 1);
  g_autofree char *changed = g_strconcat ("changed::", key, NULL);
  GClosure *closure;

  binding->row = row;
  binding->settings = g_object_ref (settings);
  binding->key = g_strdup (key);
  /* The settings outlive the window: the closure goes with the entry, and its data with it. */
  closure = g_cclosure_new_swap (G_CALLBACK (show_in_entry), binding, entry_binding_free);
  g_object_watch_closure (G_OBJECT (entry), closure);
  g_signal_connect_closure (settings, changed, closure, FALSE);
  g_signal_connect_swapped (entry, "activate", G_CALLBACK (commit_entry), binding);
  g_signal_connect_swapped (entry, "focus-out-event", G_CALLBACK (on_focus_out), binding);
  show_in_entry (binding);
}

static void
get_limits (GVariant *limits, gboolean whole, double *least, double *most)
{
  gint32 from, to;
  guint32 first, last;

  if (whole)
    {
      g_variant_get (limits, "(ii)", &from, &to);
      *least = from;
      *most = to;
    }
  else
    {
      g_variant_get (limits, "(uu)", &first, &last);
      *least = first;
      *most = last;
    }
}

/* The range comes from the schema, so that window and file allow the same. */
static void
apply_range (GtkSpinButton *spin, GSettings *settings, const char *key)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsSchemaKey) schema_key = NULL;
  g_autoptr (GVariant) range = NULL;
  g_autoptr (GVariant) limits = NULL;
  const char *kind;
  gboolean whole; /* numbers below zero too */
  double least = 0;
  double most = G_MAXINT32;

  g_object_get (settings, "settings-schema", &schema, NULL);
  schema_key = g_settings_schema_get_key (schema, key);
  range = g_settings_schema_key_get_range (schema_key);
  g_variant_get (range, "(&sv)", &kind, &limits);
  whole = g_variant_type_equal (g_settings_schema_key_get_value_type (schema_key),
                                G_VARIANT_TYPE_INT32);
  if (g_str_equal (kind, "range"))
    get_limits (limits, whole, &least, &most);
  else if (whole)
    least = G_MININT32;
  gtk_spin_button_set_range (spin, least, most);
  gtk_spin_button_set_increments (spin, 1, 10);
  gtk_spin_button_set_numeric (spin, TRUE);
  /* A value half typed is none. */
  gtk_spin_button_set_update_policy (spin, GTK_UPDATE_IF_VALID);
}

static void
bind_row (HoRow *row, GSettings *settings, const char *key)
{
  GtkWidget *control = ho_row_get_control (row);

  if (GTK_IS_SWITCH (control))
    {
      g_settings_bind (settings, key, control, "active", G_SETTINGS_BIND_DEFAULT);
    }
  else if (GTK_IS_SPIN_BUTTON (control))
    {
      apply_range (GTK_SPIN_BUTTON (control), settings, key);
      g_settings_bind (settings, key, control, "value", G_SETTINGS_BIND_DEFAULT);
    }
  else if (GTK_IS_COMBO_BOX (control))
    {
      g_settings_bind (settings, key, control, "active-id", G_SETTINGS_BIND_DEFAULT);
    }
  else if (GTK_IS_ENTRY (control))
    {
      bind_entry (row, settings, key);
    }
  else if (GTK_IS_FRAME (control) && GTK_IS_TEXT_VIEW (gtk_bin_get_child (GTK_BIN (control))))
    {
      ho_lines_binding_bind (row, GTK_TEXT_VIEW (gtk_bin_get_child (GTK_BIN (control))), settings,
                             key);
    }
  else
    {
      g_critical ("%s: no way to bind a %s", key, G_OBJECT_TYPE_NAME (control));
    }
}

/**
 * ho_settings_rows_bind:
 * @root: a container
 * @settings: settings that outlive it
 *
 * Joins every #HoRow below @root that names a setting to it: a switch to a truth, a spin button to
 * a number (taking its range from the schema), a combo box to an enumeration by the ids of its
 * items, an entry to a text, a text view in a frame to a list of texts. A text that the setting
 * cannot be is told of in the row, and the setting is left alone.
 */
void
ho_settings_rows_bind (GtkWidget *root, GSettings *settings)
{
  GList *children;

  if (HO_IS_ROW (root))
    {
      if (ho_row_get_key (HO_ROW (root)) != NULL)
        bind_row (HO_ROW (root), settings, ho_row_get_key (HO_ROW (root)));
      return;
    }
  if (!GTK_IS_CONTAINER (root))
    return;
  children = gtk_container_get_children (GTK_CONTAINER (root));
  for (GList *l = children; l != NULL; l = l->next)
    ho_settings_rows_bind (l->data, settings);
  g_list_free (children);
}
