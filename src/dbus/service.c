/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-dbus"

#include "service.h"

#include "dbus-interface.h"
#include "error.h"
#include "input-method.h"

#include <glib/gi18n.h>

/* Calls wait so long for the first answer of libvirt, in seconds. */
#define EARLY_PATIENCE 10

/**
 * HoService:
 *
 * The view for other programs: `org.handover.Handover1` on the session bus, as data/ describes it.
 * It keeps nothing; properties are read from the core when somebody asks. Who calls while Handover
 * starts, at login say, is answered once libvirt has said something.
 */
struct _HoService
{
  GObject parent;

  HoCore *core; /* NULL until there is one, and when it is gone */
  GDBusConnection *connection;
  GQueue early; /* of GDBusMethodInvocation: calls that came while Handover was starting */
  guint patience;
  guint registration;
  GHashTable *invalid; /* names of properties, static */
  guint idle;
};

G_DEFINE_FINAL_TYPE (HoService, ho_service, G_TYPE_OBJECT)

/* One method on its way. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* NULL once answered */
  HoService *self;
  HoGuest *guest; /* nullable: for the methods of guests, as the rest */
  enum
  {
    START,
    STOP,
    TOGGLE
  } verb;
  gboolean flag; /* force, or ignore what uses the card */
} Request;

static Request *
request_new (HoService *self, GDBusMethodInvocation *invocation)
{
  Request *request = g_new0 (Request, 1);

  request->self = g_object_ref (self);
  request->invocation = invocation;
  return request;
}

static void
request_end (Request *request, GError *error)
{
  if (request->invocation != NULL && error != NULL)
    g_dbus_method_invocation_return_gerror (request->invocation, error);
  else if (request->invocation != NULL)
    g_dbus_method_invocation_return_value (request->invocation, NULL);
  else if (error != NULL)
    g_message ("%s", error->message); /* nobody waits for it */
  g_clear_error (&error);
  g_clear_object (&request->guest);
  g_clear_object (&request->self);
  g_free (request);
}

static GError *
new_quit_error (void)
{
  return g_error_new_literal (HO_ERROR, HO_ERROR_FAILED, _ ("Handover is being quit."));
}

static void
on_controlled (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  ho_guest_control_finish (HO_GUEST_CONTROL (object), result, &error);
  request_end (user_data, error);
}

/* Reads the options that a method knows; another one, or one of a wrong type, is an error. */
static gboolean
read_options (GVariant *options, GError **error, ...)
{
  GVariantDict dict;
  GVariantIter iter;
  const char *name;
  GVariant *value;
  gboolean ok = TRUE;
  va_list args;

  g_variant_dict_init (&dict, options);
  va_start (args, error);
  while (ok && (name = va_arg (args, const char *)) != NULL)
    {
      gboolean *flag = va_arg (args, gboolean *);

      *flag = FALSE;
      if (g_variant_dict_lookup (&dict, name, "b", flag))
        g_variant_dict_remove (&dict, name);
    }
  va_end (args);

  options = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_variant_iter_init (&iter, options);
  if (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                   _ ("The option “%s” of type “%s” is not known here."), name,
                   g_variant_get_type_string (value));
      g_variant_unref (value);
      ok = FALSE;
    }
  g_variant_unref (options);
  return ok;
}

static void
on_guest_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (HoService) self = g_steal_pointer (&request->self); /* it need not stay for the rest */
  HoGuest *guest = request->guest;
  HoGuestControl *control;

  /* What can't be read now is as it was told last. */
  ho_hypervisor_look_finish (HO_HYPERVISOR (object), result, NULL);
  if (self->core == NULL)
    {
      request_end (request, new_quit_error ());
      return;
    }
  control = ho_core_get_control (self->core);
  if (request->verb == STOP)
    ho_guest_control_stop_async (control, guest, request->flag, NULL, on_controlled, request);
  else if (request->verb == START || ho_guest_control_would_start (guest))
    ho_guest_control_start_async (control, guest,
                                  request->flag ? HO_START_IGNORE_BUSY : HO_START_NONE, NULL,
                                  on_controlled, request);
  else
    ho_guest_control_stop_async (control, guest, FALSE, NULL, on_controlled, request);
}

/* A script that did something by virsh before may be quicker than libvirt's event. */
static void
handle_guest_method (HoService *self, const char *method, GVariant *parameters,
                     GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  gboolean stops = g_str_equal (method, "StopGuest");
  gboolean flag = FALSE, no_wait = FALSE;
  const char *name;
  HoGuest *guest;
  Request *request;

  g_variant_get (parameters, "(&s@a{sv})", &name, &options);
  if (!read_options (options, &error, stops ? "force" : "ignore-busy", &flag, "no-wait", &no_wait,
                     NULL)
      || (guest = ho_core_find_guest (self->core, name, &error)) == NULL)
    {
      g_dbus_method_invocation_return_gerror (invocation, error);
      return;
    }

  request = request_new (self, no_wait ? NULL : invocation);
  request->guest = g_object_ref (guest);
  request->verb = stops ? STOP : g_str_equal (method, "StartGuest") ? START : TOGGLE;
  request->flag = flag;
  if (no_wait)
    g_dbus_method_invocation_return_value (invocation, NULL);
  ho_hypervisor_look_async (ho_core_get_hypervisor (self->core), ho_guest_get_uuid (guest), NULL,
                            on_guest_looked, request);
}

/* Who uses a card is told as it is now, so somebody has to look first. */

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  HoCore *core = request->self->core;

  ho_gpu_list_look_finish (HO_GPU_LIST (object), result, NULL);
  if (core != NULL)
    g_dbus_method_invocation_return_value (
        g_steal_pointer (&request->invocation),
        g_variant_new ("(@a{sv})", ho_core_describe_status (core)));
  request_end (request, core != NULL ? NULL : new_quit_error ());
}

static void
on_audio_set (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  ho_audio_link_set_on_finish (HO_AUDIO_LINK (object), result, &error);
  request_end (user_data, error);
}

static void
set_audio (HoService *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  gboolean on;

  g_variant_get (parameters, "(b)", &on);
  ho_audio_link_set_on_async (ho_core_get_audio (self->core), on, NULL, on_audio_set,
                              request_new (self, invocation));
}

static void
handle_call (HoService *self, GDBusMethodInvocation *invocation)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);

  if (g_str_equal (method, "Status"))
    ho_gpu_list_look_async (ho_core_get_gpus (self->core), TRUE, NULL, on_looked,
                            request_new (self, invocation));
  else if (g_str_equal (method, "SwitchInput"))
    ho_input_method_handle (self->core, parameters, invocation);
  else if (g_str_equal (method, "SetAudio"))
    set_audio (self, parameters, invocation);
  else
    handle_guest_method (self, method, parameters, invocation);
}

/* Those who called early. */

static void
answer_early (HoService *self)
{
  GDBusMethodInvocation *invocation;

  g_clear_handle_id (&self->patience, g_source_remove);
  while ((invocation = g_queue_pop_head (&self->early)) != NULL)
    {
      if (self->core != NULL)
        handle_call (self, invocation);
      else
        g_dbus_method_invocation_take_error (invocation, new_quit_error ());
    }
}

static gboolean
on_patience_over (gpointer user_data)
{
  HoService *self = user_data;

  if (self->core == NULL)
    return G_SOURCE_CONTINUE;
  self->patience = 0;
  answer_early (self);
  return G_SOURCE_REMOVE;
}

static gboolean
is_early (HoService *self)
{
  return self->core == NULL
         || ho_hypervisor_get_state (ho_core_get_hypervisor (self->core))
                == HO_CONNECTION_CONNECTING;
}

/* Keyboard and mouse come home whether or not libvirt has answered here: the keeper brings them. */
static gboolean
is_return (GDBusMethodInvocation *invocation)
{
  const char *to;

  if (!g_str_equal (g_dbus_method_invocation_get_method_name (invocation), "SwitchInput"))
    return FALSE;
  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &to);
  return g_str_equal (to, "host");
}

static void
on_connection_changed (HoService *self)
{
  if (!is_early (self))
    answer_early (self);
}

static void
on_method_call (GDBusConnection *connection, const char *sender, const char *path,
                const char *interface, const char *method, GVariant *parameters,
                GDBusMethodInvocation *invocation, gpointer user_data)
{
  HoService *self = user_data;

  if (!is_early (self) || (self->core != NULL && is_return (invocation)))
    {
      handle_call (self, invocation);
      return;
    }
  g_queue_push_tail (&self->early, invocation);
  if (self->patience == 0)
    self->patience = g_timeout_add_seconds (EARLY_PATIENCE, on_patience_over, self);
}

static GVariant *
on_get_property (GDBusConnection *connection, const char *sender, const char *path,
                 const char *interface, const char *property, GError **error, gpointer user_data)
{
  HoService *self = user_data;

  if (g_str_equal (property, "Version"))
    return g_variant_new_string (HO_VERSION);
  if (self->core == NULL)
    {
      g_set_error_literal (error, HO_ERROR, HO_ERROR_NO_CONNECTION,
                           _ ("There is no connection to libvirt yet."));
      return NULL;
    }
  if (g_str_equal (property, "Connection"))
    return ho_core_describe_connection (self->core);
  if (g_str_equal (property, "Gpus"))
    return ho_core_describe_gpus (self->core);
  if (g_str_equal (property, "Guests"))
    return ho_core_describe_guests (self->core);
  if (g_str_equal (property, "Input"))
    return ho_core_describe_input (self->core);
  if (g_str_equal (property, "Devices"))
    return ho_core_describe_devices (self->core);
  if (g_str_equal (property, "Audio"))
    return ho_core_describe_audio (self->core);
  g_assert_not_reached ();
}

static const GDBusInterfaceVTable vtable = {
  .method_call = on_method_call,
  .get_property = on_get_property,
};

static gboolean
tell_invalid_properties (gpointer user_data)
{
  HoService *self = user_data;
  g_autofree const char **names
      = (const char **) g_hash_table_get_keys_as_array (self->invalid, NULL);

  self->idle = 0;
  g_dbus_connection_emit_signal (
      self->connection, NULL, HO_DBUS_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
      g_variant_new ("(sa{sv}^as)", HO_DBUS_INTERFACE, NULL, names), NULL);
  g_hash_table_remove_all (self->invalid);
  return G_SOURCE_REMOVE;
}

/* Many changes in a row are one PropertiesChanged, at low priority: the signals of the interface
 * tell each change at once. */
static void
invalidate (HoService *self, const char *property)
{
  g_hash_table_add (self->invalid, (gpointer) property);
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_LOW, tell_invalid_properties, self, NULL);
}

/* An event of the core and what it is called here. */
static const struct
{
  const char *event;
  const char *signal;
  const char *property;
} event_map[] = {
  { "connection-changed", "ConnectionChanged", "Connection" },
  { "guest-changed", "GuestChanged", "Guests" },
  { "guest-removed", "GuestRemoved", "Guests" },
  { "input-changed", "InputChanged", "Input" },
  { "gpu-changed", "GpuChanged", "Gpus" },
  { "gpu-removed", "GpuRemoved", "Gpus" },
  { "audio-changed", "AudioChanged", "Audio" },
};

static void
on_event (HoService *self, const char *event, GVariant *facts)
{
  for (gsize i = 0; i < G_N_ELEMENTS (event_map); i++)
    {
      if (!g_str_equal (event_map[i].event, event))
        continue;
      g_dbus_connection_emit_signal (self->connection, NULL, HO_DBUS_PATH, HO_DBUS_INTERFACE,
                                     event_map[i].signal, g_variant_new ("(@a{sv})", facts), NULL);
      invalidate (self, event_map[i].property);
    }
}

static void
ho_service_dispose (GObject *object)
{
  HoService *self = HO_SERVICE (object);

  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->connection, self->registration);
  self->registration = 0;
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_object (&self->core);
  answer_early (self);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ho_service_parent_class)->dispose (object);
}

static void
ho_service_finalize (GObject *object)
{
  HoService *self = HO_SERVICE (object);

  g_hash_table_unref (self->invalid);

  G_OBJECT_CLASS (ho_service_parent_class)->finalize (object);
}

static void
ho_service_class_init (HoServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_service_dispose;
  object_class->finalize = ho_service_finalize;
}

static void
ho_service_init (HoService *self)
{
  self->invalid = g_hash_table_new (g_str_hash, g_str_equal);
}

/**
 * ho_service_new:
 * @connection: the bus to show it on
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the service, which is gone from the bus with its last reference, and
 * shows nothing before ho_service_set_core(); %NULL if the path is taken on @connection
 */
HoService *
ho_service_new (GDBusConnection *connection, GError **error)
{
  g_autoptr (HoService) self = g_object_new (HO_TYPE_SERVICE, NULL);

  self->connection = g_object_ref (connection);
  self->registration = g_dbus_connection_register_object (
      connection, HO_DBUS_PATH, (GDBusInterfaceInfo *) &org_handover_handover1_interface, &vtable,
      self, NULL, error);
  if (self->registration == 0)
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * ho_service_set_core:
 * @self: a service that has no core yet
 * @core: what is to be shown
 */
void
ho_service_set_core (HoService *self, HoCore *core)
{
  g_return_if_fail (self->core == NULL);
  self->core = g_object_ref (core);
  g_signal_connect_object (core, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify::state",
                           G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  on_connection_changed (self);
}
