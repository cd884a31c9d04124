/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-link.h"

#include <libvirt-gobject/libvirt-gobject.h>

#include "libvirt-error.h"
#include "libvirt-loop.h"
#include "paths.h"

/* libvirt-glib opens the connection; for what it lacks (close callback, renames, hot-plug, device
 * and agent events) its `handle` is used. libvirt tells events in its own thread; what they say is
 * carried to the main loop in the order in which it came. */

/* A remote daemon that has gone silent is given up after INTERVAL × COUNT seconds. A local one
 * closes its socket when it dies, so that it needs no probes. */
#define KEEP_ALIVE_INTERVAL 5
#define KEEP_ALIVE_COUNT 6

struct HoLibvirtLink
{
  gatomicrefcount refs;
  HoLibvirtEventFunc func; /* main thread only; NULL: nobody listens any more */
  gpointer user_data;
  GVirConnection *connection;
  virConnectPtr conn;
  GArray *callbacks; /* int: the ids of our event callbacks */
  int host_callback; /* the id of the one for node devices, -1: there is none */
};

/* An event on its way to the main thread. */
typedef struct
{
  HoLibvirtLink *link;
  HoLibvirtEvent event;
} Letter;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GVirConnection, g_object_unref)

HoLibvirtLink *
ho_libvirt_link_ref (HoLibvirtLink *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static gboolean
close_link (gpointer data)
{
  HoLibvirtLink *self = data;

  /* In libvirt's thread: libvirt-glib follows events too, and must not be in the midst of one. */
  virConnectClose (self->conn);
  g_object_unref (self->connection);
  g_array_unref (self->callbacks);
  g_free (self);
  return G_SOURCE_REMOVE;
}

void
ho_libvirt_link_unref (gpointer data)
{
  HoLibvirtLink *self = data;

  if (g_atomic_ref_count_dec (&self->refs))
    ho_libvirt_loop_later (close_link, self);
}

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  ho_libvirt_link_unref (letter->link);
  g_free (letter->event.alias);
  g_free (letter);
}

static gboolean
deliver (gpointer user_data)
{
  Letter *letter = user_data;

  if (letter->link->func != NULL)
    letter->link->func (&letter->event, letter->link->user_data);
  return G_SOURCE_REMOVE;
}

static void
send_event (gpointer opaque, HoLibvirtEventKind kind, virDomainPtr domain, int what, int detail,
            const char *alias)
{
  Letter *letter = g_new0 (Letter, 1);

  letter->link = ho_libvirt_link_ref (opaque);
  letter->event.kind = kind;
  letter->event.event = what;
  letter->event.detail = detail;
  letter->event.alias = g_strdup (alias);
  if (domain != NULL)
    virDomainGetUUIDString (domain, letter->event.uuid);
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, letter, letter_free);
}

static int
on_lifecycle (virConnectPtr conn, virDomainPtr domain, int event, int detail, void *opaque)
{
  g_debug ("%s: event %d, detail %d", virDomainGetName (domain), event, detail);
  send_event (opaque, HO_LIBVIRT_EVENT_LIFECYCLE, domain, event, detail, NULL);
  return 0;
}

static void
on_device_added (virConnectPtr conn, virDomainPtr domain, const char *alias, void *opaque)
{
  send_event (opaque, HO_LIBVIRT_EVENT_DEVICE_ADDED, domain, 0, 0, alias);
}

static void
on_device_removed (virConnectPtr conn, virDomainPtr domain, const char *alias, void *opaque)
{
  send_event (opaque, HO_LIBVIRT_EVENT_DEVICE_REMOVED, domain, 0, 0, alias);
}

static void
on_agent_lifecycle (virConnectPtr conn, virDomainPtr domain, int state, int reason, void *opaque)
{
  send_event (opaque, HO_LIBVIRT_EVENT_AGENT, domain, 0, 0, NULL);
}

/* libvirt tells of the devices that a driver makes, not of the driver itself. */
static void
on_host_device (virConnectPtr conn, virNodeDevicePtr device, int event, int detail, void *opaque)
{
  if (g_str_has_prefix (virNodeDeviceGetName (device), "drm_"))
    send_event (opaque, HO_LIBVIRT_EVENT_HOST, NULL, event, detail, NULL);
}

static void
on_closed (virConnectPtr conn, int reason, void *opaque)
{
  send_event (opaque, HO_LIBVIRT_EVENT_CLOSED, NULL, 0, 0, NULL);
}

static void
register_event (HoLibvirtLink *self, int event, virConnectDomainEventGenericCallback callback)
{
  int id = virConnectDomainEventRegisterAny (self->conn, NULL, event, callback,
                                             ho_libvirt_link_ref (self), ho_libvirt_link_unref);

  if (id >= 0)
    {
      g_array_append_val (self->callbacks, id);
      return;
    }
  /* Drivers may lack an event (the test driver has no agent); libvirt frees nothing then. */
  g_debug ("no event %d: %s", event, virGetLastErrorMessage ());
  ho_libvirt_link_unref (self);
}

/* In a sandbox udev's messages seem to come from nobody, and are thrown away by its library.
 * Elsewhere they come sooner and tell more, and libvirt's daemon for devices may stay asleep. */
static void
register_host (HoLibvirtLink *self)
{
  self->host_callback = -1;
  if (!ho_paths_is_sandboxed ())
    return;
  self->host_callback
      = virConnectNodeDeviceEventRegisterAny (self->conn, NULL, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
                                              VIR_NODE_DEVICE_EVENT_CALLBACK (on_host_device),
                                              ho_libvirt_link_ref (self), ho_libvirt_link_unref);
  if (self->host_callback < 0)
    {
      g_debug ("no events of the host's devices: %s", virGetLastErrorMessage ());
      ho_libvirt_link_unref (self);
    }
}

static HoLibvirtLink *
link_new (GVirConnection *connection, gboolean local)
{
  HoLibvirtLink *self = g_new0 (HoLibvirtLink, 1);

  g_atomic_ref_count_init (&self->refs);
  g_object_get (connection, "handle", &self->conn, NULL);
  self->connection = g_object_ref (connection);
  self->callbacks = g_array_new (FALSE, FALSE, sizeof (int));

  if (!local)
    virConnectSetKeepAlive (self->conn, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_COUNT);
  /* Without a reference: drivers that never close by themselves take the callback and forget it,
   * with what would give the reference back. It is unregistered before the link goes. */
  virConnectRegisterCloseCallback (self->conn, on_closed, self, NULL);
  register_event (self, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle));
  register_event (self, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
                  VIR_DOMAIN_EVENT_CALLBACK (on_device_added));
  register_event (self, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
                  VIR_DOMAIN_EVENT_CALLBACK (on_device_removed));
  register_event (self, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
                  VIR_DOMAIN_EVENT_CALLBACK (on_agent_lifecycle));
  register_host (self);
  return self;
}

/* What became of an opening, which waits for the daemon's answers and so runs in a thread. */
typedef struct
{
  char *uri;
  gboolean local;
  HoLibvirtLink *link; /* NULL if it could not be opened, or was taken */
  HoConnectionState state;
  char *problem;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_clear_pointer (&opening->link, ho_libvirt_link_shut);
  g_free (opening->problem);
  g_free (opening->uri);
  g_free (opening);
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  g_autoptr (GVirConnection) connection = gvir_connection_new (opening->uri);
  g_autoptr (GError) error = NULL;

  virResetLastError ();
  if (gvir_connection_open (connection, NULL, &error))
    {
      opening->link = link_new (connection, opening->local);
    }
  else
    {
      /* libvirt-glib keeps the text of libvirt's error but not its code, which is still at hand in
       * the thread in which the call failed. */
      opening->state = ho_libvirt_error_get_connection_state (virGetLastError ());
      opening->problem = ho_libvirt_error_explain_connection (virGetLastError (), opening->uri);
      /* libvirt-glib 4.0 frees the tables of a connection when it is closed, and only then. */
      gvir_connection_close (connection);
    }
  g_task_return_boolean (task, TRUE);
}

/**
 * ho_libvirt_link_open_async:
 * @uri: what to connect to
 * @local: whether the daemon runs on this machine
 * @cancellable: (nullable): when it is cancelled, a connection that opens late is shut
 * @callback: called when the connection is open, or cannot be opened
 * @user_data: for @callback
 *
 * Opens a connection.
 */
void
ho_libvirt_link_open_async (const char *uri, gboolean local, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);

  opening->uri = g_strdup (uri);
  opening->local = local;
  g_task_set_task_data (task, opening, opening_free);
  g_task_run_in_thread (task, open_in_thread);
}

/**
 * ho_libvirt_link_open_finish:
 * @result: what the callback was given
 * @state: (out): how the connection stands if it could not be opened
 * @problem: (out) (nullable): why, as a sentence for the user
 * @error: set if the opening was cancelled, and only then
 *
 * Returns: (transfer full) (nullable): the connection; end it with ho_libvirt_link_shut()
 */
HoLibvirtLink *
ho_libvirt_link_open_finish (GAsyncResult *result, HoConnectionState *state, char **problem,
                             GError **error)
{
  Opening *opening = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *state = opening->state;
  *problem = g_steal_pointer (&opening->problem);
  return g_steal_pointer (&opening->link);
}

/**
 * ho_libvirt_link_follow:
 * @self: an open connection
 * @func: (nullable): called in the main thread for each event
 * @user_data: for @func
 */
void
ho_libvirt_link_follow (HoLibvirtLink *self, HoLibvirtEventFunc func, gpointer user_data)
{
  self->func = func;
  self->user_data = user_data;
}

/** ho_libvirt_link_get_conn: Returns: (transfer none): the connection, alive as long as the link */
virConnectPtr
ho_libvirt_link_get_conn (HoLibvirtLink *self)
{
  return self->conn;
}

static gpointer
shut_in_thread (gpointer data)
{
  HoLibvirtLink *self = data;

  for (guint i = 0; i < self->callbacks->len; i++)
    virConnectDomainEventDeregisterAny (self->conn, g_array_index (self->callbacks, int, i));
  if (self->host_callback >= 0)
    virConnectNodeDeviceEventDeregisterAny (self->conn, self->host_callback);
  virConnectUnregisterCloseCallback (self->conn, on_closed);
  ho_libvirt_link_unref (self);
  return NULL;
}

/**
 * ho_libvirt_link_shut:
 * @self: (transfer full): an open connection
 *
 * Ends the connection, as soon as the calls under way have returned. From here on nothing late
 * reaches whoever followed it.
 */
void
ho_libvirt_link_shut (HoLibvirtLink *self)
{
  self->func = NULL;
  g_thread_unref (g_thread_new ("libvirt-shut", shut_in_thread, self));
}

/**
 * ho_libvirt_link_leave:
 * @self: (transfer full): an open connection
 *
 * Leaves the connection to the kernel, which ends it together with the program: for a program that
 * is about to end. From here on nothing late reaches whoever followed it.
 *
 * ho_libvirt_link_shut() takes the events back one by one, in a thread that the program's end would
 * cut off; and a daemon (libvirt 9.0) whose client goes while it takes an event back uses that
 * event's memory again, and may die of it.
 */
void
ho_libvirt_link_leave (HoLibvirtLink *self)
{
  self->func = NULL;
}
