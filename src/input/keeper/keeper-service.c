/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include "keeper-service.h"

#include "keeper-interface.h"
#include "keeper-place.h"

/**
 * HoKeeperService:
 *
 * The keeper's door: a D-Bus server of its own for programs of the same user, so that neither the
 * session bus nor its end matters. Signal `clients-changed`.
 */
struct _HoKeeperService
{
  GObject parent;

  HoKeeper *keeper;
  GDBusServer *server;
  GPtrArray *clients; /* of GDBusConnection */
};

G_DEFINE_FINAL_TYPE (HoKeeperService, ho_keeper_service, G_TYPE_OBJECT)

enum
{
  CLIENTS_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
on_answer (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (ho_keeper_finish (HO_KEEPER (object), result, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, error);
}

static void
on_method_call (GDBusConnection *connection, const char *sender, const char *path,
                const char *interface, const char *method, GVariant *parameters,
                GDBusMethodInvocation *invocation, gpointer user_data)
{
  HoKeeperService *self = user_data;

  if (g_str_equal (method, "Go"))
    {
      const char *uuid;
      int after;

      g_variant_get (parameters, "(&si)", &uuid, &after);
      ho_keeper_go_async (self->keeper, uuid, after, NULL, on_answer, invocation);
    }
  else if (g_str_equal (method, "ComeHome"))
    {
      const char *reason;

      g_variant_get (parameters, "(&s)", &reason);
      ho_keeper_come_home_async (self->keeper, reason, NULL, on_answer, invocation);
    }
  else if (g_str_equal (method, "Stay"))
    {
      guint seconds;

      g_variant_get (parameters, "(u)", &seconds);
      ho_keeper_stay (self->keeper, seconds);
      g_dbus_method_invocation_return_value (invocation, NULL);
    }
  else
    {
      g_dbus_method_invocation_return_value (
          invocation, g_variant_new ("(@a{sv})", ho_keeper_describe (self->keeper)));
    }
}

static const GDBusInterfaceVTable vtable = { .method_call = on_method_call };

static void
on_keeper_changed (HoKeeperService *self)
{
  g_autoptr (GVariant) facts = g_variant_ref_sink (ho_keeper_describe (self->keeper));

  for (guint i = 0; i < self->clients->len; i++)
    g_dbus_connection_emit_signal (self->clients->pdata[i], NULL, HO_KEEPER_PATH,
                                   HO_KEEPER_INTERFACE, "Changed",
                                   g_variant_new ("(@a{sv})", facts), NULL);
}

static void
on_closed (HoKeeperService *self, gboolean by_peer, GError *error, GDBusConnection *connection)
{
  g_ptr_array_remove (self->clients, connection);
  g_signal_emit (self, signals[CLIENTS_CHANGED], 0);
}

static gboolean
on_new_connection (HoKeeperService *self, GDBusConnection *connection)
{
  if (g_dbus_connection_register_object (connection, HO_KEEPER_PATH,
                                         (GDBusInterfaceInfo *) &org_handover_keeper1_interface,
                                         &vtable, self, NULL, NULL)
      == 0)
    return FALSE;
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->clients, g_object_ref (connection));
  g_signal_emit (self, signals[CLIENTS_CHANGED], 0);
  return TRUE;
}

static void
ho_keeper_service_dispose (GObject *object)
{
  HoKeeperService *self = HO_KEEPER_SERVICE (object);

  if (self->server != NULL)
    g_dbus_server_stop (self->server);
  g_clear_object (&self->server);
  g_clear_object (&self->keeper);
  g_ptr_array_set_size (self->clients, 0);

  G_OBJECT_CLASS (ho_keeper_service_parent_class)->dispose (object);
}

static void
ho_keeper_service_finalize (GObject *object)
{
  g_ptr_array_unref (HO_KEEPER_SERVICE (object)->clients);

  G_OBJECT_CLASS (ho_keeper_service_parent_class)->finalize (object);
}

static void
ho_keeper_service_class_init (HoKeeperServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_keeper_service_dispose;
  object_class->finalize = ho_keeper_service_finalize;

  signals[CLIENTS_CHANGED] = g_signal_new ("clients-changed", HO_TYPE_KEEPER_SERVICE,
                                           G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ho_keeper_service_init (HoKeeperService *self)
{
  self->clients = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * ho_keeper_service_new:
 * @keeper: whom to serve
 * @address: the D-Bus address to listen at
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the service, or %NULL if nobody can listen there
 */
HoKeeperService *
ho_keeper_service_new (HoKeeper *keeper, const char *address, GError **error)
{
  g_autoptr (HoKeeperService) self = g_object_new (HO_TYPE_KEEPER_SERVICE, NULL);
  g_autofree char *guid = g_dbus_generate_guid ();

  self->keeper = g_object_ref (keeper);
  self->server = g_dbus_server_new_sync (
      address, G_DBUS_SERVER_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER, guid, NULL, NULL, error);
  if (self->server == NULL)
    return NULL;
  g_signal_connect_object (self->server, "new-connection", G_CALLBACK (on_new_connection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (keeper, "changed", G_CALLBACK (on_keeper_changed), self,
                           G_CONNECT_SWAPPED);
  g_dbus_server_start (self->server);
  return g_steal_pointer (&self);
}

gboolean
ho_keeper_service_has_clients (HoKeeperService *self)
{
  return self->clients->len > 0;
}
