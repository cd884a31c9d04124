/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "input-menu.h"

#include "input-text.h"

#include <glib/gi18n.h>

/* The times for which they can be lent, in seconds. */
static const guint spans[] = { 30, 60, 5 * 60, 15 * 60, 60 * 60 };

/**
 * HoInputMenu:
 *
 * The menu item that says where keyboard and mouse are, with what can be done about it in a
 * submenu; and a second item, for the menu's top, that does what the shortcut does. Made once and
 * updated in place.
 */
struct _HoInputMenu
{
  GtkMenuItem parent;

  HoCore *core;
  HoActions *actions;
  HoShortcut *shortcut;
  GActionGroup *application;

  HoGuest *primary; /* where a toggle moves them */
  gulong primary_changed;

  GtkWidget *toggle;
  GtkWidget *bring_back;
  GtkWidget *stay;
  GtkWidget *lend; /* its submenu has the spans */
  GtkWidget *keys;
  GtkWidget *choose;
};

G_DEFINE_FINAL_TYPE (HoInputMenu, ho_input_menu, GTK_TYPE_MENU_ITEM)

static void
set_label (GtkWidget *item, const char *label)
{
  if (g_strcmp0 (gtk_menu_item_get_label (GTK_MENU_ITEM (item)), label) != 0)
    gtk_menu_item_set_label (GTK_MENU_ITEM (item), label);
}

static void
update_keys (HoInputMenu *self)
{
  const char *keys = ho_shortcut_get_label (self->shortcut);
  HoShortcutState state = ho_shortcut_get_state (self->shortcut);
  g_autofree char *label
      = keys != NULL ? g_strdup_printf (_ ("Shortcut: %s"), keys) : g_strdup (_ ("No Shortcut…"));

  set_label (self->keys, label);
  gtk_widget_set_sensitive (self->keys, keys == NULL);
  gtk_widget_set_visible (self->keys, state != HO_SHORTCUT_PENDING);
}

static void
update (HoInputMenu *self)
{
  HoInput *input = ho_core_get_input (self->core);
  HoInputLocation location = ho_input_get_location (input);
  gboolean chosen = location != HO_INPUT_UNCONFIGURED;
  gboolean away = location == HO_INPUT_GUEST || location == HO_INPUT_PARTIAL;
  gboolean ready = self->primary != NULL && ho_guest_get_state (self->primary) == HO_GUEST_RUNNING;
  gboolean busy = ho_input_is_busy (input);
  g_autofree char *where = ho_input_text_describe (location, ho_input_get_guest (input));
  g_autofree char *toggle = ho_input_text_get_toggle (location, self->primary);

  set_label (GTK_WIDGET (self), where);
  set_label (self->toggle, toggle);
  gtk_widget_set_visible (self->toggle, chosen);
  gtk_widget_set_sensitive (self->toggle, !busy); /* else it says why it cannot */
  gtk_widget_set_visible (self->bring_back, away);
  gtk_widget_set_visible (self->stay, away && ho_input_get_return_at (input) != 0);
  gtk_widget_set_visible (self->lend, chosen && !away);
  gtk_widget_set_sensitive (self->lend, ready && !busy);
  gtk_widget_set_visible (self->choose, !chosen);
  gtk_widget_set_visible (GTK_WIDGET (self),
                          ho_hypervisor_is_local (ho_core_get_hypervisor (self->core)));
  update_keys (self);
}

static void
on_primary_changed (HoInputMenu *self)
{
  if (self->primary != NULL)
    g_clear_signal_handler (&self->primary_changed, self->primary);
  g_set_object (&self->primary, ho_core_get_primary_guest (self->core));
  if (self->primary != NULL)
    self->primary_changed
        = g_signal_connect_swapped (self->primary, "notify", G_CALLBACK (update), self);
  update (self);
}

static void
on_toggle (HoInputMenu *self)
{
  ho_actions_toggle_input (self->actions);
}

static void
on_bring_back (HoInputMenu *self)
{
  ho_actions_move_input (self->actions, NULL, HO_RETURN_AS_SET);
}

static void
on_stay (HoInputMenu *self)
{
  ho_input_stay (ho_core_get_input (self->core));
}

static void
on_choose (HoInputMenu *self)
{
  g_action_group_activate_action (self->application, "preferences", NULL);
}

static void
on_lend (HoInputMenu *self, GtkMenuItem *item)
{
  guint span = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (item), "span"));

  if (self->primary != NULL)
    ho_actions_move_input (self->actions, self->primary, (int) span);
}

static GtkWidget *
new_item (HoInputMenu *self, GtkWidget *menu, const char *label, GCallback callback)
{
  GtkWidget *item = gtk_menu_item_new_with_label (label);

  if (callback != NULL)
    g_signal_connect_object (item, "activate", callback, self, G_CONNECT_SWAPPED);
  if (menu != NULL)
    gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
  gtk_widget_show (item);
  return item;
}

static void
ho_input_menu_dispose (GObject *object)
{
  HoInputMenu *self = HO_INPUT_MENU (object);

  if (self->primary != NULL)
    g_clear_signal_handler (&self->primary_changed, self->primary);
  g_clear_object (&self->primary);
  g_clear_object (&self->toggle);
  g_clear_object (&self->core);
  g_clear_object (&self->actions);
  g_clear_object (&self->shortcut);
  g_clear_object (&self->application);

  G_OBJECT_CLASS (ho_input_menu_parent_class)->dispose (object);
}

static void
ho_input_menu_class_init (HoInputMenuClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_input_menu_dispose;
}

static void
ho_input_menu_init (HoInputMenu *self)
{
  GtkWidget *times = gtk_menu_new ();
  GtkWidget *menu = gtk_menu_new ();

  self->toggle = g_object_ref_sink (new_item (self, NULL, "", G_CALLBACK (on_toggle)));
  self->bring_back = new_item (self, menu, _ ("Bring Back"), G_CALLBACK (on_bring_back));
  self->stay = new_item (self, menu, _ ("Do Not Return by Time"), G_CALLBACK (on_stay));
  self->lend = new_item (self, menu, _ ("Switch for a Time"), NULL);
  self->choose = new_item (self, menu, _ ("Choose Keyboard and Mouse…"), G_CALLBACK (on_choose));
  self->keys = new_item (self, menu, "", G_CALLBACK (on_choose));
  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    {
      g_autofree char *label = ho_input_text_describe_span (spans[i]);
      GtkWidget *item = new_item (self, times, label, G_CALLBACK (on_lend));

      g_object_set_data (G_OBJECT (item), "span", GUINT_TO_POINTER (spans[i]));
    }
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self->lend), times);
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (self), menu);
}

/**
 * ho_input_menu_new:
 * @core: what the items show
 * @actions: what they do
 * @shortcut: does the same; its keys are shown
 * @application: has the action `preferences`
 *
 * Returns: (transfer floating): a menu item
 */
HoInputMenu *
ho_input_menu_new (HoCore *core, HoActions *actions, HoShortcut *shortcut,
                   GActionGroup *application)
{
  HoInputMenu *self = g_object_new (HO_TYPE_INPUT_MENU, NULL);

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->shortcut = g_object_ref (shortcut);
  self->application = g_object_ref (application);
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (on_primary_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_input (core), "notify", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::local", G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (shortcut, "notify::state", G_CALLBACK (update_keys), self,
                           G_CONNECT_SWAPPED);
  on_primary_changed (self);
  return self;
}

/**
 * ho_input_menu_get_toggle:
 * @self: a menu item
 *
 * Returns: (transfer none): the item that switches keyboard and mouse to and fro, for the menu that
 *   @self is in
 */
GtkWidget *
ho_input_menu_get_toggle (HoInputMenu *self)
{
  return self->toggle;
}
