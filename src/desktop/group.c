/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "group.h"

/**
 * HoGroup:
 *
 * Rows that belong together, below a heading.
 */
struct _HoGroup
{
  GtkBox parent;

  GtkWidget *title;
};

G_DEFINE_FINAL_TYPE (HoGroup, ho_group, GTK_TYPE_BOX)

enum
{
  PROP_0,
  PROP_TITLE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
ho_group_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_TITLE:
      ho_group_set_title (HO_GROUP (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_group_class_init (HoGroupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = ho_group_set_property;

  props[PROP_TITLE]
      = g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ho_group_init (HoGroup *self)
{
  g_autoptr (PangoAttrList) bold = pango_attr_list_new ();

  gtk_widget_show (GTK_WIDGET (self));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 12);
  pango_attr_list_insert (bold, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  self->title = gtk_label_new (NULL);
  gtk_label_set_attributes (GTK_LABEL (self->title), bold);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_label_set_line_wrap (GTK_LABEL (self->title), TRUE);
  atk_object_set_role (gtk_widget_get_accessible (self->title), ATK_ROLE_HEADING);
  gtk_box_pack_start (GTK_BOX (self), self->title, FALSE, FALSE, 0);
  atk_object_add_relationship (gtk_widget_get_accessible (GTK_WIDGET (self)),
                               ATK_RELATION_LABELLED_BY, gtk_widget_get_accessible (self->title));
}

/**
 * ho_group_new:
 * @title: (nullable): the heading
 *
 * Returns: (transfer floating): an empty group
 */
GtkWidget *
ho_group_new (const char *title)
{
  return g_object_new (HO_TYPE_GROUP, "title", title, NULL);
}

void
ho_group_set_title (HoGroup *self, const char *title)
{
  gtk_label_set_text (GTK_LABEL (self->title), title != NULL ? title : "");
  gtk_widget_set_visible (self->title, title != NULL && *title != '\0');
}
