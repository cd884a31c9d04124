/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "guest-menu.h"

#include "status-text.h"

#include <glib/gi18n.h>

/**
 * HoGuestMenu:
 *
 * The menu item of one guest, with all that can be done to it in a submenu. Made once and updated
 * in place: a menu that is rebuilt closes under the user's hand.
 */
struct _HoGuestMenu
{
  GtkMenuItem parent;

  HoGuest *guest;
  HoInput *input;
  HoActions *actions;
  HoNotifier *notifier;
  HoNoticeBoard *board;

  GtkWidget *start;
  GtkWidget *shut_down;
  GtkWidget *pause;
  GtkWidget *take_input;
  GtkWidget *force_off;         /* asks in a notification … */
  GtkWidget *force_off_submenu; /* … or here, where notifications have no buttons */
};

G_DEFINE_FINAL_TYPE (HoGuestMenu, ho_guest_menu, GTK_TYPE_MENU_ITEM)

static void
set_label (GtkWidget *item, const char *label)
{
  if (g_strcmp0 (gtk_menu_item_get_label (GTK_MENU_ITEM (item)), label) != 0)
    gtk_menu_item_set_label (GTK_MENU_ITEM (item), label);
}

static void
update (HoGuestMenu *self)
{
  HoGuestState state = ho_guest_get_state (self->guest);
  gboolean stopped = !ho_guest_state_is_active (state);
  gboolean running = state == HO_GUEST_RUNNING;
  gboolean paused = state == HO_GUEST_PAUSED;
  g_autofree char *label = ho_status_text_describe_guest (self->guest);
  gboolean asks = ho_notice_board_has_actions (self->board);

  set_label (GTK_WIDGET (self), label);
  set_label (self->start, state == HO_GUEST_SUSPENDED ? _ ("Wake") : _ ("Start"));
  set_label (self->pause, paused ? _ ("Resume") : _ ("Pause"));
  gtk_widget_set_sensitive (self->start, stopped || state == HO_GUEST_SUSPENDED);
  gtk_widget_set_sensitive (self->shut_down, running || paused || state == HO_GUEST_SUSPENDED);
  gtk_widget_set_sensitive (self->pause, running || paused);
  gtk_widget_set_visible (self->take_input,
                          ho_input_get_location (self->input) != HO_INPUT_UNCONFIGURED);
  gtk_widget_set_sensitive (self->take_input, running
                                                  && ho_input_would_go (self->input, self->guest)
                                                  && !ho_input_is_busy (self->input));
  gtk_widget_set_sensitive (self->force_off, !stopped);
  gtk_widget_set_sensitive (self->force_off_submenu, !stopped);
  gtk_widget_set_visible (self->force_off, asks);
  gtk_widget_set_visible (self->force_off_submenu, !asks);
}

static void
on_start (HoGuestMenu *self)
{
  ho_actions_start (self->actions, self->guest);
}

static void
on_shut_down (HoGuestMenu *self)
{
  ho_actions_stop (self->actions, self->guest);
}

static void
on_pause (HoGuestMenu *self)
{
  if (ho_guest_get_state (self->guest) == HO_GUEST_PAUSED)
    ho_actions_start (self->actions, self->guest);
  else
    ho_actions_pause (self->actions, self->guest);
}

static void
on_take_input (HoGuestMenu *self)
{
  ho_actions_move_input (self->actions, self->guest, HO_RETURN_AS_SET);
}

static void
on_force_off (HoGuestMenu *self)
{
  ho_notifier_confirm_force_off (self->notifier, self->guest);
}

static void
on_force_off_confirmed (HoGuestMenu *self)
{
  ho_actions_force_off (self->actions, self->guest);
}

static GtkWidget *
append_item (HoGuestMenu *self, GtkWidget *menu, const char *label, GCallback callback)
{
  GtkWidget *item = gtk_menu_item_new_with_label (label);

  if (callback != NULL)
    g_signal_connect_object (item, "activate", callback, self, G_CONNECT_SWAPPED);
  gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
  gtk_widget_show (item);
  return item;
}

static void
ho_guest_menu_dispose (GObject *object)
{
  HoGuestMenu *self = HO_GUEST_MENU (object);

  g_clear_object (&self->guest);
  g_clear_object (&self->input);
  g_clear_object (&self->actions);
  g_clear_object (&self->notifier);
  g_clear_object (&self->board);

  G_OBJECT_CLASS (ho_guest_menu_parent_class)->dispose (object);
}

static void
ho_guest_menu_class_init (HoGuestMenuClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_guest_menu_dispose;
}

static void
ho_guest_menu_init (HoGuestMenu *self)
{
  GtkWidget *menu = gtk_menu_new ();
  GtkWidget *confirm = gtk_menu_new ();

  self->start = append_item (self, menu, _ ("Start"), G_CALLBACK (on_start));
  self->shut_down = append_item (self, menu, _ ("Shut Down"), G_CALLBACK (on_shut_down));
  self->pause = append_item (self, menu, _ ("Pause"), G_CALLBACK (on_pause));
  self->take_input
      = append_item (self, menu, _ ("Switch Keyboard and Mouse Here"), G_CALLBACK (on_take_input));
  self->force_off = append_item (self, menu, _ ("Force Off…"), G_CALLBACK (on_force_off));
  self->force_off_submenu = append_item (self, menu, _ ("Force Off"), NULL);
  append_item (self, confirm, _ ("Force Off, Losing Unsaved Work"),
               G_CALLBACK (on_force_off_confirmed));
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self->force_off_submenu), confirm);
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self), menu);
}

/**
 * ho_guest_menu_new:
 * @guest: the guest
 * @input: keyboard and mouse
 * @actions: what the items do
 * @notifier: asks before a guest is forced off
 * @board: says whether notifications have buttons
 *
 * Returns: (transfer floating): a menu item
 */
GtkWidget *
ho_guest_menu_new (HoGuest *guest, HoInput *input, HoActions *actions, HoNotifier *notifier,
                   HoNoticeBoard *board)
{
  HoGuestMenu *self = g_object_new (HO_TYPE_GUEST_MENU, "visible", TRUE, NULL);

  self->guest = g_object_ref (guest);
  self->input = g_object_ref (input);
  self->actions = g_object_ref (actions);
  self->notifier = g_object_ref (notifier);
  self->board = g_object_ref (board);
  g_signal_connect_object (guest, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (input, "notify::location", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (input, "notify::busy", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (board, "notify::has-actions", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
