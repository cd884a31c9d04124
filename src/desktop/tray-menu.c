/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "tray-menu.h"

#include "guest-menu.h"
#include "status-text.h"

#include <glib/gi18n.h>

/**
 * HoTrayMenu:
 *
 * The menu of the icon: what a click would do comes first, for trays that only show a menu; then
 * every guest, then Handover itself. It is built once and follows the guests item by item.
 */
struct _HoTrayMenu
{
  GtkMenu parent;

  HoCore *core;
  HoActions *actions;
  HoNotifier *notifier;
  HoNoticeBoard *board;
  HoAutostart *autostart;
  GActionGroup *application;

  HoGuest *primary; /* whose state the first item follows */
  gulong primary_changed;
  GtkWidget *action;    /* the first item */
  GtkWidget *separator; /* above the guests */
  GtkWidget *start_at_login;
};

G_DEFINE_FINAL_TYPE (HoTrayMenu, ho_tray_menu, GTK_TYPE_MENU)

/* How many items are above the first guest. */
#define N_ABOVE_GUESTS 2

static void
update_action (HoTrayMenu *self)
{
  HoConnectionState connection = ho_hypervisor_get_state (ho_core_get_hypervisor (self->core));
  gboolean has_guest = connection == HO_CONNECTION_CONNECTED && self->primary != NULL;
  HoGuestState state = has_guest ? ho_guest_get_state (self->primary) : HO_GUEST_OFF;
  g_autofree char *label = has_guest ? ho_status_text_get_action (self->primary)
                                     : ho_status_text_describe (connection, NULL);

  if (g_strcmp0 (gtk_menu_item_get_label (GTK_MENU_ITEM (self->action)), label) != 0)
    gtk_menu_item_set_label (GTK_MENU_ITEM (self->action), label);
  gtk_widget_set_sensitive (self->action,
                            has_guest && state != HO_GUEST_STARTING && state != HO_GUEST_STOPPING);
}

static void
on_primary_changed (HoTrayMenu *self)
{
  if (self->primary != NULL)
    g_clear_signal_handler (&self->primary_changed, self->primary);
  g_set_object (&self->primary, ho_core_get_primary_guest (self->core));
  if (self->primary != NULL)
    self->primary_changed
        = g_signal_connect_swapped (self->primary, "notify", G_CALLBACK (update_action), self);
  update_action (self);
}

static void
on_guests_changed (HoTrayMenu *self, guint position, guint removed, guint added, GListModel *guests)
{
  GtkMenuShell *shell = GTK_MENU_SHELL (self);

  if (removed > 0)
    {
      GList *children = gtk_container_get_children (GTK_CONTAINER (self));
      GList *at = g_list_nth (children, N_ABOVE_GUESTS + position);

      for (guint i = 0; i < removed; i++, at = at->next)
        gtk_widget_destroy (at->data);
      g_list_free (children);
    }
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, position + i);
      GtkWidget *item = ho_guest_menu_new (guest, self->actions, self->notifier, self->board);

      gtk_menu_shell_insert (shell, item, (int) (N_ABOVE_GUESTS + position + i));
    }
  gtk_widget_set_visible (self->separator, g_list_model_get_n_items (guests) > 0);
}

static void
on_action (HoTrayMenu *self)
{
  if (self->primary != NULL)
    ho_actions_toggle (self->actions, self->primary);
}

static void
on_start_at_login (HoTrayMenu *self)
{
  ho_autostart_set_enabled (
      self->autostart, gtk_check_menu_item_get_active (GTK_CHECK_MENU_ITEM (self->start_at_login)));
}

static void
on_autostart_changed (HoTrayMenu *self)
{
  gtk_check_menu_item_set_active (GTK_CHECK_MENU_ITEM (self->start_at_login),
                                  ho_autostart_get_enabled (self->autostart));
}

static void
on_about (HoTrayMenu *self)
{
  g_action_group_activate_action (self->application, "about", NULL);
}

static void
on_quit (HoTrayMenu *self)
{
  g_action_group_activate_action (self->application, "quit", NULL);
}

static GtkWidget *
append (HoTrayMenu *self, GtkWidget *item, const char *signal, GCallback callback)
{
  if (signal != NULL)
    g_signal_connect_object (item, signal, callback, self, G_CONNECT_SWAPPED);
  gtk_menu_shell_append (GTK_MENU_SHELL (self), item);
  gtk_widget_show (item);
  return item;
}

static void
ho_tray_menu_dispose (GObject *object)
{
  HoTrayMenu *self = HO_TRAY_MENU (object);

  if (self->primary != NULL)
    g_clear_signal_handler (&self->primary_changed, self->primary);
  g_clear_object (&self->primary);
  g_clear_object (&self->core);
  g_clear_object (&self->actions);
  g_clear_object (&self->notifier);
  g_clear_object (&self->board);
  g_clear_object (&self->autostart);
  g_clear_object (&self->application);

  G_OBJECT_CLASS (ho_tray_menu_parent_class)->dispose (object);
}

static void
ho_tray_menu_class_init (HoTrayMenuClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_tray_menu_dispose;
}

static void
ho_tray_menu_init (HoTrayMenu *self)
{
  self->action
      = append (self, gtk_menu_item_new_with_label (""), "activate", G_CALLBACK (on_action));
  self->separator = append (self, gtk_separator_menu_item_new (), NULL, NULL);
  append (self, gtk_separator_menu_item_new (), NULL, NULL);
  self->start_at_login = append (self, gtk_check_menu_item_new_with_label (_ ("Start at Login")),
                                 "toggled", G_CALLBACK (on_start_at_login));
  append (self, gtk_menu_item_new_with_label (_ ("About Handover")), "activate",
          G_CALLBACK (on_about));
  append (self, gtk_menu_item_new_with_label (_ ("Quit")), "activate", G_CALLBACK (on_quit));
}

/**
 * ho_tray_menu_new:
 * @core: what the menu shows
 * @actions: what its items do
 * @notifier: asks before a guest is forced off
 * @board: says whether notifications have buttons
 * @autostart: whether Handover starts at login
 * @application: has the actions `about` and `quit`
 *
 * Returns: (transfer full): the menu
 */
HoTrayMenu *
ho_tray_menu_new (HoCore *core, HoActions *actions, HoNotifier *notifier, HoNoticeBoard *board,
                  HoAutostart *autostart, GActionGroup *application)
{
  HoTrayMenu *self = g_object_ref_sink (g_object_new (HO_TYPE_TRAY_MENU, NULL));
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (core));

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->notifier = g_object_ref (notifier);
  self->board = g_object_ref (board);
  self->autostart = g_object_ref (autostart);
  self->application = g_object_ref (application);

  g_signal_connect_object (guests, "items-changed", G_CALLBACK (on_guests_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (on_primary_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::state",
                           G_CALLBACK (update_action), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (autostart, "notify::enabled", G_CALLBACK (on_autostart_changed), self,
                           G_CONNECT_SWAPPED);
  on_guests_changed (self, 0, 0, g_list_model_get_n_items (guests), guests);
  on_primary_changed (self);
  on_autostart_changed (self);
  return self;
}
