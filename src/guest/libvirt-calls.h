/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include "hypervisor.h"

G_BEGIN_DECLS

/**
 * HoLibvirtArgs:
 *
 * What a call to libvirt is made with; each call uses what it needs of it.
 */
typedef struct
{
  char *uuid;
  char *text;
  char **texts;
  int number;
} HoLibvirtArgs;

/* What became of an attachment of several devices. */
typedef struct
{
  guint n_attached;      /* the first ones, which are in the guest */
  GError *error;         /* why the next one is not, or NULL */
  HoGuestRecord *record; /* of the guest with them, or NULL if it could not be read */
} HoLibvirtAttached;

void ho_libvirt_attached_free (HoLibvirtAttached *attached);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoLibvirtAttached, ho_libvirt_attached_free)

HoLibvirtArgs *ho_libvirt_args_new (const char *uuid, const char *text, int number);
void ho_libvirt_args_free (HoLibvirtArgs *args);

/**
 * HoLibvirtCall:
 * @task: returned into, with a #GError of %HO_ERROR or what the call is for; not owned
 * @conn: an open connection
 * @args: the arguments
 *
 * A call that waits for libvirt, for a thread to run.
 */
typedef void (*HoLibvirtCall) (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);

void ho_libvirt_call_read (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_list (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_settle (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_act (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_get_xml (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_get_host (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_define_xml (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_attach_devices (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_borrow_devices (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);
void ho_libvirt_call_detach_alias (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);

G_END_DECLS
