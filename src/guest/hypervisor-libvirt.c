/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "hypervisor-libvirt.h"

#include "error.h"
#include "libvirt-calls.h"
#include "libvirt-channel.h"
#include "libvirt-error.h"
#include "libvirt-link.h"
#include "libvirt-loop.h"
#include "libvirt-pool.h"
#include "libvirt-state.h"
#include "own-events.h"
#include "reconnect.h"

#include <glib/gi18n.h>

/**
 * HoHypervisorLibvirt:
 *
 * #HoHypervisor on libvirt: what becomes of its connection, events and answers. The calls
 * themselves are in libvirt-calls.c and libvirt-link.c, and run in the threads of libvirt-pool.c.
 *
 * An event never carries the truth, it only says that a guest must be read again: at most one
 * reading of a guest is under way, and one more is remembered, so a flood of events, or a guest for
 * which libvirt does not answer, costs no more than that.
 */
struct _HoHypervisorLibvirt
{
  GObject parent;

  char *uri;
  HoConnectionState state;
  char *problem;
  HoReconnect *reconnect;
  HoLibvirtPool *pool;
  GCancellable *cancellable;

  HoLibvirtLink *link; /* the connection in use, or NULL */
  gboolean connecting; /* a connection is being opened, or its guests listed */
  GHashTable *reads;   /* uuid → GINT_TO_POINTER (Reading) */
  HoOwnEvents *own;    /* of devices that we plug in */
  GHashTable *starts;  /* uuids of guests that libvirt is starting for us */
  GHashTable *stops; /* uuid → how it stopped, for a transient guest that is not there to be read */
};

/* What is to become of a reading under way. */
typedef enum
{
  READ_ONCE,
  READ_AGAIN,   /* an event came meanwhile */
  READ_IN_VAIN, /* an act ended meanwhile, with a newer reading; so read again */
} Reading;

static void ho_hypervisor_libvirt_iface_init (HoHypervisorInterface *iface);
static void read_guest (HoHypervisorLibvirt *self, const char *uuid);

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

/* Runs @call in the pool. Takes @task and @args. */
static void
push_job (HoHypervisorLibvirt *self, GTask *task, HoLibvirtCall call, HoLibvirtArgs *args)
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
    read_guest (self, uuid);
  else
    g_hash_table_remove (self->stops, uuid);
}

/* Reads the guest soon; while the list is being read, once that is done. */
static void
read_guest (HoHypervisorLibvirt *self, const char *uuid)
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
  push_job (self, task, ho_libvirt_call_read, ho_libvirt_args_new (uuid, NULL, 0));
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
    read_guest (self, event->uuid);
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
    read_guest (self, uuid);
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
  push_job (self, task, ho_libvirt_call_settle, ho_libvirt_args_new (uuid, NULL, 0));
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
      read_guest (self, uuids[i]);
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
  push_job (self, task, ho_libvirt_call_list, ho_libvirt_args_new (NULL, NULL, 0));
}

/* The verbs: each is a call in the pool. */

/* The record is told before the act is called done, so that whoever waited for it finds the guest
 * in its new state, however late the event is. */
static void
tell_record (HoHypervisorLibvirt *self, GAsyncResult *result, HoGuestRecord *record)
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
on_acted (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GTask) outer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestRecord) record = g_task_propagate_pointer (G_TASK (result), &error);

  if (record != NULL)
    tell_record (self, result, record);
  if (error != NULL)
    g_task_return_error (outer, g_steal_pointer (&error));
  else
    g_task_return_boolean (outer, TRUE);
}

/* The inner task of an act, which knows the connection that it is for. Takes @outer. */
static GTask *
new_act_task (HoHypervisorLibvirt *self, GTask *outer, GAsyncReadyCallback callback)
{
  GTask *task = g_task_new (self, g_task_get_cancellable (outer), callback, outer);

  if (self->link != NULL)
    g_task_set_task_data (task, ho_libvirt_link_ref (self->link), ho_libvirt_link_unref);
  return task;
}

static void
on_started (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autofree char *uuid = g_strdup (g_object_get_data (G_OBJECT (result), "uuid"));

  g_hash_table_remove (self->starts, uuid);
  on_acted (object, result, user_data);
  /* What was told of it meanwhile was not read, and one that did not start was not read at all. */
  if (self->link != NULL)
    read_guest (self, uuid);
}

static void
ho_hypervisor_libvirt_act (HoHypervisor *hypervisor, const char *uuid, HoGuestAct act, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);
  gboolean starts = act == HO_GUEST_ACT_START && !g_hash_table_contains (self->starts, uuid);
  GTask *inner = new_act_task (self, task, starts ? on_started : on_acted);

  g_object_set_data_full (G_OBJECT (inner), "uuid", g_strdup (uuid), g_free);
  push_job (self, inner, ho_libvirt_call_act, ho_libvirt_args_new (uuid, NULL, act));
  if (starts)
    g_hash_table_add (self->starts, g_strdup (uuid));
}

static void
ho_hypervisor_libvirt_look (HoHypervisor *hypervisor, const char *uuid, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);

  push_job (self, new_act_task (self, task, on_acted), ho_libvirt_call_read,
            ho_libvirt_args_new (uuid, NULL, 0));
}

static void
ho_hypervisor_libvirt_get_xml (HoHypervisor *hypervisor, const char *uuid, gboolean inactive,
                               GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_get_xml,
            ho_libvirt_args_new (uuid, NULL, inactive));
}

static void
ho_hypervisor_libvirt_get_host (HoHypervisor *hypervisor, const char *uuid, GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_get_host,
            ho_libvirt_args_new (uuid, NULL, 0));
}

static void
ho_hypervisor_libvirt_define_xml (HoHypervisor *hypervisor, const char *xml, GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_define_xml,
            ho_libvirt_args_new (NULL, xml, 0));
}

static void
on_attached (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GTask) outer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoLibvirtAttached) attached = g_task_propagate_pointer (G_TASK (result), &error);
  HoGuestRecord *record = attached != NULL ? attached->record : NULL;
  const char *uuid = g_object_get_data (G_OBJECT (result), "uuid");

  if (record != NULL)
    tell_record (self, result, record);
  if (ho_own_events_end (self->own, uuid, record != NULL ? record->facts : NULL)
      && self->link != NULL)
    read_guest (self, uuid);
  if (attached != NULL)
    {
      g_task_set_task_data (outer, GUINT_TO_POINTER (attached->n_attached), NULL);
      error = g_steal_pointer (&attached->error);
    }
  if (error != NULL)
    g_task_return_error (outer, g_steal_pointer (&error));
  else
    g_task_return_boolean (outer, TRUE);
}

static void
ho_hypervisor_libvirt_attach_devices (HoHypervisor *hypervisor, const char *uuid,
                                      const char *const *xmls, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);
  HoLibvirtArgs *args = ho_libvirt_args_new (uuid, NULL, 0);
  GTask *inner = new_act_task (self, task, on_attached);

  args->texts = g_strdupv ((char **) xmls);
  g_object_set_data_full (G_OBJECT (inner), "uuid", g_strdup (uuid), g_free);
  ho_own_events_begin (self->own, uuid);
  push_job (self, inner, ho_libvirt_call_attach_devices, args);
}

static void
ho_hypervisor_libvirt_detach_alias (HoHypervisor *hypervisor, const char *uuid, const char *alias,
                                    GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_detach_alias,
            ho_libvirt_args_new (uuid, alias, 0));
}

static void
ho_hypervisor_libvirt_open_channel (HoHypervisor *hypervisor, const char *uuid, const char *name,
                                    GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_open_channel,
            ho_libvirt_args_new (uuid, name, 0));
}

static void
ho_hypervisor_libvirt_borrow_devices (HoHypervisor *hypervisor, const char *xml, GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_borrow_devices,
            ho_libvirt_args_new (NULL, xml, 0));
}

static void
ho_hypervisor_libvirt_iface_init (HoHypervisorInterface *iface)
{
  iface->act = ho_hypervisor_libvirt_act;
  iface->look = ho_hypervisor_libvirt_look;
  iface->get_xml = ho_hypervisor_libvirt_get_xml;
  iface->get_host = ho_hypervisor_libvirt_get_host;
  iface->define_xml = ho_hypervisor_libvirt_define_xml;
  iface->attach_devices = ho_hypervisor_libvirt_attach_devices;
  iface->detach_alias = ho_hypervisor_libvirt_detach_alias;
  iface->open_channel = ho_hypervisor_libvirt_open_channel;
  iface->borrow_devices = ho_hypervisor_libvirt_borrow_devices;
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
