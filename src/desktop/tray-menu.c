/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "tray-menu.h"

#include "audio-menu.h"
#include "gpu-menu.h"
#include "guest-menu.h"
#include "input-menu.h"
#include "share-item.h"
#include "status-text.h"

#include <glib/gi18n.h>

/**
 * HoTrayMenu:
 *
 * The menu of the icon: what a click would do comes first, for trays that only show a menu; then
 * keyboard and mouse, every guest, every card, and Handover itself. It is built once and follows
 * guests and cards item by item.
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
  GtkWidget *action;    /* starts or stops the primary guest */
  GtkWidget *toggle;    /* switches keyboard and mouse */
  GtkWidget *separator; /* above the guests */
  GtkWidget *cards;     /* the separator above the cards */
  GtkWidget *start_at_login;
  GtkWidget *remote; /* says what a distant guest cannot have */
};

G_DEFINE_FINAL_TYPE (HoTrayMenu, ho_tray_menu, GTK_TYPE_MENU)

/* How many items are above the first guest. */
#define N_ABOVE_GUESTS 4

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
update_remote (HoTrayMenu *self)
{
  gtk_widget_set_visible (self->remote,
                          !ho_hypervisor_is_local (ho_core_get_hypervisor (self->core)));
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
      GtkWidget *item = ho_guest_menu_new (guest, ho_core_get_input (self->core), self->actions,
                                           self->notifier, self->board);

      gtk_menu_shell_insert (shell, item, (int) (N_ABOVE_GUESTS + position + i));
    }
  gtk_widget_set_visible (self->separator, g_list_model_get_n_items (guests) > 0);
}

/* What a click does comes first. */
static void
update_order (HoTrayMenu *self)
{
  GSettings *settings = ho_settings_get_global (ho_core_get_settings (self->core));
  gboolean input = g_settings_get_enum (settings, HO_KEY_CLICK_ACTION) == HO_CLICK_SWITCH_INPUT;

  gtk_menu_reorder_child (GTK_MENU (self), self->toggle, input ? 0 : 1);
}

static void
on_gpus_changed (HoTrayMenu *self, guint position, guint removed, guint added, GListModel *gpus)
{
  GList *children = gtk_container_get_children (GTK_CONTAINER (self));
  guint first = (guint) g_list_index (children, self->cards) + 1 + position;
  GList *at = g_list_nth (children, first);

  for (guint i = 0; i < removed; i++, at = at->next)
    gtk_widget_destroy (at->data);
  g_list_free (children);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (HoGpu) gpu = g_list_model_get_item (gpus, position + i);

      gtk_menu_shell_insert (GTK_MENU_SHELL (self), ho_gpu_menu_new (gpu), (int) (first + i));
    }
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
on_cards_item (HoTrayMenu *self)
{
  g_action_group_activate_action (self->application, "cards", NULL);
}

static void
on_doctor (HoTrayMenu *self)
{
  g_action_group_activate_action (self->application, "doctor", NULL);
}

static void
on_preferences (HoTrayMenu *self)
{
  g_action_group_activate_action (self->application, "preferences", NULL);
}

static void
on_help (HoTrayMenu *self)
{
  g_action_group_activate_action (self->application, "help", NULL);
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
insert_above (HoTrayMenu *self, GtkWidget *below, GtkWidget *item)
{
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (self));

  gtk_menu_shell_insert (GTK_MENU_SHELL (self), item, g_list_index (children, below));
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
  self->cards = append (self, gtk_separator_menu_item_new (), NULL, NULL);
  append (self, gtk_menu_item_new_with_label (_ ("Who Has What…")), "activate",
          G_CALLBACK (on_cards_item));
  append (self, gtk_separator_menu_item_new (), NULL, NULL);
  self->start_at_login = append (self, gtk_check_menu_item_new_with_label (_ ("Start at Login")),
                                 "toggled", G_CALLBACK (on_start_at_login));
  append (self, gtk_menu_item_new_with_label (_ ("Doctor…")), "activate", G_CALLBACK (on_doctor));
  append (self, gtk_menu_item_new_with_label (_ ("Preferences…")), "activate",
          G_CALLBACK (on_preferences));
  append (self, gtk_menu_item_new_with_label (_ ("Help")), "activate", G_CALLBACK (on_help));
  append (self, gtk_menu_item_new_with_label (_ ("About Handover")), "activate",
          G_CALLBACK (on_about));
  append (self, gtk_menu_item_new_with_label (_ ("Quit")), "activate", G_CALLBACK (on_quit));
}

static void
insert_input (HoTrayMenu *self, HoShortcut *shortcut)
{
  HoInputMenu *item = ho_input_menu_new (self->core, self->actions, shortcut, self->application);

  self->toggle = ho_input_menu_get_toggle (item);
  gtk_menu_shell_insert (GTK_MENU_SHELL (self), self->toggle, 1);
  gtk_menu_shell_insert (GTK_MENU_SHELL (self), GTK_WIDGET (item), 2);
}

/* Below the guests, of which there are none yet, and their separator. */
static void
insert_below_guests (HoTrayMenu *self)
{
  GtkMenuShell *shell = GTK_MENU_SHELL (self);

  self->remote = gtk_menu_item_new_with_label (
      _ ("Cards, Input and Sound Are for This Computer's Guests Only"));
  gtk_widget_set_sensitive (self->remote, FALSE);
  gtk_menu_shell_insert (shell, self->remote, N_ABOVE_GUESTS + 1);
  g_signal_connect_object (ho_core_get_hypervisor (self->core), "notify::local",
                           G_CALLBACK (update_remote), self, G_CONNECT_SWAPPED);
  update_remote (self);
  gtk_menu_shell_insert (shell, ho_share_item_new (self->core, self->board), N_ABOVE_GUESTS + 2);
}

/**
 * ho_tray_menu_new:
 * @core: what the menu shows
 * @actions: what its items do
 * @shortcut: switches keyboard and mouse as well
 * @notifier: asks before a guest is forced off
 * @board: says whether notifications have buttons
 * @autostart: whether Handover starts at login
 * @application: has the actions of HoWindows and `quit`
 *
 * Returns: (transfer full): the menu
 */
HoTrayMenu *
ho_tray_menu_new (HoCore *core, HoActions *actions, HoShortcut *shortcut, HoNotifier *notifier,
                  HoNoticeBoard *board, HoAutostart *autostart, GActionGroup *application)
{
  HoTrayMenu *self = g_object_ref_sink (g_object_new (HO_TYPE_TRAY_MENU, NULL));
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (core));
  GListModel *gpus = G_LIST_MODEL (ho_core_get_gpus (core));

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->notifier = g_object_ref (notifier);
  self->board = g_object_ref (board);
  self->autostart = g_object_ref (autostart);
  self->application = g_object_ref (application);
  insert_input (self, shortcut);

  g_signal_connect_object (guests, "items-changed", G_CALLBACK (on_guests_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (on_primary_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::state",
                           G_CALLBACK (update_action), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (autostart, "notify::enabled", G_CALLBACK (on_autostart_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_settings_get_global (ho_core_get_settings (core)),
                           "changed::" HO_KEY_CLICK_ACTION, G_CALLBACK (update_order), self,
                           G_CONNECT_SWAPPED);
  update_order (self);
  insert_above (self, self->start_at_login, ho_audio_menu_new (core));
  insert_below_guests (self);
  g_signal_connect_object (gpus, "items-changed", G_CALLBACK (on_gpus_changed), self,
                           G_CONNECT_SWAPPED);
  on_guests_changed (self, 0, 0, g_list_model_get_n_items (guests), guests);
  on_gpus_changed (self, 0, 0, g_list_model_get_n_items (gpus), gpus);
  on_primary_changed (self);
  on_autostart_changed (self);
  return self;
}

/**
 * ho_tray_menu_get_toggle:
 * @self: a menu
 *
 * Returns: (transfer none): its item that switches keyboard and mouse to and fro
 */
GtkWidget *
ho_tray_menu_get_toggle (HoTrayMenu *self)
{
  return self->toggle;
}
