/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "domain-facts.h"
#include "guest-channel.h"
#include "virt-host.h"

G_BEGIN_DECLS

/**
 * HoConnectionState:
 * @HO_CONNECTION_CONNECTING: the first try has not ended yet
 * @HO_CONNECTION_CONNECTED: every guest is known and followed
 * @HO_CONNECTION_DENIED: libvirt is there but does not let this user in
 * @HO_CONNECTION_UNREACHABLE: libvirt is not there; it is tried again by and by
 */
typedef enum
{
  HO_CONNECTION_CONNECTING,
  HO_CONNECTION_CONNECTED,
  HO_CONNECTION_DENIED,
  HO_CONNECTION_UNREACHABLE,
} HoConnectionState;

/**
 * HoGuestState:
 *
 * The life of a guest as a user sees it. %HO_GUEST_SUSPENDED is the guest's own sleep
 * (pmsuspended), %HO_GUEST_PAUSED is a stop of its processors by the host.
 */
typedef enum
{
  HO_GUEST_OFF,
  HO_GUEST_STARTING,
  HO_GUEST_RUNNING,
  HO_GUEST_PAUSED,
  HO_GUEST_STOPPING,
  HO_GUEST_CRASHED,
  HO_GUEST_SUSPENDED,
} HoGuestState;

/**
 * HoGuestReason:
 *
 * Why a guest is in its state, as far as a user is told of it.
 */
typedef enum
{
  HO_REASON_NONE,
  HO_REASON_FORCED_OFF, /* off: destroyed by somebody on the host */
  HO_REASON_SAVED,      /* off: its memory was saved to disk */
  HO_REASON_FAILED,     /* off: the hypervisor could not start it */
  HO_REASON_IO_ERROR,   /* paused: a disk failed or is full */
} HoGuestReason;

/**
 * HoGuestAct:
 *
 * The verbs that libvirt has for a whole guest.
 */
typedef enum
{
  HO_GUEST_ACT_START,
  HO_GUEST_ACT_SHUT_DOWN,
  HO_GUEST_ACT_FORCE_OFF,
  HO_GUEST_ACT_PAUSE,
  HO_GUEST_ACT_RESUME,
  HO_GUEST_ACT_WAKE,
} HoGuestAct;

/**
 * HoGuestRecord:
 * @state: the state as libvirt says; never %HO_GUEST_STARTING on behalf of a wish of ours
 * @persistent: whether the guest is still there after it stopped
 *
 * One guest as a hypervisor has just read it. Immutable, shared by reference, safe in any thread.
 */
typedef struct
{
  HoGuestState state;
  HoGuestReason reason;
  gboolean persistent;
  HoDomainFacts *facts;
} HoGuestRecord;

#define HO_TYPE_GUEST_RECORD (ho_guest_record_get_type ())
GType ho_guest_record_get_type (void);
HoGuestRecord *ho_guest_record_new (HoGuestState state, HoGuestReason reason, gboolean persistent,
                                    HoDomainFacts *facts);
HoGuestRecord *ho_guest_record_ref (HoGuestRecord *self);
void ho_guest_record_unref (HoGuestRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoGuestRecord, ho_guest_record_unref)

/** HO_BORROWER_PREFIX: how the names of the guests of @borrow_devices begin. No list shows them. */
#define HO_BORROWER_PREFIX "handover-rescue-"

/** HO_HOOK_MARKER: what our libvirt hook writes before the sentence that says why it refuses. */
#define HO_HOOK_MARKER "handover-hook: "

const char *ho_connection_state_to_string (HoConnectionState state);
const char *ho_guest_state_to_string (HoGuestState state);
gboolean ho_guest_state_is_active (HoGuestState state);

#define HO_TYPE_HYPERVISOR (ho_hypervisor_get_type ())
G_DECLARE_INTERFACE (HoHypervisor, ho_hypervisor, HO, HYPERVISOR, GObject)

/**
 * HoHypervisorInterface:
 * @act: does @act to the guest of @uuid
 * @look: reads the guest of @uuid anew and tells of it, before it returns
 * @get_xml: reads the XML, returning a string (#g_free)
 * @get_host: reads the versions and, if @uuid is not %NULL, that guest's addresses, returning a
 *   #HoVirtHost
 * @define_xml: validates @xml and makes it the guest's definition
 * @attach_devices: plugs the devices that @xmls describe into the running guest, in that order,
 * until one fails; the task's data is then the number of those that are in, as by
 * GUINT_TO_POINTER()
 * @open_channel: opens the guest's end of the virtio-serial port @name, returning a #HoGuestChannel
 * @borrow_devices: gives the devices in the domain XML @xml to a guest of that XML which never
 * runs, and takes them back: libvirt gives each its host driver again then
 * @detach_alias: asks for the device of libvirt's @alias to be unplugged; `device-removed` tells
 *   when that is done
 *
 * What Handover needs of a hypervisor. Each function that takes a #GTask owns it, may take as long
 * as libvirt does, and returns through the task: never on the stack of the caller, never by waiting
 * in the main loop.
 */
struct _HoHypervisorInterface
{
  GTypeInterface parent_iface;

  void (*act) (HoHypervisor *self, const char *uuid, HoGuestAct act, GTask *task);
  void (*look) (HoHypervisor *self, const char *uuid, GTask *task);
  void (*get_xml) (HoHypervisor *self, const char *uuid, gboolean inactive, GTask *task);
  void (*get_host) (HoHypervisor *self, const char *uuid, GTask *task);
  void (*define_xml) (HoHypervisor *self, const char *xml, GTask *task);
  void (*attach_devices) (HoHypervisor *self, const char *uuid, const char *const *xmls,
                          GTask *task);
  void (*detach_alias) (HoHypervisor *self, const char *uuid, const char *alias, GTask *task);
  void (*open_channel) (HoHypervisor *self, const char *uuid, const char *name, GTask *task);
  void (*borrow_devices) (HoHypervisor *self, const char *xml, GTask *task);
};

HoConnectionState ho_hypervisor_get_state (HoHypervisor *self);
char *ho_hypervisor_dup_problem (HoHypervisor *self);
char *ho_hypervisor_dup_uri (HoHypervisor *self);
gboolean ho_hypervisor_is_local (HoHypervisor *self);

void ho_hypervisor_act_async (HoHypervisor *self, const char *uuid, HoGuestAct act,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ho_hypervisor_act_finish (HoHypervisor *self, GAsyncResult *result, GError **error);
void ho_hypervisor_look_async (HoHypervisor *self, const char *uuid, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_hypervisor_look_finish (HoHypervisor *self, GAsyncResult *result, GError **error);
void ho_hypervisor_get_xml_async (HoHypervisor *self, const char *uuid, gboolean inactive,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
char *ho_hypervisor_get_xml_finish (HoHypervisor *self, GAsyncResult *result, GError **error);
void ho_hypervisor_get_host_async (HoHypervisor *self, const char *uuid, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
HoVirtHost *ho_hypervisor_get_host_finish (HoHypervisor *self, GAsyncResult *result,
                                           GError **error);
void ho_hypervisor_define_xml_async (HoHypervisor *self, const char *xml, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_hypervisor_define_xml_finish (HoHypervisor *self, GAsyncResult *result, GError **error);
void ho_hypervisor_attach_devices_async (HoHypervisor *self, const char *uuid,
                                         const char *const *xmls, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_hypervisor_attach_devices_finish (HoHypervisor *self, GAsyncResult *result,
                                              guint *n_attached, GError **error);
void ho_hypervisor_detach_alias_async (HoHypervisor *self, const char *uuid, const char *alias,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean ho_hypervisor_detach_alias_finish (HoHypervisor *self, GAsyncResult *result,
                                            GError **error);
void ho_hypervisor_open_channel_async (HoHypervisor *self, const char *uuid, const char *name,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
HoGuestChannel *ho_hypervisor_open_channel_finish (HoHypervisor *self, GAsyncResult *result,
                                                   GError **error);
void ho_hypervisor_borrow_devices_async (HoHypervisor *self, const char *xml,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean ho_hypervisor_borrow_devices_finish (HoHypervisor *self, GAsyncResult *result,
                                              GError **error);

/* For implementations: how they tell what they see. */
void ho_hypervisor_emit_listed (HoHypervisor *self, GPtrArray *records);
void ho_hypervisor_emit_updated (HoHypervisor *self, HoGuestRecord *record);
void ho_hypervisor_emit_removed (HoHypervisor *self, const char *uuid);
void ho_hypervisor_emit_moved (HoHypervisor *self, const char *uuid, HoGuestState state,
                               HoGuestReason reason);
void ho_hypervisor_emit_device_changed (HoHypervisor *self, const char *uuid, const char *alias,
                                        gboolean added);
void ho_hypervisor_emit_host_changed (HoHypervisor *self);

G_END_DECLS
