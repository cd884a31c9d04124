/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-settings"

#include "settings-check.h"

#include "settings.h"

#include <glib/gi18n.h>

/* GSettings takes a default in silence for every value it cannot use. People edit this file by
 * hand, so say which line was not taken, and why. */

#define GLOBAL_GROUP "settings"
#define GUEST_GROUP_PREFIX "guests/"

/**
 * ho_settings_check_text:
 * @key: a setting that is a text, or a list of texts
 * @text: a value for it, or for one of the list
 *
 * Returns: (transfer full) (nullable): why @text cannot be used, as a sentence; %NULL if it can
 */
char *
ho_settings_check_text (const char *key, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (g_str_has_prefix (key, "commands-") && !g_shell_parse_argv (text, NULL, NULL, &error))
    return g_strdup_printf (_ ("“%s” is no command: %s"), text, error->message);
  if (g_str_equal (key, HO_KEY_CONNECTION_URI) && *text != '\0'
      && !g_uri_is_valid (text, G_URI_FLAGS_NONE, NULL))
    return g_strdup_printf (_ ("“%s” is not a libvirt URI such as qemu:///system"), text);
  return NULL;
}

static char *
check_list (const char *key, GVariant *list)
{
  g_autofree const char **texts = g_variant_get_strv (list, NULL);
  char *fault = NULL;

  for (guint i = 0; texts[i] != NULL && fault == NULL; i++)
    fault = ho_settings_check_text (key, texts[i]);
  return fault;
}

static char *
check_value (GSettingsSchema *schema, const char *key, const char *text)
{
  g_autoptr (GSettingsSchemaKey) schema_key = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_settings_schema_has_key (schema, key))
    return g_strdup (_ ("there is no such setting"));
  schema_key = g_settings_schema_get_key (schema, key);
  if (g_utf8_validate (text, -1, NULL))
    value = g_variant_parse (g_settings_schema_key_get_value_type (schema_key), text, NULL, NULL,
                             &error);
  if (value == NULL)
    return g_strdup_printf (_ ("%s is not a value of its type"), text);
  if (!g_settings_schema_key_range_check (schema_key, value))
    return g_strdup_printf (_ ("%s is not one of the allowed values"), text);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return ho_settings_check_text (key, g_variant_get_string (value, NULL));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return check_list (key, value);
  return NULL;
}

/* What a file holds may be in any encoding; a sentence for the user is not. */
static void
add (GStrvBuilder *warnings, const char *warning)
{
  g_autofree char *valid = g_utf8_make_valid (warning, -1);

  g_strv_builder_add (warnings, valid);
}

static void
check_group (GStrvBuilder *warnings, GKeyFile *key_file, const char *file, const char *group,
             GSettingsSchema *schema)
{
  g_auto (GStrv) keys = g_key_file_get_keys (key_file, group, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *text = g_key_file_get_value (key_file, group, keys[i], NULL);
      g_autofree char *fault = check_value (schema, keys[i], text != NULL ? text : "");
      g_autofree char *warning = NULL;

      if (fault == NULL)
        continue;
      warning
          = g_strdup_printf (_ ("%s: “%s” in [%s] is not used: %s."), file, keys[i], group, fault);
      add (warnings, warning);
    }
}

static gboolean
is_guest_group (const char *group)
{
  return g_str_has_prefix (group, GUEST_GROUP_PREFIX)
         && g_uuid_string_is_valid (group + strlen (GUEST_GROUP_PREFIX));
}

/**
 * ho_settings_check_file:
 * @file: path of a settings file
 * @global: the schema of the group `[settings]`
 * @guest: the schema of the groups `[guests/UUID]`
 * @usable: (out): whether the file is absent, or could be read and parsed
 *
 * Compares a settings file with the schemas that it is for. Nothing is changed.
 *
 * Returns: (transfer full): a sentence for each thing in the file that cannot be used, naming the
 *   file and the key; empty if all is well
 */
char **
ho_settings_check_file (const char *file, GSettingsSchema *global, GSettingsSchema *guest,
                        gboolean *usable)
{
  g_autoptr (GStrvBuilder) warnings = g_strv_builder_new ();
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) groups = NULL;

  *usable = TRUE;
  if (!g_key_file_load_from_file (key_file, file, G_KEY_FILE_NONE, &error))
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        {
          g_autofree char *warning = g_strdup_printf (
              _ ("%s cannot be used, every setting has its default: %s"), file, error->message);

          *usable = FALSE;
          add (warnings, warning);
        }
      return g_strv_builder_end (warnings);
    }

  groups = g_key_file_get_groups (key_file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      if (g_str_equal (groups[i], GLOBAL_GROUP))
        {
          check_group (warnings, key_file, file, groups[i], global);
        }
      else if (is_guest_group (groups[i]))
        {
          check_group (warnings, key_file, file, groups[i], guest);
        }
      else
        {
          g_autofree char *warning
              = g_strdup_printf (_ ("%s: the section [%s] is not used: sections are [settings] and "
                                    "[guests/UUID]."),
                                 file, groups[i]);
          add (warnings, warning);
        }
    }
  return g_strv_builder_end (warnings);
}
