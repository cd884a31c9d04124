/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "hypervisor-libvirt.h"

#include <libvirt-gobject/libvirt-gobject.h>
#include <libvirt/libvirt.h>

#include "error.h"
#include "libvirt-calls.h"
#include "libvirt-error.h"
#include "libvirt-loop.h"
#include "libvirt-state.h"
#include "reconnect.h"

#include <glib/gi18n.h>

/* Calls to libvirt wait for its daemon, so each runs in a thread of a pool of our own: GLib's
 * shared pool also reads files, and a guest that libvirt is stuck with must not stop that. */
#define MAX_THREADS 8

/* A remote daemon that has gone silent is given up after INTERVAL × COUNT seconds. A local one
 * closes its socket when it dies, so that it needs no probes. */
#define KEEP_ALIVE_INTERVAL 5
#define KEEP_ALIVE_COUNT 6

/**
 * HoHypervisorLibvirt:
 *
 * #HoHypervisor on libvirt, and the only file that calls it. libvirt-glib opens the connection; for
 * what it lacks (close callback, renames, hot-plug, device and agent events) its `handle` is used.
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
  GThreadPool *pool;
  GCancellable *cancellable;

  struct Link *link;   /* the connection in use, or NULL */
  gboolean connecting; /* a connection is being opened, or its guests listed */
  GHashTable *reads;   /* uuid → GINT_TO_POINTER (read again after this one) */
  GHashTable *stops; /* uuid → how it stopped, for a transient guest that is not there to be read */
};

/* One connection, shared by its owner, libvirt's callbacks and the calls under way. The way back to
 * the owner is cut when the connection is given up, so that nothing late reaches the object. */
typedef struct Link
{
  gatomicrefcount refs;
  HoHypervisorLibvirt *owner; /* main thread only */
  GVirConnection *connection;
  virConnectPtr conn;
  GArray *callbacks; /* int: the ids of our event callbacks */
} Link;

/* A call on its way through the pool. */
typedef struct
{
  GTask *task;
  Link *link;
  HoLibvirtCall call;
  HoLibvirtArgs *args;
} Job;

static void ho_hypervisor_libvirt_iface_init (HoHypervisorInterface *iface);
static void read_guest (HoHypervisorLibvirt *self, const char *uuid);
static gpointer shut_link (gpointer data);

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConnection, g_object_unref)

static Link *
link_ref (Link *link)
{
  g_atomic_ref_count_inc (&link->refs);
  return link;
}

static gboolean
close_link (gpointer data)
{
  Link *link = data;

  /* In libvirt's thread: libvirt-glib follows events too, and must not be in the midst of one. */
  virConnectClose (link->conn);
  g_object_unref (link->connection);
  g_array_unref (link->callbacks);
  g_free (link);
  return G_SOURCE_REMOVE;
}

static void
link_unref (gpointer data)
{
  Link *link = data;

  if (g_atomic_ref_count_dec (&link->refs))
    ho_libvirt_loop_later (close_link, link);
}

static void
run_job (gpointer data, gpointer pool_data)
{
  Job *job = data;

  if (!g_task_return_error_if_cancelled (job->task))
    job->call (job->task, job->link->conn, job->args);
  ho_libvirt_args_free (job->args);
  link_unref (job->link);
  g_object_unref (job->task);
  g_free (job);
}

/* Runs @call in the pool. Takes @task and @args. */
static void
push_job (HoHypervisorLibvirt *self, GTask *task, HoLibvirtCall call, HoLibvirtArgs *args)
{
  Job *job;

  if (self->link == NULL)
    {
      g_task_return_new_error (
          task, HO_ERROR, HO_ERROR_NO_CONNECTION, "%s",
          self->problem != NULL ? self->problem : _ ("There is no connection to libvirt yet."));
      ho_libvirt_args_free (args);
      g_object_unref (task);
      return;
    }

  job = g_new0 (Job, 1);
  job->task = task;
  job->link = link_ref (self->link);
  job->call = call;
  job->args = args;
  g_thread_pool_push (self->pool, job, NULL);
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
  gboolean again;

  /* The answer of a connection that has gone since says nothing. */
  if (ho_error_is_silent (error) || self->link == NULL
      || g_task_get_task_data (G_TASK (result)) != self->link)
    return;

  again = GPOINTER_TO_INT (g_hash_table_lookup (self->reads, uuid));
  g_hash_table_remove (self->reads, uuid);
  if (record != NULL)
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
  if (again)
    read_guest (self, uuid);
  else
    g_hash_table_remove (self->stops, uuid);
}

/* Reads the guest soon; while the list is being read, once that is done. */
static void
read_guest (HoHypervisorLibvirt *self, const char *uuid)
{
  GTask *task;

  if (self->connecting || g_hash_table_contains (self->reads, uuid))
    {
      g_hash_table_insert (self->reads, g_strdup (uuid), GINT_TO_POINTER (TRUE));
      return;
    }
  g_hash_table_insert (self->reads, g_strdup (uuid), GINT_TO_POINTER (FALSE));
  task = g_task_new (self, self->cancellable, on_read, g_strdup (uuid));
  g_task_set_task_data (task, link_ref (self->link), link_unref);
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
  Link *link = g_steal_pointer (&self->link);

  g_hash_table_remove_all (self->reads);
  g_hash_table_remove_all (self->stops);
  if (link == NULL)
    return;
  link->owner = NULL;
  g_thread_unref (g_thread_new ("libvirt-shut", shut_link, link));
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

/* Events. libvirt tells them in its own thread; what they say is carried to the main loop, where
 * the object lives, in the order in which they came. */

typedef enum
{
  EVENT_LIFECYCLE,
  EVENT_DEVICE_ADDED,
  EVENT_DEVICE_REMOVED,
  EVENT_AGENT,
  EVENT_CLOSED,
} EventKind;

typedef struct
{
  Link *link;
  EventKind kind;
  char uuid[VIR_UUID_STRING_BUFLEN];
  int event;
  int detail;
  char *alias;
} Event;

static void
event_free (gpointer data)
{
  Event *event = data;

  link_unref (event->link);
  g_free (event->alias);
  g_free (event);
}

static gboolean
handle_event (gpointer user_data)
{
  Event *event = user_data;
  HoHypervisorLibvirt *self = event->link->owner;
  HoGuestState state;
  HoGuestReason why;

  if (self == NULL)
    return G_SOURCE_REMOVE;
  if (event->kind == EVENT_CLOSED)
    {
      give_up_connection (self, HO_CONNECTION_UNREACHABLE,
                          g_strdup_printf (_ ("The connection to %s was lost. It is opened again "
                                              "as soon as libvirt answers."),
                                           self->uri));
      return G_SOURCE_REMOVE;
    }
  if (event->kind == EVENT_LIFECYCLE && event->event == VIR_DOMAIN_EVENT_STOPPED
      && ho_libvirt_translate_event (event->event, event->detail, &state, &why))
    {
      Stop *stop = g_new0 (Stop, 1);

      stop->state = state;
      stop->why = why;
      g_hash_table_insert (self->stops, g_strdup (event->uuid), stop);
    }
  read_guest (self, event->uuid);
  if (event->alias != NULL)
    ho_hypervisor_emit_device_changed (HO_HYPERVISOR (self), event->uuid, event->alias,
                                       event->kind == EVENT_DEVICE_ADDED);
  return G_SOURCE_REMOVE;
}

static void
send_event (gpointer opaque, EventKind kind, virDomainPtr domain, int what, int detail,
            const char *alias)
{
  Event *event = g_new0 (Event, 1);

  event->link = link_ref (opaque);
  event->kind = kind;
  event->event = what;
  event->detail = detail;
  event->alias = g_strdup (alias);
  if (domain != NULL)
    virDomainGetUUIDString (domain, event->uuid);
  g_idle_add_full (G_PRIORITY_DEFAULT, handle_event, event, event_free);
}

static int
on_lifecycle (virConnectPtr conn, virDomainPtr domain, int event, int detail, void *opaque)
{
  g_debug ("%s: event %d, detail %d", virDomainGetName (domain), event, detail);
  send_event (opaque, EVENT_LIFECYCLE, domain, event, detail, NULL);
  return 0;
}

static void
on_device_added (virConnectPtr conn, virDomainPtr domain, const char *alias, void *opaque)
{
  send_event (opaque, EVENT_DEVICE_ADDED, domain, 0, 0, alias);
}

static void
on_device_removed (virConnectPtr conn, virDomainPtr domain, const char *alias, void *opaque)
{
  send_event (opaque, EVENT_DEVICE_REMOVED, domain, 0, 0, alias);
}

static void
on_agent_lifecycle (virConnectPtr conn, virDomainPtr domain, int state, int reason, void *opaque)
{
  send_event (opaque, EVENT_AGENT, domain, 0, 0, NULL);
}

static void
on_closed (virConnectPtr conn, int reason, void *opaque)
{
  send_event (opaque, EVENT_CLOSED, NULL, 0, 0, NULL);
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
}

static void
register_event (Link *link, int event, virConnectDomainEventGenericCallback callback)
{
  int id = virConnectDomainEventRegisterAny (link->conn, NULL, event, callback, link_ref (link),
                                             link_unref);

  if (id >= 0)
    {
      g_array_append_val (link->callbacks, id);
      return;
    }
  /* Drivers may lack an event (the test driver has no agent); libvirt frees nothing then. */
  g_debug ("no event %d: %s", event, virGetLastErrorMessage ());
  link_unref (link);
}

/* Both ends of a connection's life run in a thread, since they wait for the daemon's answers. */

static Link *
open_link (GVirConnection *connection, gboolean local)
{
  Link *link = g_new0 (Link, 1);

  g_atomic_ref_count_init (&link->refs);
  g_object_get (connection, "handle", &link->conn, NULL);
  link->connection = g_object_ref (connection);
  link->callbacks = g_array_new (FALSE, FALSE, sizeof (int));

  if (!local)
    virConnectSetKeepAlive (link->conn, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_COUNT);
  /* Without a reference: drivers that never close by themselves take the callback and forget it,
   * with what would give the reference back. It is unregistered before the link goes. */
  virConnectRegisterCloseCallback (link->conn, on_closed, link, NULL);
  register_event (link, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle));
  register_event (link, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
                  VIR_DOMAIN_EVENT_CALLBACK (on_device_added));
  register_event (link, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
                  VIR_DOMAIN_EVENT_CALLBACK (on_device_removed));
  register_event (link, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
                  VIR_DOMAIN_EVENT_CALLBACK (on_agent_lifecycle));
  return link;
}

static gpointer
shut_link (gpointer data)
{
  Link *link = data;

  for (guint i = 0; i < link->callbacks->len; i++)
    virConnectDomainEventDeregisterAny (link->conn, g_array_index (link->callbacks, int, i));
  virConnectUnregisterCloseCallback (link->conn, on_closed);
  link_unref (link);
  return NULL;
}

typedef struct
{
  Link *link; /* NULL if it could not be opened */
  HoConnectionState state;
  char *problem;
} Opened;

static void
opened_free (gpointer data)
{
  Opened *opened = data;

  if (opened->link != NULL)
    g_thread_unref (g_thread_new ("libvirt-shut", shut_link, opened->link));
  g_free (opened->problem);
  g_free (opened);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opened, opened_free)

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  HoHypervisorLibvirt *self = source;
  g_autoptr (GVirConnection) connection = gvir_connection_new (self->uri);
  g_autoptr (GError) error = NULL;
  Opened *opened = g_new0 (Opened, 1);

  virResetLastError ();
  if (gvir_connection_open (connection, NULL, &error))
    {
      opened->link = open_link (connection, ho_hypervisor_is_local (HO_HYPERVISOR (self)));
    }
  else
    {
      /* libvirt-glib keeps the text of libvirt's error but not its code, which is still at hand in
       * the thread in which the call failed. */
      opened->state = ho_libvirt_error_get_connection_state (virGetLastError ());
      opened->problem = ho_libvirt_error_explain_connection (virGetLastError (), self->uri);
      /* libvirt-glib 4.0 frees the tables of a connection when it is closed, and only then. */
      gvir_connection_close (connection);
    }
  g_task_return_pointer (task, opened, opened_free);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (Opened) opened = g_task_propagate_pointer (G_TASK (result), &error);
  GTask *task;

  if (opened == NULL)
    return;
  if (opened->link == NULL)
    {
      give_up_connection (self, opened->state, g_steal_pointer (&opened->problem));
      return;
    }

  self->link = g_steal_pointer (&opened->link);
  self->link->owner = self;
  task = g_task_new (self, self->cancellable, on_first_list, NULL);
  g_task_set_task_data (task, link_ref (self->link), link_unref);
  push_job (self, task, ho_libvirt_call_list, ho_libvirt_args_new (NULL, NULL, 0));
}

/* The verbs: each is a call in the pool. */

/* The record is told before the act is called done, so that whoever waited for it finds the guest
 * in its new state, however late the event is. */
static void
on_acted (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);
  g_autoptr (GTask) outer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestRecord) record = g_task_propagate_pointer (G_TASK (result), &error);

  if (record != NULL && self->link != NULL)
    ho_hypervisor_emit_updated (HO_HYPERVISOR (self), record);
  if (error != NULL)
    g_task_return_error (outer, g_steal_pointer (&error));
  else
    g_task_return_boolean (outer, TRUE);
}

static void
ho_hypervisor_libvirt_act (HoHypervisor *hypervisor, const char *uuid, HoGuestAct act, GTask *task)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (hypervisor);

  push_job (self, g_task_new (self, g_task_get_cancellable (task), on_acted, task),
            ho_libvirt_call_act, ho_libvirt_args_new (uuid, NULL, act));
}

static void
ho_hypervisor_libvirt_get_xml (HoHypervisor *hypervisor, const char *uuid, gboolean inactive,
                               GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_get_xml,
            ho_libvirt_args_new (uuid, NULL, inactive));
}

static void
ho_hypervisor_libvirt_define_xml (HoHypervisor *hypervisor, const char *xml, GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_define_xml,
            ho_libvirt_args_new (NULL, xml, 0));
}

static void
ho_hypervisor_libvirt_attach_device (HoHypervisor *hypervisor, const char *uuid, const char *xml,
                                     GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_attach_device,
            ho_libvirt_args_new (uuid, xml, 0));
}

static void
ho_hypervisor_libvirt_detach_device (HoHypervisor *hypervisor, const char *uuid, const char *xml,
                                     GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_detach_device,
            ho_libvirt_args_new (uuid, xml, 0));
}

static void
ho_hypervisor_libvirt_detach_alias (HoHypervisor *hypervisor, const char *uuid, const char *alias,
                                    GTask *task)
{
  push_job (HO_HYPERVISOR_LIBVIRT (hypervisor), task, ho_libvirt_call_detach_alias,
            ho_libvirt_args_new (uuid, alias, 0));
}

static void
ho_hypervisor_libvirt_iface_init (HoHypervisorInterface *iface)
{
  iface->act = ho_hypervisor_libvirt_act;
  iface->get_xml = ho_hypervisor_libvirt_get_xml;
  iface->define_xml = ho_hypervisor_libvirt_define_xml;
  iface->attach_device = ho_hypervisor_libvirt_attach_device;
  iface->detach_device = ho_hypervisor_libvirt_detach_device;
  iface->detach_alias = ho_hypervisor_libvirt_detach_alias;
}

static gboolean
is_local_uri (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return parsed == NULL || g_uri_get_host (parsed) == NULL || *g_uri_get_host (parsed) == '\0';
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
  drop_link (self);
  g_clear_object (&self->reconnect);

  G_OBJECT_CLASS (ho_hypervisor_libvirt_parent_class)->dispose (object);
}

static void
ho_hypervisor_libvirt_finalize (GObject *object)
{
  HoHypervisorLibvirt *self = HO_HYPERVISOR_LIBVIRT (object);

  g_thread_pool_free (self->pool, FALSE, FALSE);
  g_hash_table_unref (self->reads);
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
  self->stops = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->pool = g_thread_pool_new (run_job, NULL, MAX_THREADS, FALSE, NULL);
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

  self->uri = g_strdup (uri);
  self->reconnect = ho_reconnect_new (uri);
  g_signal_connect_object (self->reconnect, "retry", G_CALLBACK (ho_hypervisor_libvirt_connect),
                           self, G_CONNECT_SWAPPED);
  return self;
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
  g_autoptr (GTask) task = NULL;

  if (self->connecting || self->link != NULL)
    return;
  self->connecting = TRUE;
  task = g_task_new (self, self->cancellable, on_opened, NULL);
  g_task_run_in_thread (task, open_in_thread);
}
