/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "page-general.h"

#include "row.h"
#include "settings-rows.h"

/**
 * HoPageGeneral:
 *
 * The page of the preferences for the icon and the connection. Below the connection it says what
 * is wrong with it, for whoever has just changed it.
 */
struct _HoPageGeneral
{
  GtkBox parent;

  HoCore *core;
  HoAutostart *autostart;
  GtkWidget *start_at_login;
  GtkWidget *connection;
};

G_DEFINE_FINAL_TYPE (HoPageGeneral, ho_page_general, GTK_TYPE_BOX)

static void
on_autostart_changed (HoPageGeneral *self)
{
  gtk_switch_set_active (GTK_SWITCH (self->start_at_login),
                         ho_autostart_get_enabled (self->autostart));
}

static void
on_start_at_login (HoPageGeneral *self)
{
  ho_autostart_set_enabled (self->autostart,
                            gtk_switch_get_active (GTK_SWITCH (self->start_at_login)));
}

static void
on_problem_changed (HoPageGeneral *self)
{
  g_autofree char *problem = ho_hypervisor_dup_problem (ho_core_get_hypervisor (self->core));

  ho_row_set_fault (HO_ROW (self->connection), problem);
}

static void
ho_page_general_dispose (GObject *object)
{
  HoPageGeneral *self = HO_PAGE_GENERAL (object);

  g_clear_object (&self->core);
  g_clear_object (&self->autostart);

  G_OBJECT_CLASS (ho_page_general_parent_class)->dispose (object);
}

static void
ho_page_general_class_init (HoPageGeneralClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_page_general_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/handover/Handover/page-general.ui");
  gtk_widget_class_bind_template_child (widget_class, HoPageGeneral, start_at_login);
  gtk_widget_class_bind_template_child (widget_class, HoPageGeneral, connection);
}

static void
ho_page_general_init (HoPageGeneral *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ho_page_general_new:
 * @core: what the page is about
 * @autostart: whether Handover starts at login
 *
 * Returns: (transfer floating): the page
 */
GtkWidget *
ho_page_general_new (HoCore *core, HoAutostart *autostart)
{
  HoPageGeneral *self = g_object_new (HO_TYPE_PAGE_GENERAL, NULL);

  self->core = g_object_ref (core);
  self->autostart = g_object_ref (autostart);
  ho_settings_rows_bind (GTK_WIDGET (self), ho_settings_get_global (ho_core_get_settings (core)));
  on_autostart_changed (self);
  g_signal_connect_object (autostart, "notify::enabled", G_CALLBACK (on_autostart_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->start_at_login, "notify::active", G_CALLBACK (on_start_at_login),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::problem",
                           G_CALLBACK (on_problem_changed), self, G_CONNECT_SWAPPED);
  on_problem_changed (self);
  return GTK_WIDGET (self);
}
