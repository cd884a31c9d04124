/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "row.h"

/**
 * HoRow:
 *
 * One choice in a window: what it is, a line that explains it, the control, and below them what is
 * wrong with an entry. It names the control for screen readers and gives it the title's mnemonic.
 *
 * In a GtkBuilder file the control is its child, and `key` the setting that it shows (see
 * ho_settings_rows_bind()).
 */
struct _HoRow
{
  GtkGrid parent;

  GtkWidget *title;
  GtkWidget *subtitle;
  GtkWidget *fault; /* NULL until there is one */
  GtkWidget *control;
  char *key;
};

G_DEFINE_FINAL_TYPE (HoRow, ho_row, GTK_TYPE_GRID)

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_SUBTITLE,
  PROP_KEY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* What the user acts on; a frame around it is for the eye. */
static GtkWidget *
get_named (HoRow *self)
{
  return GTK_IS_FRAME (self->control) ? gtk_bin_get_child (GTK_BIN (self->control)) : self->control;
}

/* A screen reader says the title by itself, since the label is the control's; what explains it and
 * what is wrong is told as the description. */
static void
update_accessible (HoRow *self)
{
  AtkObject *accessible;
  const char *title = gtk_label_get_text (GTK_LABEL (self->title));
  const char *subtitle = gtk_label_get_text (GTK_LABEL (self->subtitle));

  if (self->control == NULL)
    return;
  accessible = gtk_widget_get_accessible (get_named (self));
  /* A button says itself what it does. */
  if (!GTK_IS_BUTTON (self->control) || GTK_IS_SPIN_BUTTON (self->control))
    atk_object_set_name (accessible, title);
  if (self->fault != NULL && gtk_widget_get_visible (self->fault))
    subtitle = gtk_label_get_text (GTK_LABEL (self->fault));
  atk_object_set_description (accessible, subtitle);
}

static void
ho_row_add (GtkContainer *container, GtkWidget *widget)
{
  HoRow *self = HO_ROW (container);

  g_return_if_fail (self->control == NULL);
  self->control = widget;
  if (!gtk_widget_get_hexpand (widget))
    gtk_widget_set_halign (widget, GTK_ALIGN_END);
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  gtk_grid_attach (GTK_GRID (self), widget, 1, 0, 1, 2);
  gtk_label_set_mnemonic_widget (GTK_LABEL (self->title), get_named (self));
  update_accessible (self);
}

static void
ho_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  HoRow *self = HO_ROW (object);

  switch (id)
    {
    case PROP_TITLE:
      ho_row_set_title (self, g_value_get_string (value));
      break;
    case PROP_SUBTITLE:
      ho_row_set_subtitle (self, g_value_get_string (value));
      break;
    case PROP_KEY:
      g_free (self->key);
      self->key = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_row_finalize (GObject *object)
{
  g_free (HO_ROW (object)->key);

  G_OBJECT_CLASS (ho_row_parent_class)->finalize (object);
}

static void
ho_row_class_init (HoRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = ho_row_set_property;
  object_class->finalize = ho_row_finalize;
  GTK_CONTAINER_CLASS (klass)->add = ho_row_add;

  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, NULL, flags);
  props[PROP_KEY] = g_param_spec_string ("key", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static GtkWidget *
new_text (const char *style_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  if (style_class != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
  return label;
}

static void
ho_row_init (HoRow *self)
{
  gtk_widget_show (GTK_WIDGET (self));
  gtk_grid_set_column_spacing (GTK_GRID (self), 18);
  self->title = new_text (NULL);
  gtk_label_set_use_underline (GTK_LABEL (self->title), TRUE);
  gtk_widget_show (self->title);
  gtk_grid_attach (GTK_GRID (self), self->title, 0, 0, 1, 1);
  self->subtitle = new_text (GTK_STYLE_CLASS_DIM_LABEL);
  gtk_label_set_max_width_chars (GTK_LABEL (self->subtitle), 60);
  gtk_grid_attach (GTK_GRID (self), self->subtitle, 0, 1, 1, 1);
}

/**
 * ho_row_new:
 * @title: what is chosen, with its mnemonic underlined
 * @subtitle: (nullable): what explains it
 * @control: (nullable): what it is chosen with
 *
 * Returns: (transfer floating): a row
 */
GtkWidget *
ho_row_new (const char *title, const char *subtitle, GtkWidget *control)
{
  GtkWidget *self = g_object_new (HO_TYPE_ROW, "title", title, "subtitle", subtitle, NULL);

  if (control != NULL)
    gtk_container_add (GTK_CONTAINER (self), control);
  return self;
}

/**
 * ho_row_get_key:
 * @self: a row
 *
 * Returns: (transfer none) (nullable): the setting that the row shows
 */
const char *
ho_row_get_key (HoRow *self)
{
  return self->key;
}

/**
 * ho_row_get_control:
 * @self: a row
 *
 * Returns: (transfer none) (nullable): its control
 */
GtkWidget *
ho_row_get_control (HoRow *self)
{
  return self->control;
}

void
ho_row_set_title (HoRow *self, const char *title)
{
  gtk_label_set_label (GTK_LABEL (self->title), title != NULL ? title : "");
  update_accessible (self);
}

void
ho_row_set_subtitle (HoRow *self, const char *subtitle)
{
  gtk_label_set_label (GTK_LABEL (self->subtitle), subtitle != NULL ? subtitle : "");
  gtk_widget_set_visible (self->subtitle, subtitle != NULL && *subtitle != '\0');
  update_accessible (self);
}

/**
 * ho_row_set_fault:
 * @self: a row
 * @fault: (nullable): what is wrong with the entry, as a sentence; %NULL if nothing is
 *
 * Says it below the row, marks the control, and tells a screen reader.
 */
void
ho_row_set_fault (HoRow *self, const char *fault)
{
  GtkStyleContext *style
      = self->control != NULL ? gtk_widget_get_style_context (self->control) : NULL;

  if (self->fault == NULL)
    {
      if (fault == NULL)
        return;
      self->fault = new_text ("ho-fault");
      atk_object_set_role (gtk_widget_get_accessible (self->fault), ATK_ROLE_NOTIFICATION);
      gtk_grid_attach (GTK_GRID (self), self->fault, 0, 2, 2, 1);
    }
  gtk_label_set_text (GTK_LABEL (self->fault), fault != NULL ? fault : "");
  gtk_widget_set_visible (self->fault, fault != NULL);
  if (style != NULL && fault != NULL)
    gtk_style_context_add_class (style, GTK_STYLE_CLASS_ERROR);
  else if (style != NULL)
    gtk_style_context_remove_class (style, GTK_STYLE_CLASS_ERROR);
  update_accessible (self);
}
