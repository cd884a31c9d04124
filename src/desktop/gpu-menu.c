/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "gpu-menu.h"

#include "gpu-text.h"

#include <glib/gi18n.h>

/**
 * HoGpuMenu:
 *
 * The menu item of one card: who has it, and in a submenu its functions and what else has to move
 * with it. There is nothing to choose; a card follows its guest.
 */
struct _HoGpuMenu
{
  GtkMenuItem parent;

  HoGpu *gpu;
  GtkWidget *menu;
  GPtrArray *lines; /* of GtkWidget: used from the first on, the rest is hidden */
};

G_DEFINE_FINAL_TYPE (HoGpuMenu, ho_gpu_menu, GTK_TYPE_MENU_ITEM)

static void
set_line (HoGpuMenu *self, guint number, const char *text)
{
  GtkWidget *line;

  if (number == self->lines->len)
    {
      line = gtk_menu_item_new_with_label ("");
      gtk_widget_set_sensitive (line, FALSE);
      gtk_menu_shell_append (GTK_MENU_SHELL (self->menu), line);
      g_ptr_array_add (self->lines, line);
    }
  line = self->lines->pdata[number];
  if (g_strcmp0 (gtk_menu_item_get_label (GTK_MENU_ITEM (line)), text) != 0)
    gtk_menu_item_set_label (GTK_MENU_ITEM (line), text);
  gtk_widget_show (line);
}

static guint
set_functions (HoGpuMenu *self, guint number, const GPtrArray *functions)
{
  for (guint i = 0; i < functions->len; i++)
    {
      g_autofree char *text = ho_gpu_text_describe_function (functions->pdata[i]);

      set_line (self, number++, text);
    }
  return number;
}

static void
update (HoGpuMenu *self)
{
  g_autofree char *label = ho_gpu_text_describe (self->gpu);
  const GPtrArray *strangers = ho_gpu_get_strangers (self->gpu);
  const HoHolders *holders = ho_gpu_get_holders (self->gpu);
  guint number = 0;

  if (g_strcmp0 (gtk_menu_item_get_label (GTK_MENU_ITEM (self)), label) != 0)
    gtk_menu_item_set_label (GTK_MENU_ITEM (self), label);
  number = set_functions (self, number, ho_gpu_get_functions (self->gpu));
  if (strangers->len > 0)
    {
      set_line (self, number++, _ ("In its IOMMU group, so these move with it:"));
      number = set_functions (self, number, strangers);
    }
  if (holders != NULL && holders->list->len > 0)
    {
      g_autofree char *names = ho_holders_dup_names (holders);
      g_autofree char *text = g_strdup_printf (_ ("Last seen in use by %s"), names);

      set_line (self, number++, text);
    }
  for (; number < self->lines->len; number++)
    gtk_widget_hide (self->lines->pdata[number]);
}

static void
ho_gpu_menu_dispose (GObject *object)
{
  HoGpuMenu *self = HO_GPU_MENU (object);

  g_clear_object (&self->gpu);
  g_clear_pointer (&self->lines, g_ptr_array_unref);

  G_OBJECT_CLASS (ho_gpu_menu_parent_class)->dispose (object);
}

static void
ho_gpu_menu_class_init (HoGpuMenuClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_gpu_menu_dispose;
}

static void
ho_gpu_menu_init (HoGpuMenu *self)
{
  self->menu = gtk_menu_new ();
  self->lines = g_ptr_array_new ();
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self), self->menu);
}

/**
 * ho_gpu_menu_new:
 * @gpu: the card
 *
 * Returns: (transfer floating): a menu item
 */
GtkWidget *
ho_gpu_menu_new (HoGpu *gpu)
{
  HoGpuMenu *self = g_object_new (HO_TYPE_GPU_MENU, "visible", TRUE, NULL);

  self->gpu = g_object_ref (gpu);
  g_signal_connect_object (gpu, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
