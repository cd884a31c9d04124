/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "side-picture.h"

#include <glib/gi18n.h>

/**
 * HoSidePicture:
 *
 * A picture of who has what: a frame for this computer, one for each guest that has something, and
 * every thing in the frame of its owner, always at the same height. It is made of labels and
 * symbolic icons, so the theme colours it and a screen reader reads it; its description says all of
 * it at once.
 */
struct _HoSidePicture
{
  GtkBox parent;

  HoSides *sides; /* NULL until the first is shown */
};

G_DEFINE_FINAL_TYPE (HoSidePicture, ho_side_picture, GTK_TYPE_BOX)

static const char *
get_icon (HoThingKind kind)
{
  switch (kind)
    {
    case HO_THING_CARD:
      return "ho-card-symbolic";
    case HO_THING_KEYBOARD:
      return "input-keyboard-symbolic";
    case HO_THING_MOUSE:
      return "input-mouse-symbolic";
    case HO_THING_SOUND:
      return "audio-speakers-symbolic";
    case HO_THING_INPUT:
    default:
      return "input-gaming-symbolic";
    }
}

static GtkWidget *
new_text (const char *text, const char *style_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (style_class != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
  return label;
}

/* The icon says nothing that the text beside it does not. */
static GtkWidget *
new_line (const char *icon, const char *text, const char *note)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *image = gtk_image_new_from_icon_name (icon, GTK_ICON_SIZE_DND);

  gtk_container_add (GTK_CONTAINER (texts), new_text (text, NULL));
  if (note != NULL)
    gtk_container_add (GTK_CONTAINER (texts), new_text (note, GTK_STYLE_CLASS_DIM_LABEL));
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_container_add (GTK_CONTAINER (line), image);
  gtk_container_add (GTK_CONTAINER (line), texts);
  return line;
}

static GtkWidget *
new_heading (const char *icon, const char *text)
{
  GtkWidget *heading = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = new_text (text, "ho-side-title");

  atk_object_set_role (gtk_widget_get_accessible (label), ATK_ROLE_HEADING);
  gtk_container_add (GTK_CONTAINER (heading),
                     gtk_image_new_from_icon_name (icon, GTK_ICON_SIZE_MENU));
  gtk_container_add (GTK_CONTAINER (heading), label);
  return heading;
}

static gboolean
has_anything (const HoSides *sides, const char *guest)
{
  for (guint i = 0; i < sides->things->len; i++)
    {
      if (g_strcmp0 (((HoThing *) sides->things->pdata[i])->guest, guest) == 0)
        return TRUE;
    }
  return FALSE;
}

/* @heights: for each thing the group that gives it the same height on every side */
static GtkWidget *
new_side (const HoSides *sides, const char *guest, GPtrArray *heights)
{
  GtkWidget *side = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *heading = new_heading (guest != NULL ? "video-display-symbolic" : "computer-symbolic",
                                    guest != NULL ? guest : _ ("This computer"));

  gtk_style_context_add_class (gtk_widget_get_style_context (side), "ho-side");
  gtk_container_add (GTK_CONTAINER (side), heading);
  gtk_size_group_add_widget (heights->pdata[sides->things->len], heading);
  for (guint i = 0; i < sides->things->len; i++)
    {
      const HoThing *thing = sides->things->pdata[i];
      GtkWidget *place = g_strcmp0 (thing->guest, guest) == 0
                             ? new_line (get_icon (thing->kind), thing->name, thing->note)
                             : gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

      if (i == 0 && !has_anything (sides, guest))
        gtk_container_add (GTK_CONTAINER (place),
                           new_text (_ ("Nothing"), GTK_STYLE_CLASS_DIM_LABEL));
      gtk_size_group_add_widget (heights->pdata[i], place);
      gtk_container_add (GTK_CONTAINER (side), place);
    }
  return side;
}

static void
destroy (GtkWidget *widget, gpointer user_data)
{
  gtk_widget_destroy (widget);
}

static void
ho_side_picture_finalize (GObject *object)
{
  g_clear_pointer (&HO_SIDE_PICTURE (object)->sides, ho_sides_free);

  G_OBJECT_CLASS (ho_side_picture_parent_class)->finalize (object);
}

static void
ho_side_picture_class_init (HoSidePictureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ho_side_picture_finalize;
}

static void
ho_side_picture_init (HoSidePicture *self)
{
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self));

  gtk_box_set_spacing (GTK_BOX (self), 12);
  gtk_box_set_homogeneous (GTK_BOX (self), TRUE);
  atk_object_set_role (accessible, ATK_ROLE_IMAGE);
  atk_object_set_name (accessible, _ ("Who has what"));
}

/**
 * ho_side_picture_show:
 * @self: a picture
 * @sides: (transfer full): what it shows from now on
 */
void
ho_side_picture_show (HoSidePicture *self, HoSides *sides)
{
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) heights = NULL;

  if (self->sides != NULL && ho_sides_equal (self->sides, sides))
    {
      ho_sides_free (sides);
      return;
    }
  g_clear_pointer (&self->sides, ho_sides_free);
  self->sides = sides;
  heights = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i <= sides->things->len; i++)
    g_ptr_array_add (heights, gtk_size_group_new (GTK_SIZE_GROUP_VERTICAL));
  gtk_container_foreach (GTK_CONTAINER (self), destroy, NULL);
  gtk_box_pack_start (GTK_BOX (self), new_side (sides, NULL, heights), TRUE, TRUE, 0);
  for (guint i = 0; i < sides->guests->len; i++)
    gtk_box_pack_start (GTK_BOX (self), new_side (sides, sides->guests->pdata[i], heights), TRUE,
                        TRUE, 0);
  gtk_widget_show_all (GTK_WIDGET (self));
  text = ho_sides_describe (sides);
  atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (self)), text);
}
