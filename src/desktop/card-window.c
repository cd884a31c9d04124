/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "card-window.h"

#include "error.h"
#include "gpu-text.h"
#include "group.h"
#include "node-watch.h"
#include "side-picture.h"

#include <glib/gi18n.h>

/**
 * HoCardWindow:
 *
 * Who has what: a picture of both sides, and below it each card with its functions, drivers, IOMMU
 * groups and the programs that use it. It follows every change. Who uses a card is looked for when
 * a node of it is opened or closed, and whenever the window is turned to.
 */
struct _HoCardWindow
{
  GtkApplicationWindow parent;

  HoCore *core;
  HoNodeWatch *watch;
  GCancellable *cancellable;
  gboolean looking;
  gboolean stale; /* something happened during the look */
  char *shown;    /* nullable: all that is said of the cards */
  guint update;   /* several changes at once are shown once */
  GtkWidget *picture;
  GtkWidget *cards;
  GtkWidget *empty;
  GtkWidget *again;
  GtkWidget *message;
};

G_DEFINE_FINAL_TYPE (HoCardWindow, ho_card_window, GTK_TYPE_APPLICATION_WINDOW)

/* One card. */

/* What is so, and how it is: “In use by”, “steam (process 4711)”. */
static void
add_fact (GtkWidget *grid, int row, const char *what, const char *how)
{
  GtkWidget *title = gtk_label_new (what);
  GtkWidget *text = gtk_label_new (how);

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_yalign (GTK_LABEL (title), 0);
  gtk_label_set_line_wrap (GTK_LABEL (title), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (title), 24);
  gtk_style_context_add_class (gtk_widget_get_style_context (title), GTK_STYLE_CLASS_DIM_LABEL);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_line_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (text, TRUE);
  /* Addresses and names are there to be copied. */
  gtk_label_set_selectable (GTK_LABEL (text), TRUE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (title), text);
  gtk_grid_attach (GTK_GRID (grid), title, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), text, 1, row, 1, 1);
}

static void
append_line (GString *text, const char *line)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
}

static char *
describe_functions (const GPtrArray *functions)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < functions->len; i++)
    {
      g_autofree char *line = ho_gpu_text_describe_function (functions->pdata[i]);

      append_line (text, line);
    }
  return g_strdup (text->str);
}

/* Usually one for all functions. */
static char *
describe_groups (const GPtrArray *functions)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int last = -1;

  for (guint i = 0; i < functions->len; i++)
    {
      const HoPciFunction *function = functions->pdata[i];

      if (function->group >= 0 && function->group != last)
        g_string_append_printf (text, "%s%d", text->len > 0 ? ", " : "", function->group);
      last = function->group;
    }
  return g_strdup (text->len > 0 ? text->str : _ ("none: it cannot be given to a guest"));
}

static char *
describe_holders (const HoHolders *holders)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (holders == NULL)
    return g_strdup (_ ("not looked for yet"));
  for (guint i = 0; i < holders->list->len; i++)
    {
      const HoHolder *holder = holders->list->pdata[i];
      g_autofree char *nodes = NULL;
      g_autofree char *line = NULL;

      g_ptr_array_add (holder->nodes, NULL);
      nodes = g_strjoinv (", ", (char **) holder->nodes->pdata);
      g_ptr_array_remove_index (holder->nodes, holder->nodes->len - 1);
      /* Translators: a program, its number, and the files below /dev by which it uses the card */
      line = g_strdup_printf (_ ("%s (process %d): %s"), holder->command, holder->pid, nodes);
      append_line (text, line);
    }
  if (!holders->complete && !holders->proven)
    {
      if (holders->list->len == 0)
        append_line (text, _ ("nobody that can be seen"));
      append_line (text, _ ("Programs of other users may use it too; those cannot be seen."));
    }
  return g_strdup (text->len > 0 ? text->str : _ ("nobody"));
}

/* Its heading, and then what is so and how it is in turn. */
static GPtrArray *
describe_card (HoGpu *gpu)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *strangers = describe_functions (ho_gpu_get_strangers (gpu));

  g_ptr_array_add (texts, ho_gpu_text_describe (gpu));
  g_ptr_array_add (texts, g_strdup (_ ("Functions")));
  g_ptr_array_add (texts, describe_functions (ho_gpu_get_functions (gpu)));
  g_ptr_array_add (texts, g_strdup (_ ("IOMMU group")));
  g_ptr_array_add (texts, describe_groups (ho_gpu_get_functions (gpu)));
  if (*strangers != '\0')
    {
      g_ptr_array_add (texts, g_strdup (_ ("In its IOMMU group, so these move with it:")));
      g_ptr_array_add (texts, g_steal_pointer (&strangers));
    }
  /* A card that no driver of the host has can't be used by its programs. */
  if (ho_gpu_find_on_host (gpu) != NULL)
    {
      g_ptr_array_add (texts, g_strdup (_ ("In use by")));
      g_ptr_array_add (texts, describe_holders (ho_gpu_get_holders (gpu)));
    }
  g_ptr_array_add (texts, NULL);
  return texts;
}

static GtkWidget *
new_card (const GPtrArray *texts)
{
  GtkWidget *group = ho_group_new (texts->pdata[0]);
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 18);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  for (guint i = 1; texts->pdata[i] != NULL; i += 2)
    add_fact (grid, (int) i, texts->pdata[i], texts->pdata[i + 1]);
  gtk_widget_show_all (grid);
  gtk_container_add (GTK_CONTAINER (group), grid);
  return group;
}

/* All of it. */

static void
destroy (GtkWidget *widget, gpointer user_data)
{
  gtk_widget_destroy (widget);
}

static void
show_cards (HoCardWindow *self)
{
  GListModel *gpus = G_LIST_MODEL (ho_core_get_gpus (self->core));
  guint n = g_list_model_get_n_items (gpus);
  g_autoptr (GPtrArray) cards = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGpu) gpu = g_list_model_get_item (gpus, i);
      GPtrArray *texts = describe_card (gpu);
      g_autofree char *text = g_strjoinv ("\n", (char **) texts->pdata);

      g_ptr_array_add (cards, texts);
      append_line (all, text);
    }
  gtk_widget_set_visible (self->empty, n == 0);
  /* A look that found nothing new must not take away what somebody reads or copies. */
  if (g_strcmp0 (self->shown, all->str) == 0)
    return;
  g_free (self->shown);
  self->shown = g_strdup (all->str);
  gtk_container_foreach (GTK_CONTAINER (self->cards), destroy, NULL);
  for (guint i = 0; i < n; i++)
    gtk_container_add (GTK_CONTAINER (self->cards), new_card (cards->pdata[i]));
}

static gboolean
on_update (gpointer user_data)
{
  HoCardWindow *self = user_data;
  HoGuest *primary = ho_core_get_primary_guest (self->core);
  g_autoptr (GVariant) gpus = g_variant_ref_sink (ho_core_describe_gpus (self->core));
  g_autoptr (GVariant) devices = g_variant_ref_sink (ho_core_describe_devices (self->core));
  g_autoptr (GVariant) audio = g_variant_ref_sink (ho_core_describe_audio (self->core));

  self->update = 0;
  ho_side_picture_show (
      HO_SIDE_PICTURE (self->picture),
      ho_sides_new (gpus, devices, audio, primary != NULL ? ho_guest_get_name (primary) : NULL));
  show_cards (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed (HoCardWindow *self)
{
  if (self->update == 0)
    self->update = g_idle_add (on_update, self);
}

static void look (HoCardWindow *self);

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoCardWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean looked = ho_gpu_list_look_finish (HO_GPU_LIST (object), result, &error);

  if (ho_error_is_silent (error) || self->core == NULL)
    return;
  self->looking = FALSE;
  gtk_label_set_text (GTK_LABEL (self->message), looked ? "" : error->message);
  on_changed (self);
  if (self->stale)
    look (self);
}

static void
look (HoCardWindow *self)
{
  self->stale = self->looking;
  if (self->looking)
    return;
  self->looking = TRUE;
  ho_gpu_list_look_async (ho_core_get_gpus (self->core), TRUE, self->cancellable, on_looked,
                          g_object_ref (self));
}

static void
on_active (HoCardWindow *self)
{
  if (gtk_window_is_active (GTK_WINDOW (self)))
    look (self);
}

static void
ho_card_window_dispose (GObject *object)
{
  HoCardWindow *self = HO_CARD_WINDOW (object);

  g_clear_handle_id (&self->update, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->shown, g_free);
  g_clear_object (&self->watch);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_card_window_parent_class)->dispose (object);
}

static void
ho_card_window_class_init (HoCardWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_card_window_dispose;

  g_type_ensure (HO_TYPE_SIDE_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/handover/Handover/card-window.ui");
  gtk_widget_class_bind_template_child (widget_class, HoCardWindow, picture);
  gtk_widget_class_bind_template_child (widget_class, HoCardWindow, cards);
  gtk_widget_class_bind_template_child (widget_class, HoCardWindow, empty);
  gtk_widget_class_bind_template_child (widget_class, HoCardWindow, again);
  gtk_widget_class_bind_template_child (widget_class, HoCardWindow, message);
}

static void
ho_card_window_init (HoCardWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
follow (HoCardWindow *self)
{
  HoCore *core = self->core;

  g_object_connect (ho_core_get_gpus (core), "swapped-object-signal::items-changed", on_changed,
                    self, "swapped-object-signal::gpu-changed", on_changed, self, NULL);
  g_object_connect (ho_core_get_input (core), "swapped-object-signal::devices-changed", on_changed,
                    self, "swapped-object-signal::notify::view", on_changed, self, NULL);
  g_signal_connect_object (ho_core_get_audio (core), "changed", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_streams (core), "changed", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_guests (core), "guest-changed::name",
                           G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
}

/**
 * ho_card_window_new:
 * @application: the application
 * @core: knows who has what
 *
 * Returns: (transfer none): the window, which GTK owns until it is closed
 */
GtkWidget *
ho_card_window_new (GtkApplication *application, HoCore *core)
{
  HoCardWindow *self
      = g_object_new (HO_TYPE_CARD_WINDOW, "application", application, "show-menubar", FALSE, NULL);

  self->core = g_object_ref (core);
  self->watch = ho_node_watch_new (ho_core_get_gpus (core));
  g_signal_connect_object (self->watch, "used", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  follow (self);
  g_signal_connect_object (self->again, "clicked", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "notify::is-active", G_CALLBACK (on_active), self, 0);
  on_update (self);
  look (self);
  return GTK_WIDGET (self);
}
