/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-shortcut"

#include "shortcut-portal.h"

#include "error.h"

#include <glib/gi18n.h>

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define REQUEST_INTERFACE "org.freedesktop.portal.Request"
#define SESSION_INTERFACE "org.freedesktop.portal.Session"
#define INTERFACE "org.freedesktop.portal.GlobalShortcuts"

#define APP_ID "org.handover.Handover"

/* Who we are. KDE remembers keys of a program without an id by the session's token, so this never
 * changes; and it is not what kglobalaccel makes of the name that shortcut-kde.c has there. */
#define SESSION_TOKEN "handover_portal"
#define SHORTCUT_ID "switch-input"

/**
 * HoShortcutPortal:
 *
 * Shortcuts by the desktop portal, for Wayland desktops and sandboxes. The keys are only a wish:
 * desktop and user decide, the first time in a dialogue.
 *
 * It has a connection of its own. A program outside a sandbox says who it is by a call that must be
 * the first one to the portal on its connection, and the session ends with the connection.
 *
 * Interface:
 * https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.GlobalShortcuts.html
 */
struct _HoShortcutPortal
{
  GObject parent;

  GDBusConnection *connection;
  GTask *binding; /* as long as it goes on */
  HoAccelerator wanted;

  guint n_requests;
  guint response; /* subscription to the answer to the request under way */
  void (*on_response) (HoShortcutPortal *self, GVariant *results);
  char *session; /* object path */
  guint signals[3];
};

static void ho_shortcut_portal_iface_init (HoShortcutBackendInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoShortcutPortal, ho_shortcut_portal, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_SHORTCUT_BACKEND,
                                                      ho_shortcut_portal_iface_init))

/* Gives everything back but the settings of the object; the server forgets us as well. */
static void
disconnect (HoShortcutPortal *self)
{
  if (self->connection == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (self->signals); i++)
    if (self->signals[i] != 0)
      g_dbus_connection_signal_unsubscribe (self->connection, self->signals[i]);
  memset (self->signals, 0, sizeof self->signals);
  if (self->response != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->response);
  self->response = 0;
  g_clear_pointer (&self->session, g_free);
  g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  g_clear_object (&self->connection);
}

static void
end_with_error (HoShortcutPortal *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->binding);

  disconnect (self);
  g_task_return_error (task, error);
}

/* Requests: a method that answers with an object, whose signal brings the answer. */

static void
on_response (GDBusConnection *connection, const char *sender, const char *path,
             const char *interface, const char *signal, GVariant *parameters, gpointer user_data)
{
  g_autoptr (HoShortcutPortal) self = g_object_ref (user_data);
  g_autoptr (GVariant) results = NULL;
  guint32 code;

  g_dbus_connection_signal_unsubscribe (self->connection, self->response);
  self->response = 0;
  if (self->binding == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get (parameters, "(u@a{sv})", &code, &results);
  if (code == 0)
    self->on_response (self, results);
  else
    end_with_error (self,
                    g_error_new_literal (HO_ERROR, HO_ERROR_REFUSED,
                                         _ ("The desktop did not grant the shortcut. Allow it in "
                                            "the desktop's settings, under keyboard shortcuts.")));
}

static void
on_request_made (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutPortal) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);

  if (reply != NULL || self->binding == NULL)
    return;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autoptr (GError) cause = g_steal_pointer (&error);

      g_dbus_error_strip_remote_error (cause);
      error = g_error_new (HO_ERROR, HO_ERROR_UNSUPPORTED,
                           _ ("The desktop portal does not take the shortcut: %s"), cause->message);
    }
  end_with_error (self, g_steal_pointer (&error));
}

/* Makes a request. @options gets the token that the answer is found by; @arguments are what the
 * method takes before its options. */
static void
request (HoShortcutPortal *self, const char *method, GVariant **arguments, gsize n_arguments,
         GVariantBuilder *options, void (*then) (HoShortcutPortal *self, GVariant *results))
{
  g_autofree char *token = g_strdup_printf ("handover%u", self->n_requests++);
  g_autofree char *sender = g_strdup (g_dbus_connection_get_unique_name (self->connection) + 1);
  g_autofree char *path = NULL;
  GVariant *all[4];

  g_assert (n_arguments < G_N_ELEMENTS (all));
  path = g_strdup_printf ("%s/request/%s/%s", PORTAL_PATH, g_strdelimit (sender, ".", '_'), token);
  g_variant_builder_add (options, "{sv}", "handle_token", g_variant_new_string (token));
  for (gsize i = 0; i < n_arguments; i++)
    all[i] = arguments[i];
  all[n_arguments] = g_variant_builder_end (options);

  self->on_response = then;
  self->response = g_dbus_connection_signal_subscribe (
      self->connection, PORTAL_NAME, REQUEST_INTERFACE, "Response", path, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_response, self, NULL);
  g_dbus_connection_call (self->connection, PORTAL_NAME, PORTAL_PATH, INTERFACE, method,
                          g_variant_new_tuple (all, n_arguments + 1), G_VARIANT_TYPE ("(o)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (self->binding),
                          on_request_made, g_object_ref (self));
}

/* Signals of the session. */

/* Finds our shortcut in an `a(sa{sv})`. */
static gboolean
find_shortcut (GVariant *shortcuts, char **label)
{
  GVariantIter iter;
  const char *id;
  GVariant *properties;

  g_variant_iter_init (&iter, shortcuts);
  while (g_variant_iter_next (&iter, "(&s@a{sv})", &id, &properties))
    {
      G_GNUC_UNUSED g_autoptr (GVariant) owned = properties;
      const char *trigger = NULL;

      if (!g_str_equal (id, SHORTCUT_ID))
        continue;
      g_variant_lookup (properties, "trigger_description", "&s", &trigger);
      *label = trigger != NULL && *trigger != '\0' ? g_strdup (trigger) : NULL;
      return TRUE;
    }
  return FALSE;
}

/* The portal tells everybody of every session. */
static gboolean
is_our_session (HoShortcutPortal *self, GVariant *parameters)
{
  const char *session;

  g_variant_get_child (parameters, 0, "&o", &session);
  return g_strcmp0 (session, self->session) == 0;
}

static void
on_shortcut_signal (GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *signal, GVariant *parameters,
                    gpointer user_data)
{
  HoShortcutPortal *self = user_data;

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(osta{sv})")))
    {
      const char *id;

      g_variant_get_child (parameters, 1, "&s", &id);
      if (!is_our_session (self, parameters) || !g_str_equal (id, SHORTCUT_ID))
        return;
      if (g_str_equal (signal, "Activated"))
        ho_shortcut_backend_emit_pressed (HO_SHORTCUT_BACKEND (self));
      else if (g_str_equal (signal, "Deactivated"))
        ho_shortcut_backend_emit_released (HO_SHORTCUT_BACKEND (self));
    }
  else if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oa(sa{sv}))")))
    {
      g_autoptr (GVariant) shortcuts = g_variant_get_child_value (parameters, 1);
      g_autofree char *label = NULL;

      if (self->binding == NULL && is_our_session (self, parameters)
          && find_shortcut (shortcuts, &label))
        ho_shortcut_backend_emit_rebound (HO_SHORTCUT_BACKEND (self), label);
    }
}

static void
on_session_closed (GDBusConnection *connection, const char *sender, const char *path,
                   const char *interface, const char *signal, GVariant *parameters,
                   gpointer user_data)
{
  HoShortcutPortal *self = user_data;

  g_clear_pointer (&self->session, g_free);
  ho_shortcut_backend_emit_lost (HO_SHORTCUT_BACKEND (self));
}

static void
on_name_owner_changed (GDBusConnection *connection, const char *sender, const char *path,
                       const char *interface, const char *signal, GVariant *parameters,
                       gpointer user_data)
{
  const char *old_owner;

  g_variant_get (parameters, "(&s&s&s)", NULL, &old_owner, NULL);
  if (*old_owner != '\0')
    ho_shortcut_backend_emit_lost (user_data);
}

static void
subscribe (HoShortcutPortal *self)
{
  self->signals[0] = g_dbus_connection_signal_subscribe (
      self->connection, PORTAL_NAME, INTERFACE, NULL, PORTAL_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
      on_shortcut_signal, self, NULL);
  self->signals[1] = g_dbus_connection_signal_subscribe (
      self->connection, PORTAL_NAME, SESSION_INTERFACE, "Closed", self->session, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_session_closed, self, NULL);
  self->signals[2] = g_dbus_connection_signal_subscribe (
      self->connection, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
      "/org/freedesktop/DBus", PORTAL_NAME, G_DBUS_SIGNAL_FLAGS_NONE, on_name_owner_changed, self,
      NULL);
}

/* Binding: register, open a session, look whether it has the shortcut, else ask for it. */

static GVariant *
wanted_shortcuts (HoShortcutPortal *self)
{
  g_autofree char *trigger = ho_accelerator_dup_trigger (&self->wanted);
  GVariantBuilder shortcuts;

  g_variant_builder_init (&shortcuts, G_VARIANT_TYPE ("a(sa{sv})"));
  g_variant_builder_open (&shortcuts, G_VARIANT_TYPE ("(sa{sv})"));
  g_variant_builder_add (&shortcuts, "s", SHORTCUT_ID);
  g_variant_builder_open (&shortcuts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&shortcuts, "{sv}", "description",
                         g_variant_new_string (_ ("Switch keyboard and mouse")));
  g_variant_builder_add (&shortcuts, "{sv}", "preferred_trigger", g_variant_new_string (trigger));
  g_variant_builder_close (&shortcuts);
  g_variant_builder_close (&shortcuts);
  return g_variant_builder_end (&shortcuts);
}

/* Ends the binding if @results have our shortcut. */
static gboolean
end_if_granted (HoShortcutPortal *self, GVariant *results)
{
  g_autoptr (GVariant) shortcuts
      = g_variant_lookup_value (results, "shortcuts", G_VARIANT_TYPE ("a(sa{sv})"));
  g_autoptr (GTask) task = NULL;
  char *label = NULL;

  if (shortcuts == NULL || !find_shortcut (shortcuts, &label))
    return FALSE;
  task = g_steal_pointer (&self->binding);
  if (label != NULL)
    g_task_return_pointer (task, label, g_free);
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_REFUSED,
                             _ ("The desktop has no keys for the shortcut. Set them in the "
                                "desktop's settings, under keyboard shortcuts."));
  return TRUE;
}

static void
on_bound (HoShortcutPortal *self, GVariant *results)
{
  if (!end_if_granted (self, results))
    end_with_error (
        self, g_error_new_literal (HO_ERROR, HO_ERROR_REFUSED,
                                   _ ("The desktop did not grant the shortcut. Allow it in the "
                                      "desktop's settings, under keyboard shortcuts.")));
}

static void
on_listed (HoShortcutPortal *self, GVariant *results)
{
  GVariantBuilder options;
  GVariant *arguments[3];

  if (end_if_granted (self, results))
    return;
  arguments[0] = g_variant_new_object_path (self->session);
  arguments[1] = wanted_shortcuts (self);
  arguments[2] = g_variant_new_string (""); /* no window of ours is there */
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  request (self, "BindShortcuts", arguments, G_N_ELEMENTS (arguments), &options, on_bound);
}

static void
on_session (HoShortcutPortal *self, GVariant *results)
{
  GVariantBuilder options;
  GVariant *arguments[1];

  if (!g_variant_lookup (results, "session_handle", "s", &self->session)
      || !g_variant_is_object_path (self->session))
    {
      end_with_error (self, g_error_new_literal (HO_ERROR, HO_ERROR_UNSUPPORTED,
                                                 _ ("The desktop portal did not open a session.")));
      return;
    }
  subscribe (self);
  arguments[0] = g_variant_new_object_path (self->session);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  request (self, "ListShortcuts", arguments, G_N_ELEMENTS (arguments), &options, on_listed);
}

static void
on_registered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutPortal) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  GVariantBuilder options;

  if (reply == NULL)
    g_debug ("the portal keeps no register of programs: %s", error->message);
  if (self->binding == NULL)
    return;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "session_handle_token",
                         g_variant_new_string (SESSION_TOKEN));
  /* KDE up to 5.27 takes the shortcuts here, and without a dialogue; others do not look at it. */
  g_variant_builder_add (&options, "{sv}", "shortcuts", wanted_shortcuts (self));
  request (self, "CreateSession", NULL, 0, &options, on_session);
}

static void
on_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoShortcutPortal) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection
      = g_dbus_connection_new_for_address_finish (result, &error);
  GVariantBuilder options;

  if (self->binding == NULL)
    return;
  if (connection == NULL)
    {
      end_with_error (self, g_steal_pointer (&error));
      return;
    }
  self->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_dbus_connection_call (
      self->connection, PORTAL_NAME, PORTAL_PATH, "org.freedesktop.host.portal.Registry",
      "Register", g_variant_new ("(sa{sv})", APP_ID, &options), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
      g_task_get_cancellable (self->binding), on_registered, g_object_ref (self));
}

static void
ho_shortcut_portal_bind (HoShortcutBackend *backend, const HoAccelerator *wanted, GTask *task)
{
  HoShortcutPortal *self = HO_SHORTCUT_PORTAL (backend);
  g_autofree char *address = NULL;
  GError *error = NULL;

  self->wanted = *wanted;
  self->binding = task;
  address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, &error);
  if (address == NULL)
    {
      end_with_error (self, error);
      return;
    }
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, g_task_get_cancellable (task), on_connected,
                                     g_object_ref (self));
}

static void
ho_shortcut_portal_unbind (HoShortcutBackend *backend)
{
  HoShortcutPortal *self = HO_SHORTCUT_PORTAL (backend);
  g_autoptr (GTask) task = g_steal_pointer (&self->binding);

  if (task != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "unbound");
  if (self->session != NULL)
    g_dbus_connection_call (self->connection, PORTAL_NAME, self->session, SESSION_INTERFACE,
                            "Close", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL,
                            NULL);
  disconnect (self);
}

static void
ho_shortcut_portal_dispose (GObject *object)
{
  ho_shortcut_portal_unbind (HO_SHORTCUT_BACKEND (object));

  G_OBJECT_CLASS (ho_shortcut_portal_parent_class)->dispose (object);
}

static void
ho_shortcut_portal_class_init (HoShortcutPortalClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_shortcut_portal_dispose;
}

static void
ho_shortcut_portal_iface_init (HoShortcutBackendInterface *iface)
{
  iface->bind = ho_shortcut_portal_bind;
  iface->unbind = ho_shortcut_portal_unbind;
}

static void
ho_shortcut_portal_init (HoShortcutPortal *self)
{
}

/**
 * ho_shortcut_portal_new:
 *
 * Returns: (transfer full): a backend without keys
 */
HoShortcutPortal *
ho_shortcut_portal_new (void)
{
  return g_object_new (HO_TYPE_SHORTCUT_PORTAL, NULL);
}
