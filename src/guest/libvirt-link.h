/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include "hypervisor.h"

G_BEGIN_DECLS

/**
 * HoLibvirtLink:
 *
 * One open connection, shared by its owner, libvirt's callbacks and the calls under way. References
 * may be taken and given back in any thread.
 */
typedef struct HoLibvirtLink HoLibvirtLink;

typedef enum
{
  HO_LIBVIRT_EVENT_LIFECYCLE,
  HO_LIBVIRT_EVENT_DEVICE_ADDED,
  HO_LIBVIRT_EVENT_DEVICE_REMOVED,
  HO_LIBVIRT_EVENT_AGENT,
  HO_LIBVIRT_EVENT_HOST,
  HO_LIBVIRT_EVENT_CLOSED,
} HoLibvirtEventKind;

/**
 * HoLibvirtEvent:
 * @uuid: the guest; empty for %HO_LIBVIRT_EVENT_HOST and %HO_LIBVIRT_EVENT_CLOSED
 * @event: a `virDomainEventType`, for %HO_LIBVIRT_EVENT_LIFECYCLE
 * @detail: its detail
 * @alias: (nullable): the device, for the events of devices
 */
typedef struct
{
  HoLibvirtEventKind kind;
  char uuid[VIR_UUID_STRING_BUFLEN];
  int event;
  int detail;
  char *alias;
} HoLibvirtEvent;

typedef void (*HoLibvirtEventFunc) (const HoLibvirtEvent *event, gpointer user_data);

void ho_libvirt_link_open_async (const char *uri, gboolean local, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
HoLibvirtLink *ho_libvirt_link_open_finish (GAsyncResult *result, HoConnectionState *state,
                                            char **problem, GError **error);
void ho_libvirt_link_follow (HoLibvirtLink *self, HoLibvirtEventFunc func, gpointer user_data);
virConnectPtr ho_libvirt_link_get_conn (HoLibvirtLink *self);
HoLibvirtLink *ho_libvirt_link_ref (HoLibvirtLink *self);
void ho_libvirt_link_unref (gpointer self);
void ho_libvirt_link_shut (HoLibvirtLink *self);
void ho_libvirt_link_leave (HoLibvirtLink *self);

G_END_DECLS
