/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "autostart.h"

#include <errno.h>

#include "paths.h"

#include <glib/gi18n.h>

#define FILE_NAME "org.handover.Handover.desktop"

/**
 * HoAutostart:
 *
 * Whether Handover starts at login: the user's own autostart file, and nothing else. The property
 * `enabled` follows that file, also when the desktop's settings change it.
 * https://specifications.freedesktop.org/autostart-spec/latest/
 *
 * In a sandbox the file may be read only, and the Background portal writes it.
 * https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Background.html
 */
struct _HoAutostart
{
  GObject parent;

  char *path;
  GFileMonitor *monitor;
  gboolean enabled;
};

G_DEFINE_FINAL_TYPE (HoAutostart, ho_autostart, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ENABLED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GKeyFile *
load (HoAutostart *self)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_load_from_file (file, self->path, G_KEY_FILE_KEEP_TRANSLATIONS, NULL);
  return file;
}

static void
read_file (HoAutostart *self)
{
  g_autoptr (GKeyFile) file = load (self);
  gboolean enabled
      = g_key_file_has_key (file, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, NULL)
        && !g_key_file_get_boolean (file, G_KEY_FILE_DESKTOP_GROUP, "Hidden", NULL);

  if (self->enabled == enabled)
    return;
  self->enabled = enabled;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ENABLED]);
}

static void
watch (HoAutostart *self)
{
  g_autofree char *directory = g_path_get_dirname (self->path);
  g_autoptr (GFile) file = NULL;

  /* GLib looks for a directory that does not exist again and again. */
  if (self->monitor != NULL || !g_file_test (directory, G_FILE_TEST_IS_DIR))
    return;
  file = g_file_new_for_path (self->path);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (read_file), self,
                             G_CONNECT_SWAPPED);
}

static void
on_portal_answered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);

  if (reply == NULL)
    g_warning ("the desktop was asked about the start at login: %s", error->message);
}

/* What comes of it shows in the file. */
static void
ask_portal (gboolean enabled)
{
  static const char *const command[] = { "handover-applet", NULL };
  /* Waits for nothing: the application has it already. */
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  GVariantDict options;

  if (bus == NULL)
    return;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "reason", "s",
                         _ ("Handover has to be there when a guest needs it."));
  g_variant_dict_insert (&options, "autostart", "b", enabled);
  g_variant_dict_insert (&options, "commandline", "^as", command);
  g_dbus_connection_call (bus, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                          "org.freedesktop.portal.Background", "RequestBackground",
                          g_variant_new ("(s@a{sv})", "", g_variant_dict_end (&options)), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_portal_answered, NULL);
}

static void
write_file (HoAutostart *self, gboolean enabled)
{
  g_autoptr (GKeyFile) file = load (self);
  g_autofree char *directory = g_path_get_dirname (self->path);
  g_autoptr (GError) error = NULL;

  if (!g_key_file_has_key (file, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, NULL))
    {
      g_key_file_set_string (file, G_KEY_FILE_DESKTOP_GROUP, "Type", "Application");
      g_key_file_set_string (file, G_KEY_FILE_DESKTOP_GROUP, "Name", "Handover");
      g_key_file_set_string (file, G_KEY_FILE_DESKTOP_GROUP, "Icon", "org.handover.Handover");
      g_key_file_set_string (file, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC,
                             "handover-applet");
    }
  g_key_file_set_boolean (file, G_KEY_FILE_DESKTOP_GROUP, "Hidden", !enabled);
  if (g_mkdir_with_parents (directory, 0700) != 0
      || !g_key_file_save_to_file (file, self->path, &error))
    g_warning ("%s cannot be written: %s", self->path,
               error != NULL ? error->message : g_strerror (errno));
  watch (self);
  read_file (self);
}

static void
ho_autostart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoAutostart *self = HO_AUTOSTART (object);

  switch (id)
    {
    case PROP_ENABLED:
      g_value_set_boolean (value, self->enabled);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_autostart_finalize (GObject *object)
{
  HoAutostart *self = HO_AUTOSTART (object);

  g_clear_object (&self->monitor);
  g_free (self->path);

  G_OBJECT_CLASS (ho_autostart_parent_class)->finalize (object);
}

static void
ho_autostart_class_init (HoAutostartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_autostart_get_property;
  object_class->finalize = ho_autostart_finalize;

  props[PROP_ENABLED]
      = g_param_spec_boolean ("enabled", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ho_autostart_init (HoAutostart *self)
{
}

/**
 * ho_autostart_new:
 * @config_dir: the user's configuration directory
 *
 * Returns: (transfer full): an object that follows the autostart file there
 */
HoAutostart *
ho_autostart_new (const char *config_dir)
{
  HoAutostart *self = g_object_new (HO_TYPE_AUTOSTART, NULL);

  self->path = g_build_filename (config_dir, "autostart", FILE_NAME, NULL);
  read_file (self);
  watch (self);
  return self;
}

gboolean
ho_autostart_get_enabled (HoAutostart *self)
{
  return self->enabled;
}

/**
 * ho_autostart_set_enabled:
 * @self: the autostart
 * @enabled: whether Handover is to start at login
 *
 * An existing file keeps what the user wrote into it; only `Hidden` changes, the one key that every
 * desktop obeys.
 */
void
ho_autostart_set_enabled (HoAutostart *self, gboolean enabled)
{
  if (self->enabled == enabled)
    return;
  if (ho_paths_is_sandboxed ())
    ask_portal (enabled);
  else
    write_file (self, enabled);
}
