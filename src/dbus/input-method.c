/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-dbus"

#include "input-method.h"

#include "error.h"

#include <glib/gi18n.h>

typedef struct
{
  HoCore *core;
  GDBusMethodInvocation *invocation;
} Request;

static void
on_moved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autofree Request *request = user_data;
  g_autoptr (HoCore) core = request->core;
  GError *error = NULL;

  if (ho_input_move_finish (HO_INPUT (object), result, &error))
    g_dbus_method_invocation_return_value (
        request->invocation, g_variant_new ("(@a{sv})", ho_core_describe_input (core)));
  else
    g_dbus_method_invocation_take_error (request->invocation, error);
}

/* Reads `guest` and `return-after`; another option, or one of a wrong type, is an error. */
static gboolean
read_options (GVariant *options, const char **guest, int *return_after, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  *guest = NULL;
  *return_after = HO_RETURN_AS_SET;
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      if (g_str_equal (name, "guest") && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        {
          g_variant_lookup (options, name, "&s", guest);
        }
      else if (g_str_equal (name, "return-after")
               && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        {
          *return_after = (int) MIN (g_variant_get_uint32 (value), HO_RETURN_MAX);
        }
      else
        {
          g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                       _ ("The option “%s” of type “%s” is not known here."), name,
                       g_variant_get_type_string (value));
          g_variant_unref (value);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * ho_input_method_handle:
 * @core: what is to be asked
 * @parameters: `(sa{sv})`: those of the method
 * @invocation: (transfer full): a call of `SwitchInput`
 */
void
ho_input_method_handle (HoCore *core, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options = NULL;
  const char *to, *name;
  HoGuest *guest = NULL;
  GError *error = NULL;
  Request *request;
  int return_after;

  g_variant_get (parameters, "(&s@a{sv})", &to, &options);
  if (!read_options (options, &name, &return_after, &error)
      || !ho_core_find_input_target (core, to, name, &guest, &error))
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return;
    }
  request = g_new0 (Request, 1);
  request->core = g_object_ref (core);
  request->invocation = invocation;
  ho_input_move_async (ho_core_get_input (core), guest, return_after, NULL, on_moved, request);
}
