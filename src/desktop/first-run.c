/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "first-run.h"

#include "device-list.h"
#include "group.h"
#include "guest-choice.h"
#include "guest-setup.h"
#include "row.h"
#include "settings-rows.h"
#include "setup-button.h"
#include "shortcut-recorder.h"

#include <glib/gi18n.h>

/**
 * HoFirstRun:
 *
 * The window for whoever starts Handover for the first time: everything that must be chosen on one
 * page, with a proposal for each. What is chosen is kept in memory and becomes the user's settings
 * when they say so; the guest's definition changes only by what they were shown.
 */
struct _HoFirstRun
{
  GtkApplicationWindow parent;

  HoCore *core;
  HoActions *actions;
  HoAutostart *autostart;
  HoSettings *draft;
  gboolean chosen;   /* the user chose the guest */
  gboolean proposed; /* devices were proposed */

  GtkWidget *connection;
  GtkWidget *guest;
  GtkWidget *devices;
  GtkWidget *device_list;
  GtkWidget *shortcut;
  GtkWidget *channel_row;
  GtkWidget *channel;
  GtkWidget *sound_row;
  GtkWidget *sound;
  GtkWidget *start_at_login;
  GtkWidget *later;
  GtkWidget *done;
  GtkWidget *start;
};

G_DEFINE_FINAL_TYPE (HoFirstRun, ho_first_run, GTK_TYPE_APPLICATION_WINDOW)

static HoGuest *
get_guest (HoFirstRun *self)
{
  return ho_guest_choice_get_guest (HO_GUEST_CHOICE (self->guest));
}

/* Proposing. */

/* The guest that a card is passed through to; else the first there is. */
static HoGuest *
find_proposal (HoFirstRun *self)
{
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (self->core));
  guint n = g_list_model_get_n_items (guests);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, i);

      if (ho_guest_get_facts (guest)->pci_hostdevs->len > 0)
        return guest; /* the list keeps it */
    }
  return NULL;
}

static void
show_guest (HoFirstRun *self)
{
  HoGuest *guest = get_guest (self);
  gboolean off = guest != NULL && ho_guest_control_would_start (guest);
  g_autofree char *label
      = guest != NULL ? g_strdup_printf (_ ("Use and _Start %s"), ho_guest_get_name (guest)) : NULL;

  gtk_button_set_label (GTK_BUTTON (self->start), label != NULL ? label : "");
  gtk_widget_set_visible (self->start, off);
  ho_setup_button_set_guest (HO_SETUP_BUTTON (self->channel), guest);
  ho_setup_button_set_guest (HO_SETUP_BUTTON (self->sound), guest);
}

static void
on_guests_changed (HoFirstRun *self)
{
  HoGuest *proposal = find_proposal (self);

  if (!self->chosen && proposal != NULL)
    ho_guest_choice_select (HO_GUEST_CHOICE (self->guest), ho_guest_get_uuid (proposal));
  show_guest (self);
}

static void
on_guest_chosen (HoFirstRun *self)
{
  self->chosen = TRUE;
  show_guest (self);
}

/* Once: a device that the user unchecked is not proposed again. */
static void
on_devices_changed (HoFirstRun *self)
{
  g_autoptr (HoInputView) view = ho_input_list_devices (ho_core_get_input (self->core));

  if (self->proposed || view->devices->len == 0)
    return;
  self->proposed = TRUE;
  ho_device_list_propose (HO_DEVICE_LIST (self->device_list));
}

static void
on_connection_changed (HoFirstRun *self)
{
  g_autofree char *problem = ho_hypervisor_dup_problem (ho_core_get_hypervisor (self->core));

  gtk_label_set_text (GTK_LABEL (self->connection), problem != NULL ? problem : "");
  gtk_widget_set_visible (self->connection, problem != NULL);
}

/* Keeping what was chosen. */

static void
keep_settings (HoFirstRun *self)
{
  GSettings *draft = ho_settings_get_global (self->draft);
  GSettings *global = ho_settings_get_global (ho_core_get_settings (self->core));
  HoGuest *guest = get_guest (self);
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  g_object_get (draft, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = g_settings_get_user_value (draft, keys[i]);

      if (value != NULL)
        g_settings_set_value (global, keys[i], value);
    }
  /* Also if there is no guest yet: a file means that this window was seen. */
  g_settings_set_string (global, HO_KEY_PRIMARY_GUEST,
                         guest != NULL ? ho_guest_get_name (guest) : "");
  ho_autostart_set_enabled (self->autostart,
                            gtk_switch_get_active (GTK_SWITCH (self->start_at_login)));
}

static void
on_done (HoFirstRun *self)
{
  keep_settings (self);
  gtk_widget_destroy (GTK_WIDGET (self));
}

static void
on_start (HoFirstRun *self)
{
  HoGuest *guest = get_guest (self);

  keep_settings (self);
  if (guest != NULL)
    ho_actions_start (self->actions, guest);
  gtk_widget_destroy (GTK_WIDGET (self));
}

static void
ho_first_run_dispose (GObject *object)
{
  HoFirstRun *self = HO_FIRST_RUN (object);

  g_clear_object (&self->draft);
  g_clear_object (&self->autostart);
  g_clear_object (&self->actions);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_first_run_parent_class)->dispose (object);
}

static void
ho_first_run_class_init (HoFirstRunClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_first_run_dispose;

  g_type_ensure (HO_TYPE_GROUP);
  g_type_ensure (HO_TYPE_GUEST_CHOICE);
  g_type_ensure (HO_TYPE_ROW);
  g_type_ensure (HO_TYPE_SETUP_BUTTON);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/handover/Handover/first-run.ui");
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, connection);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, guest);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, devices);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, shortcut);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, channel_row);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, channel);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, sound_row);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, sound);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, start_at_login);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, later);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, done);
  gtk_widget_class_bind_template_child (widget_class, HoFirstRun, start);
}

static void
ho_first_run_init (HoFirstRun *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
follow (HoFirstRun *self)
{
  HoGuestList *guests = ho_core_get_guests (self->core);

  g_object_connect (guests, "swapped-object-signal::items-changed", on_guests_changed, self,
                    "swapped-object-signal::guest-changed", show_guest, self, NULL);
  g_signal_connect_object (ho_core_get_input (self->core), "devices-changed",
                           G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (self->core), "notify::problem",
                           G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "chosen", G_CALLBACK (on_guest_chosen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->later, "clicked", G_CALLBACK (gtk_widget_destroy), self);
  g_signal_connect_swapped (self->done, "clicked", G_CALLBACK (on_done), self);
  g_signal_connect_swapped (self->start, "clicked", G_CALLBACK (on_start), self);
  on_connection_changed (self);
  on_guests_changed (self);
  on_devices_changed (self);
}

/**
 * ho_first_run_new:
 * @application: the application
 * @core: has what can be chosen
 * @actions: start the guest
 * @autostart: whether Handover starts at login
 * @shortcut: (nullable): the shortcut
 *
 * Returns: (transfer none) (nullable): the window, which GTK owns until it is closed; %NULL if
 *   Handover is not installed whole
 */
GtkWidget *
ho_first_run_new (GtkApplication *application, HoCore *core, HoActions *actions,
                  HoAutostart *autostart, HoShortcut *shortcut)
{
  g_autoptr (HoSettings) draft = ho_settings_new_in_memory (NULL);
  HoFirstRun *self;

  if (draft == NULL)
    return NULL;
  self = g_object_new (HO_TYPE_FIRST_RUN, "application", application, "show-menubar", FALSE, NULL);
  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->autostart = g_object_ref (autostart);
  self->draft = g_object_ref (draft);

  ho_guest_choice_follow (HO_GUEST_CHOICE (self->guest), core, FALSE);
  self->device_list = ho_device_list_new (core, ho_settings_get_global (draft));
  gtk_container_add (GTK_CONTAINER (self->devices), self->device_list);
  if (shortcut != NULL)
    {
      GtkWidget *row = ho_shortcut_recorder_new_row (shortcut, ho_core_get_settings (core));

      gtk_container_add (GTK_CONTAINER (self->shortcut), row);
      gtk_box_reorder_child (GTK_BOX (self->shortcut), row, 1);
    }
  ho_settings_rows_bind (GTK_WIDGET (self), ho_settings_get_global (draft));
  ho_setup_button_set_up (HO_SETUP_BUTTON (self->channel), core, HO_SETUP_RETURN_CHANNEL,
                          HO_ROW (self->channel_row));
  ho_setup_button_set_up (HO_SETUP_BUTTON (self->sound), core, HO_SETUP_AUDIO,
                          HO_ROW (self->sound_row));
  gtk_switch_set_active (GTK_SWITCH (self->start_at_login), ho_autostart_get_enabled (autostart));
  follow (self);
  return GTK_WIDGET (self);
}
