/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json.h"

/* JSON, https://www.rfc-editor.org/rfc/rfc8259, as far as our facts need it. A JSON library does
 * this too, but loading one is a third of the time that `handover status` takes. */

static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (const char *at = text; *at != '\0'; at++)
    {
      switch (*at)
        {
        case '"':
        case '\\':
          g_string_append_c (json, '\\');
          g_string_append_c (json, *at);
          break;
        case '\n':
          g_string_append (json, "\\n");
          break;
        case '\t':
          g_string_append (json, "\\t");
          break;
        default:
          if ((guchar) *at < 0x20)
            g_string_append_printf (json, "\\u%04x", (guint) *at);
          else
            g_string_append_c (json, *at);
        }
    }
  g_string_append_c (json, '"');
}

static void
append_value (GString *json, GVariant *value)
{
  const GVariantType *type = g_variant_get_type (value);

  if (g_variant_type_equal (type, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      append_value (json, inner);
    }
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    {
      append_string (json, g_variant_get_string (value, NULL));
    }
  else if (g_variant_type_is_array (type))
    {
      gboolean is_object = g_variant_type_is_dict_entry (g_variant_type_element (type));
      gsize n = g_variant_n_children (value);

      g_string_append_c (json, is_object ? '{' : '[');
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

          if (i > 0)
            g_string_append_c (json, ',');
          append_value (json, child);
        }
      g_string_append_c (json, is_object ? '}' : ']');
    }
  else if (g_variant_type_is_dict_entry (type))
    {
      g_autoptr (GVariant) key = g_variant_get_child_value (value, 0);
      g_autoptr (GVariant) content = g_variant_get_child_value (value, 1);

      append_value (json, key);
      g_string_append_c (json, ':');
      append_value (json, content);
    }
  else
    {
      /* Booleans and numbers: GVariant writes them as JSON does. */
      g_autofree char *text = g_variant_print (value, FALSE);

      g_string_append (json, text);
    }
}

/**
 * ho_json_from_variant:
 * @value: dictionaries with keys of type `s`, arrays, strings, booleans and numbers of any type
 *
 * Returns: (transfer full): @value as JSON in one line
 */
char *
ho_json_from_variant (GVariant *value)
{
  g_autoptr (GString) json = g_string_new (NULL);

  append_value (json, value);
  return g_string_free (g_steal_pointer (&json), FALSE);
}
