/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "indicator.h"

#include "paths.h"

#define WATCHER "org.kde.StatusNotifierWatcher"

/* How long news of the tray are held back at most, in microseconds: the library is done in less
 * than one of its threads takes to start, and the bus must not stand still if it never is. */
#define HELD_AT_MOST (5 * G_TIME_SPAN_SECOND)

/* A new indicator of libayatana-appindicator (0.5.92) asks for the session bus and who the tray is,
 * side by side. Should it hear of the tray first it goes on without a bus: that is a critical
 * warning, and the icon never appears, which hits about one start in fifty of a busy login.
 *
 * So whoever asks or tells of the tray waits here, in the thread of GDBus, until the indicator has
 * its connection. It holds a reference to itself until then, so when the toggle reference has
 * become the only one, it has. */
typedef struct
{
  GMutex lock;
  GCond opened;
  gboolean open;
} Gate;

/* What an indicator carries along. */
typedef struct
{
  GDBusConnection *connection;
  guint filter_id;
  Gate *gate;
} Hold;

#define HOLD "handover-hold"

static Gate *
gate_new (void)
{
  Gate *gate = g_atomic_rc_box_new0 (Gate);

  g_mutex_init (&gate->lock);
  g_cond_init (&gate->opened);
  return gate;
}

static void
gate_clear (gpointer data)
{
  Gate *gate = data;

  g_mutex_clear (&gate->lock);
  g_cond_clear (&gate->opened);
}

static void
gate_unref (gpointer gate)
{
  g_atomic_rc_box_release_full (gate, gate_clear);
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->open = TRUE;
  g_cond_broadcast (&gate->opened);
  g_mutex_unlock (&gate->lock);
}

static GDBusMessage *
wait_at_gate (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
              gpointer user_data)
{
  Gate *gate = user_data;

  if (g_strcmp0 (g_dbus_message_get_arg0 (message), WATCHER) == 0)
    {
      gint64 deadline = g_get_monotonic_time () + HELD_AT_MOST;

      g_mutex_lock (&gate->lock);
      while (!gate->open && g_cond_wait_until (&gate->opened, &gate->lock, deadline))
        ;
      gate->open = TRUE;
      g_mutex_unlock (&gate->lock);
    }
  return message;
}

static void
hold_end (Hold *hold)
{
  gate_open (hold->gate);
  if (hold->filter_id != 0)
    g_dbus_connection_remove_filter (hold->connection, hold->filter_id);
  hold->filter_id = 0;
}

static void
hold_free (gpointer data)
{
  Hold *hold = data;

  hold_end (hold);
  gate_unref (hold->gate);
  g_object_unref (hold->connection);
  g_free (hold);
}

static void
on_toggled (gpointer user_data, GObject *indicator, gboolean is_last_reference)
{
  Hold *hold = g_object_get_data (indicator, HOLD);

  if (is_last_reference && hold != NULL)
    hold_end (hold);
}

/* What the library does where there is no tray of this kind: an icon of the older one. */
static GtkStatusIcon *(*old_icon) (AppIndicator *indicator);

/* A tray that comes within the tenth of a second that the library waits for one would get both:
 * the library's clock runs on. */
static GtkStatusIcon *
make_old_icon (AppIndicator *indicator)
{
  gboolean connected;

  g_object_get (indicator, "connected", &connected, NULL);
  return connected ? NULL : old_icon (indicator);
}

/**
 * ho_indicator_new:
 * @id: identifies the program to trays
 * @connection: (nullable): the shared connection to the session bus, which the indicator will use
 *
 * Returns: (transfer full): an indicator without a menu, for ho_indicator_release()
 */
AppIndicator *
ho_indicator_new (const char *id, GDBusConnection *connection)
{
  /* app_indicator_new() warns of its own age in later releases; its object does not. */
  AppIndicator *indicator = g_object_new (APP_INDICATOR_TYPE, "id", id, "category", "Hardware",
                                          "icon-name", "org.handover.Handover-disconnected",
                                          "icon-theme-path", ho_paths_get_icon_dir (), NULL);
  AppIndicatorClass *class = APP_INDICATOR_GET_CLASS (indicator);

  if (class->fallback != make_old_icon)
    {
      old_icon = class->fallback;
      class->fallback = make_old_icon;
    }
  if (connection != NULL)
    {
      Hold *hold = g_new0 (Hold, 1);

      hold->gate = gate_new ();
      hold->connection = g_object_ref (connection);
      hold->filter_id = g_dbus_connection_add_filter (
          connection, wait_at_gate, g_atomic_rc_box_acquire (hold->gate), gate_unref);
      g_object_set_data_full (G_OBJECT (indicator), HOLD, hold, hold_free);
    }
  g_object_add_toggle_ref (G_OBJECT (indicator), on_toggled, NULL);
  g_object_unref (indicator);
  return indicator;
}

/**
 * ho_indicator_release:
 * @indicator: (transfer full): an indicator from ho_indicator_new()
 *
 * Takes it out of the tray.
 */
void
ho_indicator_release (AppIndicator *indicator)
{
  g_object_remove_toggle_ref (G_OBJECT (indicator), on_toggled, NULL);
}
