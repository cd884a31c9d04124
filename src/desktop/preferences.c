/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "preferences.h"

#include "device-list.h"
#include "group.h"
#include "page-general.h"
#include "page-guests.h"
#include "row.h"
#include "settings-rows.h"
#include "shortcut-recorder.h"
#include "trusted-cards.h"

#include <glib/gi18n.h>

/**
 * HoPreferences:
 *
 * The window of the preferences. Every change applies at once, and what is changed elsewhere, such
 * as in the file, is seen at once; so there is nothing to confirm.
 */
struct _HoPreferences
{
  GtkApplicationWindow parent;

  HoCore *core;
  GtkWidget *stack;
  GtkWidget *warnings;
  GtkWidget *warnings_text;
};

G_DEFINE_FINAL_TYPE (HoPreferences, ho_preferences, GTK_TYPE_APPLICATION_WINDOW)

/* Puts a page into a frame that scrolls: translations and large fonts need more room. */
static void
add_page (HoPreferences *self, const char *name, const char *title, GtkWidget *page)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  g_object_set (page, "margin", 18, NULL);
  gtk_container_add (GTK_CONTAINER (scrolled), page);
  gtk_widget_show (scrolled);
  gtk_stack_add_titled (GTK_STACK (self->stack), scrolled, name, title);
}

/* A page that is nothing but rows needs no code of its own. */
static void
add_plain_page (HoPreferences *self, const char *name, const char *title, HoShortcut *shortcut)
{
  g_autofree char *resource = g_strdup_printf ("/org/handover/Handover/page-%s.ui", name);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (resource);
  GtkWidget *page = GTK_WIDGET (gtk_builder_get_object (builder, "page"));
  GObject *devices = gtk_builder_get_object (builder, "devices");
  GObject *trusted = gtk_builder_get_object (builder, "trusted");
  GObject *keys = gtk_builder_get_object (builder, "shortcut");
  GSettings *settings = ho_settings_get_global (ho_core_get_settings (self->core));

  ho_settings_rows_bind (page, settings);
  if (devices != NULL)
    gtk_container_add (GTK_CONTAINER (devices), ho_device_list_new (self->core, settings));
  if (trusted != NULL)
    gtk_container_add (GTK_CONTAINER (trusted), ho_trusted_cards_new (self->core));
  if (keys != NULL && shortcut != NULL)
    gtk_container_add (GTK_CONTAINER (keys),
                       ho_shortcut_recorder_new_row (shortcut, ho_core_get_settings (self->core)));
  add_page (self, name, title, page);
}

static void
on_warnings_changed (HoPreferences *self)
{
  g_autofree char *text
      = g_strjoinv ("\n", (char **) ho_settings_get_warnings (ho_core_get_settings (self->core)));

  gtk_label_set_text (GTK_LABEL (self->warnings_text), text);
  gtk_widget_set_visible (self->warnings, *text != '\0');
}

static void
ho_preferences_dispose (GObject *object)
{
  g_clear_object (&HO_PREFERENCES (object)->core);

  G_OBJECT_CLASS (ho_preferences_parent_class)->dispose (object);
}

static void
ho_preferences_class_init (HoPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_preferences_dispose;

  g_type_ensure (HO_TYPE_GROUP);
  g_type_ensure (HO_TYPE_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/handover/Handover/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, HoPreferences, stack);
  gtk_widget_class_bind_template_child (widget_class, HoPreferences, warnings);
  gtk_widget_class_bind_template_child (widget_class, HoPreferences, warnings_text);
}

static void
ho_preferences_init (HoPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ho_preferences_new:
 * @application: the application
 * @core: what the preferences are for
 * @autostart: whether Handover starts at login
 * @shortcut: (nullable): the shortcut
 *
 * Returns: (transfer none): the window, which GTK owns until it is closed
 */
GtkWidget *
ho_preferences_new (GtkApplication *application, HoCore *core, HoAutostart *autostart,
                    HoShortcut *shortcut)
{
  HoPreferences *self
      = g_object_new (HO_TYPE_PREFERENCES, "application", application, "show-menubar", FALSE, NULL);

  self->core = g_object_ref (core);
  add_page (self, "general", _ ("General"), ho_page_general_new (core, autostart));
  add_page (self, "guests", _ ("Guests"), ho_page_guests_new (core));
  add_plain_page (self, "input", _ ("Keyboard and Mouse"), shortcut);
  add_plain_page (self, "return", _ ("Ways Back"), NULL);
  add_plain_page (self, "card", _ ("Graphics Card"), NULL);
  add_plain_page (self, "commands", _ ("Commands"), NULL);
  add_plain_page (self, "notifications", _ ("Notifications"), NULL);
  g_signal_connect_object (ho_core_get_settings (core), "notify::warnings",
                           G_CALLBACK (on_warnings_changed), self, G_CONNECT_SWAPPED);
  on_warnings_changed (self);
  return GTK_WIDGET (self);
}
