/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-settings"

#include "settings.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "error.h"
#include "settings-check.h"

#include <glib/gi18n.h>

/**
 * HoSettings:
 *
 * The user's settings: GSettings on a text file of the user's, so that they can be edited by hand
 * and need no service. It adds what GSettings leaves out: what the file says wrongly is told in
 * `warnings`, and no file is ever lost to a write.
 */
struct _HoSettings
{
  GObject parent;

  char *file; /* NULL: in memory */
  GSettingsSchema *global_schema;
  GSettingsSchema *guest_schema;
  GSettingsBackend *backend;
  GSettings *global;
  GHashTable *guests; /* uuid → GSettings */
  GFileMonitor *monitor;
  char **warnings;
};

G_DEFINE_FINAL_TYPE (HoSettings, ho_settings, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_WARNINGS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* Keeps a file that GSettings cannot read and would replace at its next write. A hard link does it
 * even where the file itself may not be read. */
static void
keep_unusable_file (const char *file)
{
  GStatBuf info;
  g_autoptr (GDateTime) changed = NULL;
  g_autofree char *stamp = NULL;
  g_autofree char *kept = NULL;

  if (g_stat (file, &info) != 0)
    return;
  changed = g_date_time_new_from_unix_utc (info.st_mtime);
  stamp = g_date_time_format (changed, "%Y%m%dT%H%M%SZ");
  kept = g_strdup_printf ("%s.broken-%s", file, stamp);
  if (link (file, kept) != 0 && errno != EEXIST)
    g_warning ("%s could not be kept as %s: %s", file, kept, g_strerror (errno));
}

static gboolean
have_same_text (const char *file, const char *other)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  gsize a_length, b_length;

  return g_file_get_contents (file, &a, &a_length, NULL)
         && g_file_get_contents (other, &b, &b_length, NULL) && a_length == b_length
         && memcmp (a, b, a_length) == 0;
}

/* Keeps the last file that was good as `settings.ini~`. A copy waits for the disk, so none is made
 * of what is there. */
static void
back_up_file (const char *file)
{
  g_autofree char *backup = g_strconcat (file, "~", NULL);
  g_autoptr (GFile) from = g_file_new_for_path (file);
  g_autoptr (GFile) to = g_file_new_for_path (backup);
  g_autoptr (GError) error = NULL;

  if (!have_same_text (file, backup)
      && !g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_warning ("%s could not be copied: %s", file, error->message);
}

/* Returns whether there is a file that can be used, or none at all. */
static gboolean
check_file (HoSettings *self)
{
  gboolean usable;
  g_auto (GStrv) warnings
      = ho_settings_check_file (self->file, self->global_schema, self->guest_schema, &usable);

  if (!usable)
    keep_unusable_file (self->file);
  if (g_strv_equal ((const char *const *) warnings, (const char *const *) self->warnings))
    return usable;
  for (guint i = 0; warnings[i] != NULL; i++)
    {
      if (!g_strv_contains ((const char *const *) self->warnings, warnings[i]))
        g_message ("%s", warnings[i]);
    }
  g_strfreev (self->warnings);
  self->warnings = g_steal_pointer (&warnings);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_WARNINGS]);
  return usable;
}

static void
on_file_changed (HoSettings *self, GFile *file, GFile *other, GFileMonitorEvent event)
{
  if (event == G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT || event == G_FILE_MONITOR_EVENT_CREATED
      || event == G_FILE_MONITOR_EVENT_DELETED || event == G_FILE_MONITOR_EVENT_RENAMED)
    check_file (self);
}

static void
ho_settings_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoSettings *self = HO_SETTINGS (object);

  switch (id)
    {
    case PROP_WARNINGS:
      g_value_set_boxed (value, self->warnings);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_settings_finalize (GObject *object)
{
  HoSettings *self = HO_SETTINGS (object);

  g_clear_object (&self->monitor);
  g_hash_table_unref (self->guests);
  g_clear_object (&self->global);
  g_clear_object (&self->backend);
  g_clear_pointer (&self->global_schema, g_settings_schema_unref);
  g_clear_pointer (&self->guest_schema, g_settings_schema_unref);
  g_strfreev (self->warnings);
  g_free (self->file);

  G_OBJECT_CLASS (ho_settings_parent_class)->finalize (object);
}

static void
ho_settings_class_init (HoSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_settings_get_property;
  object_class->finalize = ho_settings_finalize;

  props[PROP_WARNINGS]
      = g_param_spec_boxed ("warnings", NULL, NULL, G_TYPE_STRV,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ho_settings_init (HoSettings *self)
{
  self->guests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->warnings = g_new0 (char *, 1);
}

/* Looks the schemas up without GSettings' way of ending the program when they are missing. */
static gboolean
look_up_schemas (HoSettings *self, GError **error)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();

  if (source != NULL)
    {
      self->global_schema = g_settings_schema_source_lookup (source, HO_SETTINGS_SCHEMA, TRUE);
      self->guest_schema = g_settings_schema_source_lookup (source, HO_SETTINGS_GUEST_SCHEMA, TRUE);
    }
  if (self->global_schema != NULL && self->guest_schema != NULL)
    return TRUE;
  g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
               _ ("The settings schema %s is not installed. Install Handover again."),
               HO_SETTINGS_SCHEMA);
  return FALSE;
}

/**
 * ho_settings_new:
 * @file: path of the settings file; it need not exist
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the settings, also when the file is bad (see
 * ho_settings_get_warnings()); %NULL with %HO_ERROR_FAILED if Handover is not installed whole
 */
HoSettings *
ho_settings_new (const char *file, GError **error)
{
  g_autoptr (HoSettings) self = g_object_new (HO_TYPE_SETTINGS, NULL);
  g_autoptr (GFile) gfile = g_file_new_for_path (file);

  if (!look_up_schemas (self, error))
    return NULL;

  self->file = g_strdup (file);
  if (check_file (self))
    back_up_file (file);
  self->backend = g_keyfile_settings_backend_new (file, HO_SETTINGS_PATH, "settings");
  self->global = g_settings_new_full (self->global_schema, self->backend, NULL);
  self->monitor = g_file_monitor_file (gfile, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_file_changed), self,
                             G_CONNECT_SWAPPED);
  return g_steal_pointer (&self);
}

/**
 * ho_settings_new_in_memory:
 * @error: return location for a #GError
 *
 * Returns: (transfer full): settings that start with the defaults and are gone at the end
 */
HoSettings *
ho_settings_new_in_memory (GError **error)
{
  g_autoptr (HoSettings) self = g_object_new (HO_TYPE_SETTINGS, NULL);

  if (!look_up_schemas (self, error))
    return NULL;
  self->backend = g_memory_settings_backend_new ();
  self->global = g_settings_new_full (self->global_schema, self->backend, NULL);
  return g_steal_pointer (&self);
}

/**
 * ho_settings_get_global:
 * @self: the settings
 *
 * Returns: (transfer none): the settings that are not a single guest's
 */
GSettings *
ho_settings_get_global (HoSettings *self)
{
  return self->global;
}

/**
 * ho_settings_get_guest:
 * @self: the settings
 * @uuid: the UUID of a guest
 *
 * Returns: (transfer none): the settings of that guest alone
 */
GSettings *
ho_settings_get_guest (HoSettings *self, const char *uuid)
{
  GSettings *settings = g_hash_table_lookup (self->guests, uuid);

  if (settings == NULL)
    {
      g_autofree char *path = g_strdup_printf ("%sguests/%s/", HO_SETTINGS_PATH, uuid);

      settings = g_settings_new_full (self->guest_schema, self->backend, path);
      g_hash_table_insert (self->guests, g_strdup (uuid), settings);
    }
  return settings;
}

/**
 * ho_settings_dup_connection_uri:
 * @self: the settings
 *
 * Returns: (transfer full): the libvirt URI that is to be used: the setting, else
 *   `LIBVIRT_DEFAULT_URI`, else `qemu:///system`
 */
char *
ho_settings_dup_connection_uri (HoSettings *self)
{
  char *uri = g_settings_get_string (self->global, HO_KEY_CONNECTION_URI);
  const char *from_environment = g_getenv ("LIBVIRT_DEFAULT_URI");
  g_autofree char *fault = ho_settings_check_text (HO_KEY_CONNECTION_URI, uri);

  if (*uri != '\0' && fault == NULL)
    return uri;
  g_free (uri);
  if (from_environment != NULL && *from_environment != '\0')
    return g_strdup (from_environment);
  return g_strdup ("qemu:///system");
}

/**
 * ho_settings_get_file:
 * @self: the settings
 *
 * Returns: (transfer none) (nullable): the path of the file, %NULL if the settings are in memory
 */
const char *
ho_settings_get_file (HoSettings *self)
{
  return self->file;
}

/**
 * ho_settings_has_file:
 * @self: the settings
 *
 * Returns: whether there is a file of the user's now; settings in memory need none
 */
gboolean
ho_settings_has_file (HoSettings *self)
{
  return self->file == NULL || g_file_test (self->file, G_FILE_TEST_EXISTS);
}

/**
 * ho_settings_get_warnings:
 * @self: the settings
 *
 * Returns: (transfer none): a sentence for each thing in the file that is not used
 */
const char *const *
ho_settings_get_warnings (HoSettings *self)
{
  return (const char *const *) self->warnings;
}
