/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "tray.h"

#include "indicator.h"
#include "status-text.h"
#include "tray-click.h"

#define INDICATOR_ID "org.handover.Handover"

/* A second click within this time is the same click, in microseconds. */
#define CLICK_PAUSE ((gint64) G_USEC_PER_SEC)

/**
 * HoTray:
 *
 * The icon in the tray: shows at a glance the primary guest and who has keyboard and mouse. A left
 * click runs the click action, a middle click switches keyboard and mouse.
 */
struct _HoTray
{
  GObject parent;

  HoCore *core;
  HoActions *actions;
  AppIndicator *indicator;
  HoTrayClick *click; /* NULL without a session bus */
  gint64 last_click;  /* monotonic, microseconds */

  HoGuest *primary; /* whose state is shown */
  gulong primary_changed;
};

G_DEFINE_FINAL_TYPE (HoTray, ho_tray, G_TYPE_OBJECT)

static GSettings *
get_settings (HoTray *self)
{
  return ho_settings_get_global (ho_core_get_settings (self->core));
}

static HoClickAction
get_click_action (HoTray *self)
{
  return (HoClickAction) g_settings_get_enum (get_settings (self), HO_KEY_CLICK_ACTION);
}

/* A click that would do nothing is left to the tray, which opens the menu then. */
static void
update_click (HoTray *self)
{
  HoInputLocation location = ho_input_get_location (ho_core_get_input (self->core));
  HoClickAction action = get_click_action (self);
  gboolean acts = (action == HO_CLICK_TOGGLE_GUEST && self->primary != NULL)
                  || (action == HO_CLICK_SWITCH_INPUT && location != HO_INPUT_UNCONFIGURED);

  if (self->click != NULL)
    ho_tray_click_set_enabled (self->click, acts);
}

static void
update (HoTray *self)
{
  HoConnectionState connection = ho_hypervisor_get_state (ho_core_get_hypervisor (self->core));
  HoInput *input = ho_core_get_input (self->core);
  g_autofree char *text = ho_status_text_describe_tray (connection, self->primary, input);

  app_indicator_set_icon_full (
      self->indicator, ho_status_text_get_tray_icon (connection, self->primary, input), text);
  app_indicator_set_title (self->indicator, text);
}

static void
on_primary_changed (HoTray *self)
{
  if (self->primary != NULL)
    g_clear_signal_handler (&self->primary_changed, self->primary);
  g_set_object (&self->primary, ho_core_get_primary_guest (self->core));
  if (self->primary != NULL)
    self->primary_changed
        = g_signal_connect_swapped (self->primary, "notify", G_CALLBACK (update), self);
  update (self);
  update_click (self);
}

static void
on_clicked (HoTray *self)
{
  gint64 now = g_get_monotonic_time ();

  if (now - self->last_click < CLICK_PAUSE)
    return;
  self->last_click = now;
  if (get_click_action (self) == HO_CLICK_SWITCH_INPUT)
    ho_actions_toggle_input (self->actions);
  else if (self->primary != NULL)
    ho_actions_toggle (self->actions, self->primary);
}

static void
on_input_changed (HoTray *self)
{
  update (self);
  update_click (self);
}

/* The guest that is heard: the primary one, if it can be. */
static void
on_scrolled (HoTray *self, int steps)
{
  HoGuest *guest = ho_core_get_sounding_guest (self->core);

  if (guest != NULL)
    ho_guest_streams_step_volume (ho_core_get_streams (self->core), guest, steps);
}

static void
ho_tray_dispose (GObject *object)
{
  HoTray *self = HO_TRAY (object);

  if (self->primary != NULL)
    g_clear_signal_handler (&self->primary_changed, self->primary);
  g_clear_object (&self->primary);
  g_clear_object (&self->click);
  g_clear_pointer (&self->indicator, ho_indicator_release);
  g_clear_object (&self->actions);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_tray_parent_class)->dispose (object);
}

static void
ho_tray_class_init (HoTrayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_tray_dispose;
}

static void
ho_tray_init (HoTray *self)
{
  self->last_click = -CLICK_PAUSE;
}

/**
 * ho_tray_new:
 * @core: what the icon shows
 * @actions: what a click does
 * @menu: the menu of the icon
 * @connection: (nullable): the shared connection to the session bus
 *
 * Returns: (transfer full): the icon, which is in the tray as long as it lives
 */
HoTray *
ho_tray_new (HoCore *core, HoActions *actions, HoTrayMenu *menu, GDBusConnection *connection)
{
  HoTray *self = g_object_new (HO_TYPE_TRAY, NULL);

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->indicator = ho_indicator_new (INDICATOR_ID, connection);
  app_indicator_set_menu (self->indicator, GTK_MENU (menu));
  app_indicator_set_secondary_activate_target (self->indicator, ho_tray_menu_get_toggle (menu));
  app_indicator_set_status (self->indicator, APP_INDICATOR_STATUS_ACTIVE);

  if (connection != NULL)
    {
      self->click = ho_tray_click_new (connection, INDICATOR_ID);
      g_signal_connect_object (self->click, "clicked", G_CALLBACK (on_clicked), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (self->click, "scrolled", G_CALLBACK (on_scrolled), self,
                               G_CONNECT_SWAPPED);
    }
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (on_primary_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::state", G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_input (core), "notify::location",
                           G_CALLBACK (on_input_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_input (core), "notify::guest", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_settings (self), "changed::" HO_KEY_CLICK_ACTION,
                           G_CALLBACK (update_click), self, G_CONNECT_SWAPPED);
  on_primary_changed (self);
  return self;
}
