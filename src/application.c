/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover"

#include "application.h"

#include <glib-unix.h>

#include "actions.h"
#include "audio-notices.h"
#include "core.h"
#include "first-run-notice.h"
#include "gpu-notices.h"
#include "hypervisor-libvirt.h"
#include "input-notices.h"
#include "memory.h"
#include "notifier.h"
#include "shield-notices.h"
#include "paths.h"
#include "service.h"
#include "shortcut.h"
#include "shutdown-guard.h"
#include "switch-on-start.h"
#include "tray-hint.h"
#include "tray.h"
#include "windows.h"

#include <glib/gi18n.h>

/* Seconds from a change of the connection to the time when its memory is given back. */
#define TRIM_DELAY 5

/* How long the end of the program waits for keyboard and mouse to come home, in seconds. */
#define QUIT_PATIENCE 10

/**
 * HoApplication:
 *
 * The applet: one for each session, with an icon instead of a window. Builds the core and gives it
 * to the views; started a second time it tells how things stand and opens the preferences.
 */
struct _HoApplication
{
  GtkApplication parent;

  gboolean demo;
  char *connect;
  char *settings_file;

  HoCore *core;
  HoShutdownGuard *shutdown_guard;
  HoSwitchOnStart *switch_on_start;
  HoActions *actions;
  HoNotifier *notifier;
  HoShieldNotices *shield_notices;
  HoGpuNotices *gpu_notices;
  HoAudioNotices *audio_notices;
  HoInputNotices *input_notices;
  HoShortcut *shortcut;
  HoService *service;
  HoTray *tray;
  HoTrayHint *tray_hint;
  HoWindows *windows;
  HoFirstRunNotice *first_run;
  gboolean started; /* the activation that comes with the start is over */
  guint sigterm;
  guint sigint;
  guint trim;
  guint quit_patience; /* the program ends once keyboard and mouse are home */
};

G_DEFINE_FINAL_TYPE (HoApplication, ho_application, GTK_TYPE_APPLICATION)

/* The end. */

static gboolean
on_quit_patience_over (gpointer user_data)
{
  HoApplication *self = user_data;

  self->quit_patience = 0;
  g_application_quit (G_APPLICATION (self));
  return G_SOURCE_REMOVE;
}

static void
on_input_home (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ho_input_move_finish (HO_INPUT (object), result, &error))
    g_message ("%s", error->message);
  if (self->quit_patience != 0)
    g_application_quit (G_APPLICATION (self));
}

static gboolean
must_bring_home (HoApplication *self)
{
  HoInputLocation location = ho_input_get_location (ho_core_get_input (self->core));

  return (location == HO_INPUT_GUEST || location == HO_INPUT_PARTIAL)
         && g_settings_get_boolean (ho_settings_get_global (ho_core_get_settings (self->core)),
                                    HO_KEY_RETURN_ON_QUIT);
}

/* Keyboard and mouse come home first, where that is set. The keeper brings them even if nobody
 * waits; asked a second time, nobody does. */
static void
quit (HoApplication *self)
{
  if (self->quit_patience != 0 || !must_bring_home (self))
    {
      g_application_quit (G_APPLICATION (self));
      return;
    }
  self->quit_patience = g_timeout_add_seconds (QUIT_PATIENCE, on_quit_patience_over, self);
  ho_input_move_async (ho_core_get_input (self->core), NULL, HO_RETURN_AS_SET, NULL, on_input_home,
                       g_object_ref (self));
}

static gboolean
on_signal (gpointer user_data)
{
  quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  quit (user_data);
}

static const GActionEntry action_entries[] = {
  { .name = "quit", .activate = on_quit },
};

/* The demonstration runs in libvirt's built-in test driver: no daemon, no root, nothing kept. */
static HoSettings *
open_settings (HoApplication *self, GError **error)
{
  g_autofree char *own = ho_paths_get_settings_file ();

  if (self->demo)
    return ho_settings_new_in_memory (error);
  return ho_settings_new (self->settings_file != NULL ? self->settings_file : own, error);
}

static char *
get_uri (HoApplication *self, HoSettings *settings)
{
  if (self->demo)
    {
      g_autofree char *file = ho_paths_get_data_file ("demo.xml");

      return g_strconcat ("test://", file, NULL);
    }
  return self->connect != NULL ? g_strdup (self->connect)
                               : ho_settings_dup_connection_uri (settings);
}

/* What was needed to start is not needed to wait: gives it back to the system once it is quiet. */
static gboolean
trim_memory (gpointer user_data)
{
  HoApplication *self = user_data;

  self->trim = 0;
  ho_memory_give_back ();
  return G_SOURCE_REMOVE;
}

static void
on_connection_changed (HoApplication *self)
{
  if (self->trim == 0)
    self->trim = g_timeout_add_seconds (TRIM_DELAY, trim_memory, self);
}

static void
update_shutdown_guard (HoApplication *self)
{
  gboolean wanted = ho_hypervisor_is_local (ho_core_get_hypervisor (self->core)) && !self->demo;

  if (wanted && self->shutdown_guard == NULL)
    self->shutdown_guard
        = ho_shutdown_guard_new (ho_core_get_guests (self->core), ho_core_get_gpus (self->core),
                                 ho_core_get_settings (self->core));
  else if (!wanted)
    g_clear_object (&self->shutdown_guard);
}

/* What the command line said holds as long as the applet runs. */
static void
on_uri_changed (HoApplication *self)
{
  g_autofree char *uri = get_uri (self, ho_core_get_settings (self->core));

  ho_hypervisor_libvirt_set_uri (HO_HYPERVISOR_LIBVIRT (ho_core_get_hypervisor (self->core)), uri);
}

static gboolean
build_core (HoApplication *self, GError **error)
{
  g_autoptr (HoSettings) settings = open_settings (self, error);
  g_autoptr (HoHypervisorLibvirt) hypervisor = NULL;
  g_autofree char *uri = NULL;

  if (settings == NULL)
    return FALSE;
  uri = get_uri (self, settings);
  hypervisor = ho_hypervisor_libvirt_new (uri);
  self->core = ho_core_new (settings, HO_HYPERVISOR (hypervisor));
  update_shutdown_guard (self);
  g_signal_connect_object (hypervisor, "notify::local", G_CALLBACK (update_shutdown_guard), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_settings_get_global (settings), "changed::" HO_KEY_CONNECTION_URI,
                           G_CALLBACK (on_uri_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  ho_input_keep_ready (ho_core_get_input (self->core));
  self->switch_on_start = ho_switch_on_start_new (ho_core_get_input (self->core),
                                                  ho_core_get_guests (self->core), settings);
  ho_audio_link_keep (ho_core_get_audio (self->core));
  ho_hypervisor_libvirt_connect (hypervisor);
  return TRUE;
}

/* While there is nothing to switch, no keys are taken from other programs. */
static void
update_shortcut (HoApplication *self)
{
  ho_shortcut_set_enabled (self->shortcut, ho_input_get_location (ho_core_get_input (self->core))
                                               != HO_INPUT_UNCONFIGURED);
}

static void
build_shortcut (HoApplication *self)
{
  self->shortcut = ho_shortcut_new (ho_core_get_settings (self->core),
                                    g_application_get_dbus_connection (G_APPLICATION (self)));
  g_signal_connect_object (self->shortcut, "activated", G_CALLBACK (ho_actions_toggle_input),
                           self->actions, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_input (self->core), "notify::location",
                           G_CALLBACK (update_shortcut), self, G_CONNECT_SWAPPED);
  update_shortcut (self);
}

static void
build_views (HoApplication *self)
{
  GDBusConnection *connection = g_application_get_dbus_connection (G_APPLICATION (self));
  g_autoptr (HoNoticeBoard) board = ho_notice_board_new ();
  g_autofree char *config_dir = ho_paths_get_desktop_config_dir ();
  g_autoptr (HoAutostart) autostart = ho_autostart_new (config_dir);
  g_autoptr (HoTrayMenu) menu = NULL;

  self->actions = ho_actions_new (self->core);
  build_shortcut (self);
  self->gpu_notices = ho_gpu_notices_new (self->core, self->actions, board);
  self->notifier = ho_notifier_new (self->core, self->actions, board);
  self->shield_notices = ho_shield_notices_new (self->core, board);
  self->input_notices = ho_input_notices_new (self->core, self->actions, self->shortcut, board);
  self->audio_notices = ho_audio_notices_new (self->core, board);
  self->windows = ho_windows_new (GTK_APPLICATION (self), self->core, self->actions, autostart,
                                  self->shortcut);
  if (!ho_settings_has_file (ho_core_get_settings (self->core)))
    self->first_run = ho_first_run_notice_new (board, G_ACTION_GROUP (self));
  menu = ho_tray_menu_new (self->core, self->actions, self->shortcut, self->notifier, board,
                           autostart, G_ACTION_GROUP (self));
  self->tray = ho_tray_new (self->core, self->actions, menu, connection);
  if (connection != NULL && !self->demo)
    self->tray_hint = ho_tray_hint_new (connection, board, g_get_user_state_dir ());
}

/* Whoever sees the name on the bus finds the interface there, however long the start takes. */
static gboolean
ho_application_dbus_register (GApplication *application, GDBusConnection *connection,
                              const char *path, GError **error)
{
  HoApplication *self = HO_APPLICATION (application);

  if (!G_APPLICATION_CLASS (ho_application_parent_class)
           ->dbus_register (application, connection, path, error))
    return FALSE;
  if (self->demo)
    return TRUE;
  self->service = ho_service_new (connection, error);
  return self->service != NULL;
}

static void
ho_application_dbus_unregister (GApplication *application, GDBusConnection *connection,
                                const char *path)
{
  g_clear_object (&HO_APPLICATION (application)->service);
  G_APPLICATION_CLASS (ho_application_parent_class)
      ->dbus_unregister (application, connection, path);
}

static void
ho_application_startup (GApplication *application)
{
  HoApplication *self = HO_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  G_APPLICATION_CLASS (ho_application_parent_class)->startup (application);

  if (!build_core (self, &error))
    {
      g_printerr ("handover-applet: %s\n", error->message);
      exit (EXIT_FAILURE);
    }
  g_action_map_add_action_entries (G_ACTION_MAP (self), action_entries,
                                   G_N_ELEMENTS (action_entries), self);
  if (self->service != NULL)
    ho_service_set_core (self->service, self->core);
  build_views (self);
  self->sigterm = g_unix_signal_add (SIGTERM, on_signal, self);
  self->sigint = g_unix_signal_add (SIGINT, on_signal, self);
  g_application_hold (application);
}

static void
ho_application_activate (GApplication *application)
{
  HoApplication *self = HO_APPLICATION (application);

  if (self->started)
    {
      ho_notifier_tell_status (self->notifier);
      /* Who starts it again may have no icon to click. */
      g_action_group_activate_action (
          G_ACTION_GROUP (self),
          ho_settings_has_file (ho_core_get_settings (self->core)) ? "preferences" : "first-run",
          NULL);
    }
  self->started = TRUE;
}

static void
ho_application_shutdown (GApplication *application)
{
  HoApplication *self = HO_APPLICATION (application);

  if (self->core != NULL)
    ho_input_quit (ho_core_get_input (self->core));
  g_clear_handle_id (&self->sigterm, g_source_remove);
  g_clear_handle_id (&self->sigint, g_source_remove);
  g_clear_handle_id (&self->trim, g_source_remove);
  g_clear_handle_id (&self->quit_patience, g_source_remove);
  g_clear_object (&self->tray_hint);
  g_clear_object (&self->tray);
  g_clear_object (&self->input_notices);
  g_clear_object (&self->first_run);
  g_clear_object (&self->windows);
  g_clear_object (&self->shortcut);
  g_clear_object (&self->audio_notices);
  g_clear_object (&self->gpu_notices);
  g_clear_object (&self->notifier);
  g_clear_object (&self->shield_notices);
  g_clear_object (&self->actions);
  g_clear_object (&self->service);
  g_clear_object (&self->shutdown_guard);
  g_clear_object (&self->switch_on_start);
  g_clear_object (&self->core);

  G_APPLICATION_CLASS (ho_application_parent_class)->shutdown (application);
}

static int
ho_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  HoApplication *self = HO_APPLICATION (application);
  gboolean version = FALSE;

  if (g_variant_dict_lookup (options, "version", "b", &version))
    {
      g_print ("handover-applet %s\n", HO_VERSION);
      return EXIT_SUCCESS;
    }
  g_variant_dict_lookup (options, "demo", "b", &self->demo);
  g_variant_dict_lookup (options, "connect", "s", &self->connect);
  g_variant_dict_lookup (options, "settings", "^ay", &self->settings_file);
  /* A demonstration stands beside the real one. */
  if (self->demo)
    g_application_set_flags (application,
                             g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
  return -1;
}

static void
ho_application_finalize (GObject *object)
{
  HoApplication *self = HO_APPLICATION (object);

  g_free (self->connect);
  g_free (self->settings_file);

  G_OBJECT_CLASS (ho_application_parent_class)->finalize (object);
}

static void
ho_application_class_init (HoApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->finalize = ho_application_finalize;
  application_class->dbus_register = ho_application_dbus_register;
  application_class->dbus_unregister = ho_application_dbus_unregister;
  application_class->startup = ho_application_startup;
  application_class->activate = ho_application_activate;
  application_class->shutdown = ho_application_shutdown;
  application_class->handle_local_options = ho_application_handle_local_options;
}

static const GOptionEntry option_entries[] = {
  { "demo", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Try it with two guests that do not exist"), NULL },
  { "connect", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Connect to libvirt at URI"), N_ ("URI") },
  { "settings", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Use the settings in FILE"), N_ ("FILE") },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
  { NULL },
};

static void
ho_application_init (HoApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), option_entries);
}

/**
 * ho_application_new:
 *
 * Returns: (transfer full): the application
 */
HoApplication *
ho_application_new (void)
{
  return g_object_new (HO_TYPE_APPLICATION, "application-id", "org.handover.Handover", "flags",
                       G_APPLICATION_DEFAULT_FLAGS, NULL);
}
