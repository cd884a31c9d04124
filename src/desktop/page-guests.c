/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "page-guests.h"

#include "device-list.h"
#include "guest-choice.h"
#include "settings-rows.h"

/**
 * HoPageGuests:
 *
 * The page of the preferences for all guests and for each alone.
 */
struct _HoPageGuests
{
  GtkBox parent;

  HoCore *core;
  HoGuest *shown; /* whose own settings are shown */
  GtkWidget *primary;
  GtkWidget *guest;
  GtkWidget *own;
};

G_DEFINE_FINAL_TYPE (HoPageGuests, ho_page_guests, GTK_TYPE_BOX)

static GSettings *
get_global (HoPageGuests *self)
{
  return ho_settings_get_global (ho_core_get_settings (self->core));
}

static void
on_primary_setting_changed (HoPageGuests *self)
{
  g_autofree char *name = g_settings_get_string (get_global (self), HO_KEY_PRIMARY_GUEST);

  ho_guest_choice_select (HO_GUEST_CHOICE (self->primary), name);
}

/* By name, as a person would write it into the file. */
static void
on_primary_chosen (HoPageGuests *self)
{
  HoGuest *guest = ho_guest_choice_get_guest (HO_GUEST_CHOICE (self->primary));

  g_settings_set_string (get_global (self), HO_KEY_PRIMARY_GUEST,
                         guest != NULL ? ho_guest_get_name (guest) : "");
}

static void
destroy (GtkWidget *widget, gpointer user_data)
{
  gtk_widget_destroy (widget);
}

static void
show_own_settings (HoPageGuests *self)
{
  HoGuest *guest = ho_guest_choice_get_guest (HO_GUEST_CHOICE (self->guest));
  g_autoptr (GtkBuilder) builder = NULL;
  GSettings *settings;
  GtkWidget *page;

  if (guest == self->shown)
    return;
  g_set_object (&self->shown, guest);
  gtk_container_foreach (GTK_CONTAINER (self->own), destroy, NULL);
  if (guest == NULL)
    return;
  builder = gtk_builder_new_from_resource ("/org/handover/Handover/page-guest.ui");
  page = GTK_WIDGET (gtk_builder_get_object (builder, "page"));
  settings = ho_settings_get_guest (ho_core_get_settings (self->core), ho_guest_get_uuid (guest));
  ho_settings_rows_bind (page, settings);
  gtk_container_add (GTK_CONTAINER (gtk_builder_get_object (builder, "devices")),
                     ho_device_list_new (self->core, settings));
  gtk_container_add (GTK_CONTAINER (self->own), page);
}

static void
ho_page_guests_dispose (GObject *object)
{
  HoPageGuests *self = HO_PAGE_GUESTS (object);

  g_clear_object (&self->shown);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_page_guests_parent_class)->dispose (object);
}

static void
ho_page_guests_class_init (HoPageGuestsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_page_guests_dispose;

  g_type_ensure (HO_TYPE_GUEST_CHOICE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/handover/Handover/page-guests.ui");
  gtk_widget_class_bind_template_child (widget_class, HoPageGuests, primary);
  gtk_widget_class_bind_template_child (widget_class, HoPageGuests, guest);
  gtk_widget_class_bind_template_child (widget_class, HoPageGuests, own);
}

static void
ho_page_guests_init (HoPageGuests *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ho_page_guests_new:
 * @core: has the guests and their settings
 *
 * Returns: (transfer floating): the page
 */
GtkWidget *
ho_page_guests_new (HoCore *core)
{
  HoPageGuests *self = g_object_new (HO_TYPE_PAGE_GUESTS, NULL);
  HoGuest *primary = ho_core_get_primary_guest (core);

  self->core = g_object_ref (core);
  ho_settings_rows_bind (GTK_WIDGET (self), get_global (self));

  ho_guest_choice_follow (HO_GUEST_CHOICE (self->primary), core, TRUE);
  on_primary_setting_changed (self);
  g_signal_connect_object (get_global (self), "changed::" HO_KEY_PRIMARY_GUEST,
                           G_CALLBACK (on_primary_setting_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->primary, "chosen", G_CALLBACK (on_primary_chosen), self,
                           G_CONNECT_SWAPPED);

  ho_guest_choice_follow (HO_GUEST_CHOICE (self->guest), core, FALSE);
  g_signal_connect_object (self->guest, "changed", G_CALLBACK (show_own_settings), self,
                           G_CONNECT_SWAPPED);
  if (primary != NULL)
    ho_guest_choice_select (HO_GUEST_CHOICE (self->guest), ho_guest_get_uuid (primary));
  show_own_settings (self);
  return GTK_WIDGET (self);
}
