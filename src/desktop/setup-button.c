/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "setup-button.h"

#include "difference-window.h"
#include "error.h"
#include "guest-setup.h"

#include <glib/gi18n.h>

/**
 * HoSetupButton:
 *
 * Adds one thing that Handover needs to a guest's definition, once the user has seen the difference
 * and agreed. What is in the way is said in the button's row.
 */
struct _HoSetupButton
{
  GtkButton parent;

  HoCore *core;
  char *part;
  HoRow *row; /* not owned: it owns this */
  HoGuest *guest;
  GCancellable *cancellable; /* of what is prepared */
};

G_DEFINE_FINAL_TYPE (HoSetupButton, ho_setup_button, GTK_TYPE_BUTTON)

static void
say_done (HoSetupButton *self)
{
  gtk_button_set_label (GTK_BUTTON (self), _ ("Done"));
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
}

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoSetupButton) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit
      = ho_guest_setup_prepare_finish (HO_HYPERVISOR (object), result, NULL, &error);
  GtkWidget *toplevel = gtk_widget_get_toplevel (GTK_WIDGET (self));
  HoDifferenceWindow *window;

  if (ho_error_is_silent (error) || !GTK_IS_WINDOW (toplevel))
    return;
  if (edit == NULL)
    {
      ho_row_set_fault (self->row, error->message);
      return;
    }
  if (!ho_guest_edit_changes (edit))
    {
      say_done (self);
      return;
    }
  window = ho_difference_window_new (GTK_WINDOW (toplevel), edit);
  g_signal_connect_object (window, "applied", G_CALLBACK (say_done), self, G_CONNECT_SWAPPED);
}

static void
ho_setup_button_clicked (GtkButton *button)
{
  HoSetupButton *self = HO_SETUP_BUTTON (button);
  const char *parts[] = { self->part, NULL };

  ho_row_set_fault (self->row, NULL);
  ho_guest_setup_prepare_async (ho_core_get_hypervisor (self->core), self->guest, parts,
                                self->cancellable, on_prepared, g_object_ref (self));
}

static void
ho_setup_button_dispose (GObject *object)
{
  HoSetupButton *self = HO_SETUP_BUTTON (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->guest);
  g_clear_object (&self->core);
  g_clear_pointer (&self->part, g_free);

  G_OBJECT_CLASS (ho_setup_button_parent_class)->dispose (object);
}

static void
ho_setup_button_class_init (HoSetupButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_setup_button_dispose;
  GTK_BUTTON_CLASS (klass)->clicked = ho_setup_button_clicked;
}

static void
ho_setup_button_init (HoSetupButton *self)
{
  gtk_button_set_label (GTK_BUTTON (self), _ ("Set Up…"));
}

/**
 * ho_setup_button_set_up:
 * @self: a button as GtkBuilder makes it
 * @core: has the guests
 * @part: what it sets up, such as %HO_SETUP_AUDIO
 * @row: the row that it is in
 */
void
ho_setup_button_set_up (HoSetupButton *self, HoCore *core, const char *part, HoRow *row)
{
  self->core = g_object_ref (core);
  self->part = g_strdup (part);
  self->row = row;
  ho_setup_button_set_guest (self, NULL);
}

/**
 * ho_setup_button_set_guest:
 * @self: a button
 * @guest: (nullable): whose definition it changes
 */
void
ho_setup_button_set_guest (HoSetupButton *self, HoGuest *guest)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self), guest != NULL);
  if (self->core == NULL || (guest == self->guest && self->cancellable != NULL))
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_set_object (&self->guest, guest);
  gtk_button_set_label (GTK_BUTTON (self), _ ("Set Up…"));
  ho_row_set_fault (self->row, NULL);
}
