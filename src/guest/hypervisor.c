/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "hypervisor.h"

/**
 * HoHypervisor:
 *
 * What runs the guests: an interface with libvirt behind it, and a fake in the tests. It holds no
 * list of guests; it tells what it reads and #HoGuestList keeps it. The properties `state`,
 * `problem` (a sentence for the user, %NULL while all is well), `uri` and `local` describe the
 * connection.
 *
 * Signals: `listed` (a #GPtrArray of #HoGuestRecord) is the whole truth after a connection was
 * made, and an empty array when it was lost; `updated`, `removed` follow single guests; `moved` is
 * how a guest stopped that is not there to be read any more, just before its `removed`;
 * `device-changed` tells of a device that a running guest got or lost. `host-changed` tells, where
 * the kernel's own events can't be had, that a driver took a graphics card of the host's or let go
 * of it.
 */
G_DEFINE_INTERFACE (HoHypervisor, ho_hypervisor, G_TYPE_OBJECT)

enum
{
  LISTED,
  UPDATED,
  REMOVED,
  MOVED,
  DEVICE_CHANGED,
  HOST_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_BOXED_TYPE (HoGuestRecord, ho_guest_record, ho_guest_record_ref, ho_guest_record_unref)

static void
ho_hypervisor_default_init (HoHypervisorInterface *iface)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_object_interface_install_property (
      iface, g_param_spec_int ("state", NULL, NULL, 0, G_MAXINT, HO_CONNECTION_CONNECTING, flags));
  g_object_interface_install_property (iface,
                                       g_param_spec_string ("problem", NULL, NULL, NULL, flags));
  g_object_interface_install_property (iface, g_param_spec_string ("uri", NULL, NULL, NULL, flags));
  g_object_interface_install_property (iface,
                                       g_param_spec_boolean ("local", NULL, NULL, TRUE, flags));

  signals[LISTED] = g_signal_new ("listed", HO_TYPE_HYPERVISOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);
  signals[UPDATED] = g_signal_new ("updated", HO_TYPE_HYPERVISOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, HO_TYPE_GUEST_RECORD);
  signals[REMOVED] = g_signal_new ("removed", HO_TYPE_HYPERVISOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[MOVED] = g_signal_new ("moved", HO_TYPE_HYPERVISOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_INT);
  signals[DEVICE_CHANGED]
      = g_signal_new ("device-changed", HO_TYPE_HYPERVISOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN);
  signals[HOST_CHANGED] = g_signal_new ("host-changed", HO_TYPE_HYPERVISOR, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/**
 * ho_guest_record_new:
 * @state: the state that was read
 * @reason: why the guest is in it
 * @persistent: whether the guest is still there after it stopped
 * @facts: (transfer full): what its XML says
 *
 * Returns: (transfer full): a record of one reference
 */
HoGuestRecord *
ho_guest_record_new (HoGuestState state, HoGuestReason reason, gboolean persistent,
                     HoDomainFacts *facts)
{
  HoGuestRecord *self = g_atomic_rc_box_new0 (HoGuestRecord);

  self->state = state;
  self->reason = reason;
  self->persistent = persistent;
  self->facts = facts;
  return self;
}

HoGuestRecord *
ho_guest_record_ref (HoGuestRecord *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
guest_record_clear (gpointer data)
{
  HoGuestRecord *self = data;

  ho_domain_facts_unref (self->facts);
}

void
ho_guest_record_unref (HoGuestRecord *self)
{
  g_atomic_rc_box_release_full (self, guest_record_clear);
}

/**
 * ho_connection_state_to_string:
 * @state: a state
 *
 * Returns: its name in JSON and on D-Bus; not for people
 */
const char *
ho_connection_state_to_string (HoConnectionState state)
{
  static const char *const names[] = { "connecting", "connected", "denied", "unreachable" };

  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (names), NULL);
  return names[state];
}

/**
 * ho_guest_state_to_string:
 * @state: a state
 *
 * Returns: its name in JSON and on D-Bus; not for people
 */
const char *
ho_guest_state_to_string (HoGuestState state)
{
  static const char *const names[] = {
    "off", "starting", "running", "paused", "stopping", "crashed", "suspended",
  };

  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (names), NULL);
  return names[state];
}

/**
 * ho_guest_state_is_active:
 * @state: a state
 *
 * Returns: whether a guest in @state has, or is about to have, a process that may hold devices
 */
gboolean
ho_guest_state_is_active (HoGuestState state)
{
  return state != HO_GUEST_OFF && state != HO_GUEST_CRASHED;
}

/**
 * ho_hypervisor_get_state:
 * @self: a hypervisor
 *
 * Returns: the state of the connection
 */
HoConnectionState
ho_hypervisor_get_state (HoHypervisor *self)
{
  int state;

  g_object_get (self, "state", &state, NULL);
  return state;
}

/**
 * ho_hypervisor_dup_problem:
 * @self: a hypervisor
 *
 * Returns: (transfer full) (nullable): why there is no connection and what to do, or %NULL
 */
char *
ho_hypervisor_dup_problem (HoHypervisor *self)
{
  char *problem;

  g_object_get (self, "problem", &problem, NULL);
  return problem;
}

/**
 * ho_hypervisor_dup_uri:
 * @self: a hypervisor
 *
 * Returns: (transfer full): the libvirt URI
 */
char *
ho_hypervisor_dup_uri (HoHypervisor *self)
{
  char *uri;

  g_object_get (self, "uri", &uri, NULL);
  return uri;
}

/**
 * ho_hypervisor_is_local:
 * @self: a hypervisor
 *
 * Returns: whether the guests run on this machine, so that its card, input and sound can be theirs
 */
gboolean
ho_hypervisor_is_local (HoHypervisor *self)
{
  gboolean local;

  g_object_get (self, "local", &local, NULL);
  return local;
}

/**
 * ho_hypervisor_act_async:
 * @self: a hypervisor
 * @uuid: the guest
 * @act: what to do
 * @cancellable: (nullable): forgets the answer; what libvirt has begun goes on
 * @callback: called when libvirt has done it
 * @user_data: for @callback
 */
void
ho_hypervisor_act_async (HoHypervisor *self, const char *uuid, HoGuestAct act,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_act_async);
  HO_HYPERVISOR_GET_IFACE (self)->act (self, uuid, act, task);
}

gboolean
ho_hypervisor_act_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_hypervisor_look_async:
 * @self: a hypervisor
 * @uuid: a guest
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the guest is as libvirt says, or nothing could be read
 * @user_data: for @callback
 *
 * libvirt's events come a moment after what they tell of: whoever acts on the state of a guest for
 * another program, which may have changed it just now, looks first.
 */
void
ho_hypervisor_look_async (HoHypervisor *self, const char *uuid, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_look_async);
  HO_HYPERVISOR_GET_IFACE (self)->look (self, uuid, task);
}

gboolean
ho_hypervisor_look_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_hypervisor_get_xml_async:
 * @self: a hypervisor
 * @uuid: the guest
 * @inactive: whether the definition is wanted rather than the running state
 * @cancellable: (nullable): forgets the answer
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
ho_hypervisor_get_xml_async (HoHypervisor *self, const char *uuid, gboolean inactive,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_get_xml_async);
  HO_HYPERVISOR_GET_IFACE (self)->get_xml (self, uuid, inactive, task);
}

/**
 * ho_hypervisor_get_xml_finish:
 *
 * Returns: (transfer full): the XML
 */
char *
ho_hypervisor_get_xml_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * ho_hypervisor_get_host_async:
 * @self: a hypervisor
 * @uuid: (nullable): a guest whose addresses are wanted as well
 * @cancellable: (nullable): forgets the answer
 * @callback: called with the answer
 * @user_data: for @callback
 */
void
ho_hypervisor_get_host_async (HoHypervisor *self, const char *uuid, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_get_host_async);
  HO_HYPERVISOR_GET_IFACE (self)->get_host (self, uuid, task);
}

/**
 * ho_hypervisor_get_host_finish:
 *
 * Returns: (transfer full): what libvirt says of itself
 */
HoVirtHost *
ho_hypervisor_get_host_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * ho_hypervisor_define_xml_async:
 * @self: a hypervisor
 * @xml: the whole new definition of a guest
 * @cancellable: (nullable): forgets the answer
 * @callback: called when libvirt has taken or refused it
 * @user_data: for @callback
 */
void
ho_hypervisor_define_xml_async (HoHypervisor *self, const char *xml, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_define_xml_async);
  HO_HYPERVISOR_GET_IFACE (self)->define_xml (self, xml, task);
}

gboolean
ho_hypervisor_define_xml_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_hypervisor_attach_devices_async:
 * @self: a hypervisor
 * @uuid: a running guest
 * @xmls: the devices, each as in the `<devices>` of domain XML
 * @cancellable: (nullable): forgets the answer; what libvirt has begun goes on
 * @callback: called when the devices are in the guest, or one has failed
 * @user_data: for @callback
 *
 * Changes the running guest only, never its definition. One after the other, with nothing in
 * between: what libvirt then says of the guest is read once and told before @callback is called.
 */
void
ho_hypervisor_attach_devices_async (HoHypervisor *self, const char *uuid, const char *const *xmls,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_attach_devices_async);
  HO_HYPERVISOR_GET_IFACE (self)->attach_devices (self, uuid, xmls, task);
}

/**
 * ho_hypervisor_attach_devices_finish:
 * @self: a hypervisor
 * @result: what the callback was given
 * @n_attached: (out): how many of the first are in the guest; the next one failed
 * @error: return location for a #GError
 *
 * Returns: whether all are
 */
gboolean
ho_hypervisor_attach_devices_finish (HoHypervisor *self, GAsyncResult *result, guint *n_attached,
                                     GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  *n_attached = GPOINTER_TO_UINT (g_task_get_task_data (G_TASK (result)));
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_hypervisor_detach_alias_async:
 * @self: a hypervisor
 * @uuid: a running guest
 * @alias: libvirt's name of the device, as its running XML and `device-changed` tell it
 * @cancellable: (nullable): forgets the answer; what libvirt has begun goes on
 * @callback: called when the guest was asked; the device is out when `device-changed` says so
 * @user_data: for @callback
 */
void
ho_hypervisor_detach_alias_async (HoHypervisor *self, const char *uuid, const char *alias,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_detach_alias_async);
  HO_HYPERVISOR_GET_IFACE (self)->detach_alias (self, uuid, alias, task);
}

gboolean
ho_hypervisor_detach_alias_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_hypervisor_open_channel_async:
 * @self: a hypervisor
 * @uuid: a running guest
 * @name: the name of a virtio-serial port in its XML
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the channel is open, whether or not the guest has opened its end
 * @user_data: for @callback
 */
void
ho_hypervisor_open_channel_async (HoHypervisor *self, const char *uuid, const char *name,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_open_channel_async);
  HO_HYPERVISOR_GET_IFACE (self)->open_channel (self, uuid, name, task);
}

/**
 * ho_hypervisor_open_channel_finish:
 *
 * Returns: (transfer full): the channel; or %NULL with %HO_ERROR_BUSY if another program has it
 */
HoGuestChannel *
ho_hypervisor_open_channel_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * ho_hypervisor_borrow_devices_async:
 * @self: a hypervisor
 * @xml: a whole domain, named with %HO_BORROWER_PREFIX, with devices that no guest has
 * @cancellable: (nullable): forgets the answer; what libvirt has begun goes on
 * @callback: called when the host has the devices again
 * @user_data: for @callback
 */
void
ho_hypervisor_borrow_devices_async (HoHypervisor *self, const char *xml, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_hypervisor_borrow_devices_async);
  HO_HYPERVISOR_GET_IFACE (self)->borrow_devices (self, xml, task);
}

gboolean
ho_hypervisor_borrow_devices_finish (HoHypervisor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ho_hypervisor_emit_listed (HoHypervisor *self, GPtrArray *records)
{
  g_signal_emit (self, signals[LISTED], 0, records);
}

void
ho_hypervisor_emit_updated (HoHypervisor *self, HoGuestRecord *record)
{
  g_signal_emit (self, signals[UPDATED], 0, record);
}

void
ho_hypervisor_emit_removed (HoHypervisor *self, const char *uuid)
{
  g_signal_emit (self, signals[REMOVED], 0, uuid);
}

void
ho_hypervisor_emit_moved (HoHypervisor *self, const char *uuid, HoGuestState state,
                          HoGuestReason reason)
{
  g_signal_emit (self, signals[MOVED], 0, uuid, (int) state, (int) reason);
}

void
ho_hypervisor_emit_device_changed (HoHypervisor *self, const char *uuid, const char *alias,
                                   gboolean added)
{
  g_signal_emit (self, signals[DEVICE_CHANGED], 0, uuid, alias, added);
}

void
ho_hypervisor_emit_host_changed (HoHypervisor *self)
{
  g_signal_emit (self, signals[HOST_CHANGED], 0);
}
