/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor-libvirt.h"

#include "libvirt-calls.h"
#include "libvirt-link.h"
#include "libvirt-pool.h"
#include "own-events.h"
#include "reconnect.h"

G_BEGIN_DECLS

/**
 * HoHypervisorLibvirt:
 *
 * #HoHypervisor on libvirt. hypervisor-libvirt.c has its connection, its events and the reading of
 * guests, hypervisor-libvirt-verbs.c what is asked of them. The calls themselves are in
 * libvirt-calls.c and libvirt-link.c, and run in the threads of libvirt-pool.c.
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

void ho_hypervisor_libvirt_push (HoHypervisorLibvirt *self, GTask *task, HoLibvirtCall call,
                                 HoLibvirtArgs *args);
void ho_hypervisor_libvirt_read (HoHypervisorLibvirt *self, const char *uuid);
void ho_hypervisor_libvirt_tell (HoHypervisorLibvirt *self, GAsyncResult *result,
                                 HoGuestRecord *record);
void ho_hypervisor_libvirt_iface_init (HoHypervisorInterface *iface);

G_END_DECLS
