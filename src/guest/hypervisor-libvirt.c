/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "hypervisor-libvirt-private.h"

#include "error.h"
#include "libvirt-calls.h"
#include "libvirt-error.h"
#include "libvirt-loop.h"
#include "libvirt-state.h"

#include <glib/gi18n.h>

/* What is to become of a reading under way. */
typedef enum
{
  READ_ONCE,
  READ_AGAIN,   /* an event came meanwhile */
  READ_IN_VAIN, /* an act ended meanwhile, with a newer reading; so read again */
} Reading;

G_DEFINE_FINAL_TYPE_WITH_CODE (HoHypervisorLibvirt, ho_hypervisor_libvirt, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_HYPERVISOR,
                                                      ho_hypervisor_libvirt_iface_init))

enum
{
  PROP_0,
  PROP_STATE,
  PROP_PROBLEM,
  PROP_URI,
  PROP_LOCAL,
};

/* The transport “ext” is any program, whose other end may be anywhere.
 * https://libvirt.org/uri.html#transport-configuration */
static gboolean
is_local_uri (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  if (parsed != NULL && g_str_has_suffix (g_uri_get_scheme (parsed), "+ext"))
    return FALSE;
  return parsed == NULL || g_uri_get_host (parsed) == NULL || *g_uri_get_host (parsed) == '\0';
}

/**
 * ho_hypervisor_libvirt_push:
 * @self: a hypervisor
 * @task: (transfer full): what @call returns into; it fails with %HO_ERROR_NO_CONNECTION, or with
 *   %HO_ERROR_BUSY while the guest is being started
 * @call: what to do
 * @args: (transfer full): its arguments
 *
 * Makes @call in the pool.
 */
void
ho_hypervisor_libvirt_push (HoHypervisorLibvirt *self, GTask *task, HoLibvirtCall call,
                            HoLibvirtArgs *args)
{
  if (self->link == NULL)
    {
      g_task_return_new_error (
          task, HO_ERROR, HO_ERROR_NO_CONNECTION, "%s",
          self->problem != NULL ? self->problem : _ ("There is no connection to libvirt yet."));
      ho_libvirt_args_free (args);
      g_object_unref (task);
      return;
    }

  /* A start may hang as long as a driver does not let a device go, and every call for that guest
   * would hang behind it, each with a thread of the pool. Whoever cuts the power has seen to it
   * that it does not. */
  if (args->uuid != NULL && g_hash_table_contains (self->starts, args->uuid)
      && !(call == ho_libvirt_call_act && args->number == HO_GUEST_ACT_FORCE_OFF))
    {
      g_task_return_new_error (
          task, HO_ERROR, HO_ERROR_BUSY, "%s",
          _ ("libvirt is still starting this guest. Wait until that is done."));
      ho_libvirt_args_free (args);
      g_object_unref (task);
      return;
    }

  ho_libvirt_pool_push (self->pool, self->link, task, call, args);
}

/* How a guest stopped, as the event told it. */
typedef struct
{
  HoGuestState state;
  HoGuestReason why;
} Stop;

static void
on_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autofree char *uuid = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestRecord) record = g_task_propagate_pointer (G_TASK (result), &error);
  Reading reading;

  /* The answer of a connection that has gone since says nothing. */
  if (ho_error_is_silent (error) || self->link == NULL
      || g_task_get_task_data (G_TASK (result)) != self->link)
    return;

  reading = (Reading) GPOINTER_TO_INT (g_hash_table_lookup (self->reads, uuid));
  g_hash_table_remove (self->reads, uuid);
  if (reading == READ_IN_VAIN)
    g_debug ("an older reading of %s comes late", uuid);
  else if (record != NULL)
    ho_hypervisor_emit_updated (HO_HYPERVISOR (self), record);
  else if (g_error_matches (error, HO_ERROR, HO_ERROR_NOT_FOUND))
    {
      const Stop *stop = g_hash_table_lookup (self->stops, uuid);

      if (stop != NULL)
        ho_hypervisor_emit_moved (HO_HYPERVISOR (self), uuid, stop->state, stop->why);
      ho_hypervisor_emit_removed (HO_HYPERVISOR (self), uuid);
    }
  else
    g_message ("guest %s cannot be read: %s", uuid, error->message);
  if (reading != READ_ONCE)
    ho_hypervisor_libvirt_read (self, uuid);
  else
    g_hash_table_remove (self->stops, uuid);
}

/**
 * ho_hypervisor_libvirt_read:
 * @self: a hypervisor
 * @uuid: a guest
 *
 * Reads the guest soon; while the list is being read, once that is done.
 */
void
ho_hypervisor_libvirt_read (HoHypervisorLibvirt *self, const char *uuid)
{
  GTask *task;

  if (g_hash_table_contains (self->starts, uuid))
    return; /* its end comes with a reading */
  if (self->connecting || g_hash_table_contains (self->reads, uuid))
    {
      if (GPOINTER_TO_INT (g_hash_table_lookup (self->reads, uuid)) != READ_IN_VAIN)
        g_hash_table_insert (self->reads, g_strdup (uuid), GINT_TO_POINTER (READ_AGAIN));
      return;
    }
  g_hash_table_insert (self->reads, g_strdup (uuid), GINT_TO_POINTER (READ_ONCE));
  task = g_task_new (self, self->cancellable, on_read, g_strdup (uuid));
  g_task_set_task_data (task, ho_libvirt_link_ref (self->link), ho_libvirt_link_unref);
  ho_hypervisor_libvirt_push (self, task, ho_libvirt_call_read,
                              ho_libvirt_args_new (uuid, NULL, 0));
}

/* Opening and losing the connection. */

static void
set_state (HoHypervisorLibvirt *self, HoConnectionState state, char *problem)
{
  gboolean problem_changed = g_strcmp0 (self->problem, problem) != 0;
  gboolean state_changed = self->state != state;

  g_free (self->problem);
  self->problem = problem;
  self->state = state;
  if (problem_changed)
    g_object_notify (G_OBJECT (self), "problem");
  if (state_changed)
    g_object_notify (G_OBJECT (self), "state");
}

static void
drop_link (HoHypervisorLibvirt *self)
{
  g_hash_table_remove_all (self->reads);
  g_hash_table_remove_all (self->stops);
  ho_own_events_forget_all (self->own);
  g_clear_pointer (&self->link, ho_libvirt_link_shut);
}

static void
give_up_connection (HoHypervisorLibvirt *self, HoConnectionState state, char *problem)
{
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();

  g_message ("%s", problem);
  self->connecting = FALSE;
  drop_link (self);
  set_state (self, state, problem);
  ho_hypervisor_emit_listed (HO_HYPERVISOR (self), nothing);
  ho_reconnect_start (self->reconnect);
}

static void
handle_event (const HoLibvirtEvent *event, gpointer user_data)
{
  HoHypervisorLibvirt *self = user_data;
  HoGuestState state;
  HoGuestReason why;

  if (event->kind == HO_LIBVIRT_EVENT_CLOSED)
    {
      give_up_connection (self, HO_CONNECTION_UNREACHABLE,
                          g_strdup_printf (_ ("The connection to %s was lost. It is opened again "
                                              "as soon as libvirt answers."),
                                           self->uri));
      return;
    }
  if (event->kind == HO_LIBVIRT_EVENT_HOST)
    {
      ho_hypervisor_emit_host_changed (HO_HYPERVISOR (self));
      return;
    }
  if (event->kind == HO_LIBVIRT_EVENT_LIFECYCLE && event->event == VIR_DOMAIN_EVENT_STOPPED
      && ho_libvirt_translate_event (event->event, event->detail, &state, &why))
    {
      Stop *stop = g_new0 (Stop, 1);

      stop->state = state;
      stop->why = why;
      g_hash_table_insert (self->stops, g_strdup (event->uuid), stop);
    }
  if (event->kind != HO_LIBVIRT_EVENT_DEVICE_ADDED)
    ho_own_events_forget (self->own, event->uuid);
  if (event->kind != HO_LIBVIRT_EVENT_DEVICE_ADDED
      || !ho_own_events_take (self->own, event->uuid, event->alias))
    ho_hypervisor_libvirt_read (self, event->uuid);
  if (event->alias != NULL)
    ho_hypervisor_emit_device_changed (HO_HYPERVISOR (self), event->uuid, event->alias,
                                       event->kind == HO_LIBVIRT_EVENT_DEVICE_ADDED);
}

static void settle_guest (HoHypervisorLibvirt *self, const char *uuid);

static void
on_settled (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autofree char *uuid = user_data;
  g_autoptr (GError) error = NULL;
  gboolean settled = g_task_propagate_boolean (G_TASK (result), &error);

  if (self->link == NULL || g_task_get_task_data (G_TASK (result)) != self->link)
    return;
  if (settled)
    ho_hypervisor_libvirt_read (self, uuid);
  else if (error == NULL)
    settle_guest (self, uuid);
}

/* A daemon that has just started takes a guest for what it was before, until it has found its QEMU
 * again; and if there is none, or it was only starting, the guest ends without any event. */
static void
settle_guest (HoHypervisorLibvirt *self, const char *uuid)
{
  GTask *task = g_task_new (self, self->cancellable, on_settled, g_strdup (uuid));

  g_task_set_task_data (task, ho_libvirt_link_ref (self->link), ho_libvirt_link_unref);
  ho_hypervisor_libvirt_push (self, task, ho_libvirt_call_settle,
                              ho_libvirt_args_new (uuid, NULL, 0));
}

static void
on_first_list (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree gpointer *uuids = NULL;
  guint n_uuids;

  if (ho_error_is_silent (error) || self->link == NULL
      || g_task_get_task_data (G_TASK (result)) != self->link)
    return;
  if (records == NULL)
    {
      give_up_connection (self, HO_CONNECTION_UNREACHABLE, g_strdup (error->message));
      return;
    }

  self->connecting = FALSE;
  ho_reconnect_stop (self->reconnect);
  ho_hypervisor_emit_listed (HO_HYPERVISOR (self), records);
  set_state (self, HO_CONNECTION_CONNECTED, NULL);

  /* What changed while the list was read may be older in it than now. */
  uuids = g_hash_table_get_keys_as_array (self->reads, &n_uuids);
  g_hash_table_steal_all (self->reads);
  for (guint i = 0; i < n_uuids; i++)
    {
      ho_hypervisor_libvirt_read (self, uuids[i]);
      g_free (uuids[i]);
    }
  for (guint i = 0; i < records->len; i++)
    {
      const HoGuestRecord *record = g_ptr_array_index (records, i);

      if (ho_guest_state_is_active (record->state))
        settle_guest (self, record->facts->uuid);
    }
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoHypervisorLibvirt) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;
  HoConnectionState state;
  HoLibvirtLink *link = ho_libvirt_link_open_finish (result, &state, &problem, &error);
  GTask *task;

  if (error != NULL)
    return; /* it is wanted no more */
  if (link == NULL)
    {
      give_up_connection (self, state, g_steal_pointer (&problem));
      return;
    }

  self->link = link;
  ho_libvirt_link_follow (self->link, handle_event, self);
  task = g_task_new (self, self->cancellable, on_first_list, NULL);
  g_task_set_task_data (task, ho_libvirt_link_ref (self->link), ho_libvirt_link_unref);
  ho_hypervisor_libvirt_push (self, task, ho_libvirt_call_list,
                              ho_libvirt_args_new (NULL, NULL, 0));
}

/**
 * ho_hypervisor_libvirt_tell:
 * @self: a hypervisor
 * @result: of an act, whose task has the link it was for as its data
 * @record: what the guest was right after it
 *
 * Tells a record that an act brought along. That is done before the act is called done, so that
 * whoever waited for it finds the guest in its new state, however late the event is.
 */
void
ho_hypervisor_libvirt_tell (HoHypervisorLibvirt *self, GAsyncResult *result, HoGuestRecord *record)
{
  /* The record of a connection that has gone since says nothing. */
  if (self->link == NULL || g_task_get_task_data (G_TASK (result)) != self->link)
    return;
  if (g_hash_table_contains (self->reads, record->facts->uuid))
    g_hash_table_insert (self->reads, g_strdup (record->facts->uuid),
                         GINT_TO_POINTER (READ_IN_VAIN));
  ho_hypervisor_emit_updated (HO_HYPERVISOR (self), record);
}

static void
ho_hypervisor_libvirt_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, self->state);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    case PROP_URI:
      g_value_set_string (value, self->uri);
      break;
    case PROP_LOCAL:
      g_value_set_boolean (value, is_local_uri (self->uri));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_hypervisor_libvirt_dispose (GObject *object)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);

  g_cancellable_cancel (self->cancellable);
  /* A program keeps its hypervisor until it ends. */
  g_clear_pointer (&self->link, ho_libvirt_link_leave);
  g_clear_object (&self->reconnect);

  G_OBJECT_CLASS (ho_hypervisor_libvirt_parent_class)->dispose (object);
}

static void
ho_hypervisor_libvirt_finalize (GObject *object)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);

  ho_libvirt_pool_free (self->pool);
  g_hash_table_unref (self->reads);
  ho_own_events_free (self->own);
  g_hash_table_unref (self->starts);
  g_hash_table_unref (self->stops);
  g_object_unref (self->cancellable);
  g_free (self->problem);
  g_free (self->uri);

  G_OBJECT_CLASS (ho_hypervisor_libvirt_parent_class)->finalize (object);
}

static void
ho_hypervisor_libvirt_class_init (HoHypervisorLibvirtClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_hypervisor_libvirt_get_property;
  object_class->dispose = ho_hypervisor_libvirt_dispose;
  object_class->finalize = ho_hypervisor_libvirt_finalize;

  g_object_class_override_property (object_class, PROP_STATE, "state");
  g_object_class_override_property (object_class, PROP_PROBLEM, "problem");
  g_object_class_override_property (object_class, PROP_URI, "uri");
  g_object_class_override_property (object_class, PROP_LOCAL, "local");
}

static void
ignore_libvirt_error (void *data, virErrorPtr error)
{
  /* libvirt prints errors to stderr by itself; ours are returned to whoever asked. */
}

static void
ho_hypervisor_libvirt_init (HoHypervisorLibvirt *self)
{
  /* libvirt writes warnings to stderr by itself, such as that libvirt-glib finds an event loop in
   * place; there our programs say one line when something fails. */
  g_setenv ("LIBVIRT_DEBUG", "4", FALSE);
  virInitialize ();
  ho_libvirt_loop_start ();
  virSetErrorFunc (NULL, ignore_libvirt_error);
  self->cancellable = g_cancellable_new ();
  self->reads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->own = ho_own_events_new ();
  self->starts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->stops = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->pool = ho_libvirt_pool_new ();
}

static void
take_uri (HoHypervisorLibvirt *self, const char *uri)
{
  g_free (self->uri);
  self->uri = g_strdup (uri);
  g_clear_object (&self->reconnect);
  self->reconnect = ho_reconnect_new (uri);
  g_signal_connect_object (self->reconnect, "retry", G_CALLBACK (ho_hypervisor_libvirt_connect),
                           self, G_CONNECT_SWAPPED);
}

/**
 * ho_hypervisor_libvirt_new:
 * @uri: what to connect to, https://libvirt.org/uri.html
 *
 * Returns: (transfer full): a hypervisor that is not connected yet. Its signals come from the main
 *   loop of the default main context.
 */
HoHypervisorLibvirt *
ho_hypervisor_libvirt_new (const char *uri)
{
  HoHypervisorLibvirt *self = g_object_new (HO_TYPE_HYPERVISOR_LIBVIRT, NULL);

  take_uri (self, uri);
  return self;
}

/**
 * ho_hypervisor_libvirt_set_uri:
 * @self: a hypervisor
 * @uri: what to connect to from now on
 *
 * Leaves the connection there is and opens the other one. Until that has told its guests there are
 * none; what was asked of the old connection is still answered by it.
 */
void
ho_hypervisor_libvirt_set_uri (HoHypervisorLibvirt *self, const char *uri)
{
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();

  if (g_str_equal (self->uri, uri))
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->connecting = FALSE;
  drop_link (self);
  take_uri (self, uri);
  g_object_notify (G_OBJECT (self), "uri");
  g_object_notify (G_OBJECT (self), "local");
  set_state (self, HO_CONNECTION_CONNECTING, NULL);
  ho_hypervisor_emit_listed (HO_HYPERVISOR (self), nothing);
  ho_hypervisor_libvirt_connect (self);
}

/**
 * ho_hypervisor_libvirt_connect:
 * @self: a hypervisor
 *
 * Opens the connection, and again whenever it is lost. Returns at once; `state` tells the rest.
 */
void
ho_hypervisor_libvirt_connect (HoHypervisorLibvirt *self)
{
  if (self->connecting || self->link != NULL)
    return;
  self->connecting = TRUE;
  ho_libvirt_link_open_async (self->uri, is_local_uri (self->uri), self->cancellable, on_opened,
                              g_object_ref (self));
}
