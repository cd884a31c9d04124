/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover"

#include "application.h"

#include <glib-unix.h>
#include <malloc.h>

#include "actions.h"
#include "core.h"
#include "hypervisor-libvirt.h"
#include "notifier.h"
#include "paths.h"
#include "service.h"
#include "shutdown-guard.h"
#include "tray.h"

#include <glib/gi18n.h>

/* Seconds from a change of the connection to the time when its memory is given back. */
#define TRIM_DELAY 5

/**
 * HoApplication:
 *
 * The applet: one for each session, with an icon instead of a window. Builds the core and gives it
 * to the views; started a second time it tells how things stand.
 */
struct _HoApplication
{
  GtkApplication parent;

  gboolean demo;
  char *connect;
  char *settings_file;

  HoCore *core;
  HoShutdownGuard *shutdown_guard;
  HoActions *actions;
  HoNotifier *notifier;
  HoService *service;
  HoTray *tray;
  gboolean started; /* the activation that comes with the start is over */
  guint sigterm;
  guint sigint;
  guint trim;
};

G_DEFINE_FINAL_TYPE (HoApplication, ho_application, GTK_TYPE_APPLICATION)

static gboolean
on_signal (gpointer user_data)
{
  g_application_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_application_quit (user_data);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_show_about_dialog (
      NULL, "program-name", "Handover", "logo-icon-name", "org.handover.Handover", "version",
      HO_VERSION, "comments",
      _ ("Hands a graphics card, keyboard, mouse and sound back and forth between "
         "host and guest"),
      "license-type", GTK_LICENSE_GPL_3_0, NULL);
}

static const GActionEntry action_entries[] = {
  { .name = "about", .activate = on_about },
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
  malloc_trim (0);
  return G_SOURCE_REMOVE;
}

static void
on_connection_changed (HoApplication *self)
{
  if (self->trim == 0)
    self->trim = g_timeout_add_seconds (TRIM_DELAY, trim_memory, self);
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
  if (ho_hypervisor_is_local (HO_HYPERVISOR (hypervisor)) && !self->demo)
    self->shutdown_guard = ho_shutdown_guard_new (ho_core_get_guests (self->core), settings);
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  ho_hypervisor_libvirt_connect (hypervisor);
  return TRUE;
}

static void
build_views (HoApplication *self)
{
  g_autoptr (HoNoticeBoard) board = ho_notice_board_new ();
  g_autoptr (HoAutostart) autostart = ho_autostart_new (g_get_user_config_dir ());
  g_autoptr (HoTrayMenu) menu = NULL;

  self->actions = ho_actions_new (self->core);
  self->notifier = ho_notifier_new (self->core, self->actions, board);
  menu = ho_tray_menu_new (self->core, self->actions, self->notifier, board, autostart,
                           G_ACTION_GROUP (self));
  self->tray = ho_tray_new (self->core, self->actions, menu,
                            g_application_get_dbus_connection (G_APPLICATION (self)));
}

static void
ho_application_startup (GApplication *application)
{
  HoApplication *self = HO_APPLICATION (application);
  GDBusConnection *connection = g_application_get_dbus_connection (application);
  g_autoptr (GError) error = NULL;

  G_APPLICATION_CLASS (ho_application_parent_class)->startup (application);

  if (!build_core (self, &error))
    {
      g_printerr ("handover-applet: %s\n", error->message);
      exit (EXIT_FAILURE);
    }
  g_action_map_add_action_entries (G_ACTION_MAP (self), action_entries,
                                   G_N_ELEMENTS (action_entries), self);
  if (connection != NULL && !self->demo)
    {
      self->service = ho_service_new (self->core, connection, &error);
      if (self->service == NULL)
        g_warning ("the D-Bus interface cannot be offered: %s", error->message);
    }
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
    ho_notifier_tell_status (self->notifier);
  self->started = TRUE;
}

static void
ho_application_shutdown (GApplication *application)
{
  HoApplication *self = HO_APPLICATION (application);

  g_clear_handle_id (&self->sigterm, g_source_remove);
  g_clear_handle_id (&self->sigint, g_source_remove);
  g_clear_handle_id (&self->trim, g_source_remove);
  g_clear_object (&self->tray);
  g_clear_object (&self->notifier);
  g_clear_object (&self->actions);
  g_clear_object (&self->service);
  g_clear_object (&self->shutdown_guard);
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
