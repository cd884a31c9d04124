/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "autostart.h"

#include <errno.h>

#define FILE_NAME "org.handover.Handover.desktop"

/**
 * HoAutostart:
 *
 * Whether Handover starts at login: the user's own autostart file, and nothing else. The property
 * `enabled` follows that file, also when the desktop's settings change it.
 * https://specifications.freedesktop.org/autostart-spec/latest/
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
  g_autoptr (GKeyFile) file = load (self);
  g_autofree char *directory = g_path_get_dirname (self->path);
  g_autoptr (GError) error = NULL;

  if (self->enabled == enabled)
    return;
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
