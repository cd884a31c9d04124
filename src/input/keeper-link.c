/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "keeper-link.h"

#include "error.h"
#include "keeper-place.h"
#include "keeper-start.h"

#include <glib/gi18n.h>

/* Milliseconds until a keeper that was lost is looked for again: systemd may have started it. */
#define RETRY 200

/* Seconds until one that could not be started is tried again. */
#define PATIENT_RETRY 5

/**
 * HoKeeperLink:
 *
 * The way to the keeper, which is another process. A keeper that is wanted, or has devices away,
 * and is lost is started again; it takes up its promise. Signal `changed`: it says something else
 * (see ho_keeper_link_get_facts()).
 */
struct _HoKeeperLink
{
  GObject parent;

  HoKeeperPlace *place;
  GDBusConnection *connection;
  GCancellable *cancellable;
  GVariant *facts;
  GPtrArray *waiting; /* of GTask: calls that wait for the connection */
  gboolean starting;
  gboolean wanted;
  gboolean managed; /* somebody says whether it is wanted */
  guint calls;      /* under way */
  guint retry;
};

G_DEFINE_FINAL_TYPE (HoKeeperLink, ho_keeper_link, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void start (HoKeeperLink *self);

/* A call, as task data. */
typedef struct
{
  const char *method;
  GVariant *parameters;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_clear_pointer (&call->parameters, g_variant_unref);
  g_free (call);
}

static gboolean
is_away (HoKeeperLink *self)
{
  const char *phase = "idle";

  if (self->facts != NULL)
    g_variant_lookup (self->facts, "phase", "&s", &phase);
  return !g_str_equal (phase, "idle");
}

/* A keeper stays as long as somebody is linked to it. */
static void
let_go (HoKeeperLink *self)
{
  if (self->managed && !self->wanted && self->connection != NULL && !self->starting
      && !is_away (self) && self->waiting->len == 0 && self->calls == 0)
    g_dbus_connection_close (self->connection, NULL, NULL, NULL);
}

static void
set_facts (HoKeeperLink *self, GVariant *facts)
{
  if (facts != NULL && self->facts != NULL && g_variant_equal (facts, self->facts))
    return;
  g_clear_pointer (&self->facts, g_variant_unref);
  self->facts = facts != NULL ? g_variant_ref (facts) : NULL;
  g_signal_emit (self, signals[CHANGED], 0);
  let_go (self);
}

static void
on_called (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HoKeeperLink *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);

  self->calls--;
  let_go (self);
  if (reply != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_dbus_error_strip_remote_error (error);
  if (error->domain != HO_ERROR && !ho_error_is_silent (error))
    {
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                               _ ("The keeper was lost in the midst of it (%s). Another one brings "
                                  "keyboard and mouse home."),
                               error->message);
      g_error_free (error);
    }
  else
    {
      g_task_return_error (task, error);
    }
}

static void
send_call (HoKeeperLink *self, GTask *task)
{
  Call *call = g_task_get_task_data (task);

  self->calls++;
  g_dbus_connection_call (self->connection, NULL, HO_KEEPER_PATH, HO_KEEPER_INTERFACE, call->method,
                          call->parameters, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, on_called,
                          task);
}

static void
on_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
           const char *name, GVariant *parameters, gpointer user_data)
{
  g_autoptr (GVariant) facts = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a{sv})")))
    return;
  g_variant_get (parameters, "(@a{sv})", &facts);
  set_facts (user_data, facts);
}

static gboolean
on_retry (gpointer user_data)
{
  HoKeeperLink *self = user_data;

  self->retry = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

static void
on_closed (HoKeeperLink *self)
{
  gboolean again = self->wanted || is_away (self);

  g_clear_object (&self->connection);
  if (again && self->retry == 0)
    self->retry = g_timeout_add (RETRY, on_retry, self);
  if (!again)
    set_facts (self, NULL);
}

static void
flush_waiting (HoKeeperLink *self, const GError *error)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new ();
  for (guint i = 0; i < waiting->len; i++)
    {
      GTask *task = waiting->pdata[i];

      if (error == NULL && g_task_get_task_data (task) != NULL)
        {
          if (self->connection != NULL)
            send_call (self, task);
          else
            g_ptr_array_add (self->waiting, task);
          continue;
        }
      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

static void
on_facts (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoKeeperLink) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  g_autoptr (GVariant) facts = NULL;

  self->starting = FALSE;
  if (reply != NULL)
    {
      g_variant_get (reply, "(@a{sv})", &facts);
      set_facts (self, facts);
      flush_waiting (self, NULL);
    }
  else if (self->waiting->len > 0 || self->wanted)
    {
      /* It was just ending. */
      if (self->retry == 0)
        self->retry = g_timeout_add (RETRY, on_retry, self);
    }
}

static void
take_connection (HoKeeperLink *self, GDBusConnection *connection)
{
  self->connection = connection;
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
  g_dbus_connection_signal_subscribe (connection, NULL, HO_KEEPER_INTERFACE, "Changed",
                                      HO_KEEPER_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal,
                                      self, NULL);
  g_dbus_connection_call (connection, NULL, HO_KEEPER_PATH, HO_KEEPER_INTERFACE, "Facts", NULL,
                          G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_facts,
                          g_object_ref (self));
}

static void
on_started (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoKeeperLink) self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = ho_keeper_start_finish (result, &error);

  if (connection != NULL)
    {
      take_connection (self, connection);
      return;
    }
  self->starting = FALSE;
  if (!ho_error_is_silent (error))
    g_message ("%s", error->message);
  flush_waiting (self, error);
  if ((self->wanted || is_away (self)) && self->retry == 0 && !ho_error_is_silent (error))
    self->retry = g_timeout_add_seconds (PATIENT_RETRY, on_retry, self);
}

static void
start (HoKeeperLink *self)
{
  if (self->starting || self->connection != NULL)
    return;
  self->starting = TRUE;
  ho_keeper_start_async (self->place, self->cancellable, on_started, g_object_ref (self));
}

static void
on_found (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoKeeperLink) self = user_data;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, NULL);

  if (connection != NULL)
    {
      take_connection (self, connection);
      return;
    }
  self->starting = FALSE;
  flush_waiting (self, NULL); /* there is none, which is fine as well */
  if (self->waiting->len > 0 || self->wanted)
    start (self);
}

static void
ho_keeper_link_dispose (GObject *object)
{
  HoKeeperLink *self = HO_KEEPER_LINK (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry, g_source_remove);
  self->wanted = FALSE;
  if (self->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->connection, self);
      g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    }
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ho_keeper_link_parent_class)->dispose (object);
}

static void
ho_keeper_link_finalize (GObject *object)
{
  HoKeeperLink *self = HO_KEEPER_LINK (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->waiting);
  g_clear_pointer (&self->facts, g_variant_unref);
  ho_keeper_place_free (self->place);

  G_OBJECT_CLASS (ho_keeper_link_parent_class)->finalize (object);
}

static void
ho_keeper_link_class_init (HoKeeperLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_keeper_link_dispose;
  object_class->finalize = ho_keeper_link_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_KEEPER_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ho_keeper_link_init (HoKeeperLink *self)
{
  self->cancellable = g_cancellable_new ();
  self->waiting = g_ptr_array_new ();
}

/**
 * ho_keeper_link_new:
 * @uri: the connection to libvirt
 * @settings: the settings file
 *
 * Returns: (transfer full): a link, which starts nothing before it is asked to
 */
HoKeeperLink *
ho_keeper_link_new (const char *uri, const char *settings)
{
  HoKeeperLink *self = g_object_new (HO_TYPE_KEEPER_LINK, NULL);

  ho_error_quark (); /* so that GDBus knows the names of our errors */
  self->place = ho_keeper_place_new (uri, settings);
  return self;
}

/**
 * ho_keeper_link_get_facts:
 * @self: a link
 *
 * Returns: (transfer none) (nullable): what the keeper says (see ho_keeper_describe()); %NULL while
 *   there is none
 */
GVariant *
ho_keeper_link_get_facts (HoKeeperLink *self)
{
  return self->facts;
}

/**
 * ho_keeper_link_set_wanted:
 * @self: a link
 * @wanted: whether a keeper is to be there, since a switch may soon be asked for
 *
 * A keeper that is not wanted any more ends by itself once nothing is away.
 */
void
ho_keeper_link_set_wanted (HoKeeperLink *self, gboolean wanted)
{
  self->managed = TRUE;
  if (self->wanted == wanted)
    return;
  self->wanted = wanted;
  if (wanted)
    start (self);
  else
    let_go (self);
}

/** ho_keeper_link_has_promise: Returns: whether a keeper, living or dead, has devices away */
gboolean
ho_keeper_link_has_promise (HoKeeperLink *self)
{
  return g_file_test (self->place->state, G_FILE_TEST_EXISTS);
}

/**
 * ho_keeper_link_look_async:
 * @self: a link
 * @callback: called when ho_keeper_link_get_facts() is what a keeper says, if there is one
 * @user_data: for @callback
 */
void
ho_keeper_link_look_async (HoKeeperLink *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  if (self->connection != NULL && !self->starting)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (self->waiting, task);
  if (self->starting)
    return;
  self->starting = TRUE;
  g_dbus_connection_new_for_address (self->place->address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     self->cancellable, on_found, g_object_ref (self));
}

void
ho_keeper_link_look_finish (HoKeeperLink *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
call_async (HoKeeperLink *self, const char *method, GVariant *parameters,
            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Call *call = g_new0 (Call, 1);

  call->method = method;
  call->parameters = g_variant_ref_sink (parameters);
  g_task_set_task_data (task, call, call_free);
  if (self->connection != NULL && !self->starting)
    {
      send_call (self, task);
      return;
    }
  g_ptr_array_add (self->waiting, task);
  start (self);
}

/** ho_keeper_link_go_async: As ho_keeper_go_async(); starts the keeper where there is none. */
void
ho_keeper_link_go_async (HoKeeperLink *self, const char *uuid, int return_after,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  call_async (self, "Go", g_variant_new ("(si)", uuid, return_after), callback, user_data);
}

/** ho_keeper_link_come_home_async: As ho_keeper_come_home_async(). */
void
ho_keeper_link_come_home_async (HoKeeperLink *self, const char *reason,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  call_async (self, "ComeHome", g_variant_new ("(s)", reason), callback, user_data);
}

/** ho_keeper_link_stay_async: As ho_keeper_stay(). */
void
ho_keeper_link_stay_async (HoKeeperLink *self, guint seconds, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  call_async (self, "Stay", g_variant_new ("(u)", seconds), callback, user_data);
}

/**
 * ho_keeper_link_call_finish:
 *
 * Returns: %TRUE; or %FALSE with the keeper's error, or %HO_ERROR_FAILED if there is none
 */
gboolean
ho_keeper_link_call_finish (HoKeeperLink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_keeper_link_come_home_and_leave:
 * @self: a link
 * @reason: why
 *
 * For the end of the program: asks for the devices to be brought home, and does not wait until they
 * are; the keeper stays.
 */
void
ho_keeper_link_come_home_and_leave (HoKeeperLink *self, const char *reason)
{
  if (self->connection == NULL || !is_away (self))
    return;
  g_dbus_connection_call (self->connection, NULL, HO_KEEPER_PATH, HO_KEEPER_INTERFACE, "ComeHome",
                          g_variant_new ("(s)", reason), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                          NULL, NULL);
  g_dbus_connection_flush_sync (self->connection, NULL, NULL);
}
