/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "shortcut-recorder.h"

#include "accelerator.h"
#include "row.h"

#include <glib/gi18n.h>

/**
 * HoShortcutRecorder:
 *
 * A button that shows the keys of the shortcut and, when pressed, takes the next keys for it. What
 * the desktop says to them, such as that another program has them, is said in its row. Escape
 * leaves the keys as they are, Backspace means none.
 */
struct _HoShortcutRecorder
{
  GtkButton parent;

  HoShortcut *shortcut;
  GSettings *settings;
  HoRow *row;       /* not owned: it owns this */
  GdkSeat *grabbed; /* NULL while nothing is recorded */
  gboolean enabled; /* whether the shortcut was, before the recording */
};

G_DEFINE_FINAL_TYPE (HoShortcutRecorder, ho_shortcut_recorder, GTK_TYPE_BUTTON)

static char *
dup_wanted_label (HoShortcutRecorder *self)
{
  g_autofree char *text = g_settings_get_string (self->settings, HO_KEY_SHORTCUT);
  HoAccelerator accelerator;

  if (*text == '\0')
    return g_strdup (_ ("None"));
  if (!ho_accelerator_parse (text, &accelerator, NULL))
    return g_steal_pointer (&text);
  return ho_accelerator_dup_label (&accelerator);
}

static void
update (HoShortcutRecorder *self)
{
  const char *granted = ho_shortcut_get_label (self->shortcut);
  g_autofree char *wanted = NULL;

  if (self->grabbed != NULL)
    {
      gtk_button_set_label (GTK_BUTTON (self), _ ("Press the keys…"));
      ho_row_set_fault (self->row, NULL);
      return;
    }
  wanted = dup_wanted_label (self);
  gtk_button_set_label (GTK_BUTTON (self), granted != NULL ? granted : wanted);
  ho_row_set_fault (self->row, ho_shortcut_get_problem (self->shortcut));
}

static void
stop_recording (HoShortcutRecorder *self)
{
  if (self->grabbed == NULL)
    return;
  gdk_seat_ungrab (self->grabbed);
  gtk_grab_remove (GTK_WIDGET (self));
  self->grabbed = NULL;
  ho_shortcut_set_enabled (self->shortcut, self->enabled);
}

/* The keyboard is taken, so that the keys reach this window and not whoever has them now. */
static void
start_recording (HoShortcutRecorder *self)
{
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (GTK_WIDGET (self)));
  GdkWindow *window = gtk_widget_get_window (gtk_widget_get_toplevel (GTK_WIDGET (self)));

  self->enabled = ho_shortcut_is_enabled (self->shortcut);
  ho_shortcut_set_enabled (self->shortcut, FALSE);
  self->grabbed = seat;
  gtk_grab_add (GTK_WIDGET (self));
  /* Where it cannot be taken most keys come all the same. */
  gdk_seat_grab (seat, window, GDK_SEAT_CAPABILITY_KEYBOARD, TRUE, NULL, NULL, NULL, NULL);
  update (self);
}

static void
ho_shortcut_recorder_clicked (GtkButton *button)
{
  HoShortcutRecorder *self = HO_SHORTCUT_RECORDER (button);

  if (self->grabbed == NULL)
    start_recording (self);
  else
    stop_recording (self);
  update (self);
}

static void
take (HoShortcutRecorder *self, guint keyval, GdkModifierType modifiers)
{
  g_autofree char *text = gtk_accelerator_name (gdk_keyval_to_lower (keyval), modifiers);
  g_autoptr (GError) error = NULL;
  HoAccelerator accelerator;

  /* The keyboard stays taken until keys come that can be a shortcut. */
  if (!ho_accelerator_parse (text, &accelerator, &error))
    {
      ho_row_set_fault (self->row, error->message);
      return;
    }
  g_settings_set_string (self->settings, HO_KEY_SHORTCUT, text);
  stop_recording (self);
  update (self);
}

static gboolean
ho_shortcut_recorder_key_press (GtkWidget *widget, GdkEventKey *event)
{
  HoShortcutRecorder *self = HO_SHORTCUT_RECORDER (widget);
  GdkModifierType modifiers = event->state & gtk_accelerator_get_default_mod_mask ();

  if (self->grabbed == NULL)
    return GTK_WIDGET_CLASS (ho_shortcut_recorder_parent_class)->key_press_event (widget, event);
  if (event->is_modifier)
    return GDK_EVENT_STOP;
  if (modifiers == 0 && event->keyval == GDK_KEY_Escape)
    {
      stop_recording (self);
      update (self);
    }
  else if (modifiers == 0 && event->keyval == GDK_KEY_BackSpace)
    {
      g_settings_set_string (self->settings, HO_KEY_SHORTCUT, "");
      stop_recording (self);
      update (self);
    }
  else
    {
      take (self, event->keyval, modifiers);
    }
  return GDK_EVENT_STOP;
}

/* The release of Enter or the space bar, with which the recording began, must not end it. */
static gboolean
ho_shortcut_recorder_key_release (GtkWidget *widget, GdkEventKey *event)
{
  if (HO_SHORTCUT_RECORDER (widget)->grabbed != NULL)
    return GDK_EVENT_STOP;
  return GTK_WIDGET_CLASS (ho_shortcut_recorder_parent_class)->key_release_event (widget, event);
}

static void
ho_shortcut_recorder_unmap (GtkWidget *widget)
{
  stop_recording (HO_SHORTCUT_RECORDER (widget));
  GTK_WIDGET_CLASS (ho_shortcut_recorder_parent_class)->unmap (widget);
}

static void
ho_shortcut_recorder_dispose (GObject *object)
{
  HoShortcutRecorder *self = HO_SHORTCUT_RECORDER (object);

  if (self->shortcut != NULL)
    stop_recording (self);
  g_clear_object (&self->shortcut);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_shortcut_recorder_parent_class)->dispose (object);
}

static void
ho_shortcut_recorder_class_init (HoShortcutRecorderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_shortcut_recorder_dispose;
  widget_class->key_press_event = ho_shortcut_recorder_key_press;
  widget_class->key_release_event = ho_shortcut_recorder_key_release;
  widget_class->unmap = ho_shortcut_recorder_unmap;
  GTK_BUTTON_CLASS (klass)->clicked = ho_shortcut_recorder_clicked;
}

static void
ho_shortcut_recorder_init (HoShortcutRecorder *self)
{
}

/**
 * ho_shortcut_recorder_new_row:
 * @shortcut: the shortcut
 * @settings: where its keys are kept
 *
 * Returns: (transfer floating): a row with a recorder
 */
GtkWidget *
ho_shortcut_recorder_new_row (HoShortcut *shortcut, HoSettings *settings)
{
  HoShortcutRecorder *self = g_object_new (HO_TYPE_SHORTCUT_RECORDER, "visible", TRUE, NULL);
  GtkWidget *row = ho_row_new (
      _ ("S_hortcut"),
      _ ("Moves keyboard and mouse, whichever program you are in. Press the button, then the "
         "keys; Backspace for none."),
      GTK_WIDGET (self));

  self->shortcut = g_object_ref (shortcut);
  self->settings = g_object_ref (ho_settings_get_global (settings));
  self->row = HO_ROW (row);
  g_signal_connect_object (shortcut, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::" HO_KEY_SHORTCUT, G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return row;
}
