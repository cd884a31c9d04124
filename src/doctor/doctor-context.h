/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "host.h"
#include "hypervisor.h"
#include "xml-query.h"

G_BEGIN_DECLS

/**
 * HoDoctorContext:
 * @uid: of the user who asks
 * @user: (nullable): the name of that user
 * @groups: the groups this session is in
 * @uri: where libvirt is
 * @local: whether guests run on this machine
 * @connection: the state of the connection
 * @problem: (nullable): why there is no connection
 * @virt: (nullable): what libvirt says of itself; %NULL if it was not asked or did not answer
 * @input_devices: the settings' input devices
 * @return_by_ssh: whether the settings count on a login by ssh to bring devices home
 * @journal: (nullable): the kernel's latest messages, or %NULL if they cannot be read
 * @sound_socket: where QEMU finds the user's sound server
 * @host: the machine, its files read afresh where a check asks for more
 * @guest: (nullable): the name of the guest
 * @definition: (nullable): what the guest starts with next time; for a guest without a definition
 * what it runs with
 * @live: (nullable): what the guest runs with, or %NULL while it is off
 * @facts: (nullable): of @definition
 *
 * Everything that checks know. Made once for a run, and not changed while checks read it.
 */
typedef struct
{
  guint uid;
  char *user;
  GStrv groups;

  char *uri;
  gboolean local;
  HoConnectionState connection;
  char *problem;
  HoVirtHost *virt;

  GStrv input_devices;
  gboolean return_by_ssh;
  char *journal;
  char *sound_socket;

  HoHost *host;

  char *guest;
  xmlDoc *definition;
  xmlDoc *live;
  HoDomainFacts *facts;
} HoDoctorContext;

HoDoctorContext *ho_doctor_context_new (void);
void ho_doctor_context_free (HoDoctorContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoDoctorContext, ho_doctor_context_free)

void ho_doctor_context_read_session (HoDoctorContext *self);
gboolean ho_doctor_context_set_guest (HoDoctorContext *self, const char *definition,
                                      const char *live, GError **error);

/* What several checks ask. */
gboolean ho_doctor_context_has_card (const HoDoctorContext *self);
gboolean ho_doctor_context_passes (const HoDoctorContext *self, const char *address);
gboolean ho_doctor_context_passes_vendor (const HoDoctorContext *self, guint16 vendor);
char *ho_doctor_context_get_apparmor (const HoDoctorContext *self);
gboolean ho_doctor_context_is_windows (const HoDoctorContext *self);
gboolean ho_doctor_context_is_qemu (const HoDoctorContext *self);
guint64 ho_doctor_context_get_memory_kib (const HoDoctorContext *self);

G_END_DECLS
