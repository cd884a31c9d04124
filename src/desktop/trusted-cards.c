/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "trusted-cards.h"

#include <glib/gi18n.h>

/**
 * HoTrustedCards:
 *
 * A check button for each card that a guest passes through, and for each address in the settings
 * that is no such card: whether it counts as free although not every process could be read.
 */
struct _HoTrustedCards
{
  GtkBox parent;

  HoCore *core;
  GtkWidget *empty;
  GtkWidget *rows;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (HoTrustedCards, ho_trusted_cards, GTK_TYPE_BOX)

static GSettings *
get_settings (HoTrustedCards *self)
{
  return ho_settings_get_global (ho_core_get_settings (self->core));
}

/* Keeps the others in their order, as a person wrote them. */
static void
on_toggled (HoTrustedCards *self, GtkToggleButton *check)
{
  const char *address = g_object_get_data (G_OBJECT (check), "address");
  g_auto (GStrv) before = g_settings_get_strv (get_settings (self), HO_KEY_TRUSTED_CARDS);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) after = NULL;

  if (self->filling)
    return;
  for (guint i = 0; before[i] != NULL; i++)
    {
      if (!g_str_equal (before[i], address))
        g_strv_builder_add (builder, before[i]);
    }
  if (gtk_toggle_button_get_active (check))
    g_strv_builder_add (builder, address);
  after = g_strv_builder_end (builder);
  g_settings_set_strv (get_settings (self), HO_KEY_TRUSTED_CARDS, (const char *const *) after);
}

static gboolean
has_address (GtkWidget *row, const char *address)
{
  return g_str_equal (g_object_get_data (G_OBJECT (row), "address"), address);
}

static GtkWidget *
find_row (HoTrustedCards *self, const char *address)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self->rows));

  for (GList *l = rows; l != NULL; l = l->next)
    {
      if (has_address (l->data, address))
        return l->data;
    }
  return NULL;
}

/* A row that is there stays, and with it the focus. */
static void
put_row (HoTrustedCards *self, const char *address, const char *name, gboolean trusted)
{
  GtkWidget *row = find_row (self, address);
  g_autofree char *label
      = name != NULL ? g_strdup_printf ("%s (%s)", name, address)
                     : g_strdup_printf (_ ("%s: no guest passes such a card through"), address);

  if (row == NULL)
    {
      row = gtk_check_button_new_with_label (label);
      gtk_label_set_line_wrap (GTK_LABEL (gtk_bin_get_child (GTK_BIN (row))), TRUE);
      g_object_set_data_full (G_OBJECT (row), "address", g_strdup (address), g_free);
      g_signal_connect_object (row, "toggled", G_CALLBACK (on_toggled), self, G_CONNECT_SWAPPED);
      gtk_container_add (GTK_CONTAINER (self->rows), row);
      gtk_widget_show (row);
    }
  gtk_button_set_label (GTK_BUTTON (row), label);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (row), trusted);
  g_object_set_data (G_OBJECT (row), "kept", GINT_TO_POINTER (TRUE));
}

static void
drop_unless_kept (GtkWidget *row, gpointer user_data)
{
  if (g_object_steal_data (G_OBJECT (row), "kept") == NULL)
    gtk_widget_destroy (row);
}

static void
fill (HoTrustedCards *self)
{
  GListModel *gpus = G_LIST_MODEL (ho_core_get_gpus (self->core));
  g_auto (GStrv) trusted = g_settings_get_strv (get_settings (self), HO_KEY_TRUSTED_CARDS);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = g_list_model_get_n_items (gpus);

  self->filling = TRUE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGpu) gpu = g_list_model_get_item (gpus, i);
      const char *address = ho_gpu_get_address (gpu);

      g_hash_table_add (known, g_strdup (address));
      put_row (self, address, ho_gpu_get_name (gpu),
               g_strv_contains ((const char *const *) trusted, address));
    }
  for (guint i = 0; trusted[i] != NULL; i++)
    {
      if (!g_hash_table_contains (known, trusted[i]))
        put_row (self, trusted[i], NULL, TRUE);
    }
  gtk_container_foreach (GTK_CONTAINER (self->rows), drop_unless_kept, NULL);
  gtk_widget_set_visible (self->empty, n == 0 && trusted[0] == NULL);
  self->filling = FALSE;
}

static void
ho_trusted_cards_dispose (GObject *object)
{
  g_clear_object (&HO_TRUSTED_CARDS (object)->core);

  G_OBJECT_CLASS (ho_trusted_cards_parent_class)->dispose (object);
}

static void
ho_trusted_cards_class_init (HoTrustedCardsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_trusted_cards_dispose;
}

static void
ho_trusted_cards_init (HoTrustedCards *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  self->rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->empty = gtk_label_new (_ ("No guest passes a graphics card through."));
  gtk_label_set_xalign (GTK_LABEL (self->empty), 0);
  gtk_label_set_line_wrap (GTK_LABEL (self->empty), TRUE);
  gtk_style_context_add_class (gtk_widget_get_style_context (self->empty),
                               GTK_STYLE_CLASS_DIM_LABEL);
  gtk_widget_show (self->rows);
  gtk_container_add (GTK_CONTAINER (self), self->rows);
  gtk_container_add (GTK_CONTAINER (self), self->empty);
}

/**
 * ho_trusted_cards_new:
 * @core: has the cards and the settings
 *
 * Returns: (transfer floating): the list
 */
GtkWidget *
ho_trusted_cards_new (HoCore *core)
{
  HoTrustedCards *self = g_object_new (HO_TYPE_TRUSTED_CARDS, "visible", TRUE, NULL);

  self->core = g_object_ref (core);
  g_object_connect (ho_core_get_gpus (core), "swapped-object-signal::items-changed", fill, self,
                    "swapped-object-signal::gpu-changed", fill, self, NULL);
  g_signal_connect_object (get_settings (self), "changed::" HO_KEY_TRUSTED_CARDS, G_CALLBACK (fill),
                           self, G_CONNECT_SWAPPED);
  fill (self);
  return GTK_WIDGET (self);
}
