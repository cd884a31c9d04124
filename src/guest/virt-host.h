/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HoVirtHost:
 * @type: the driver's name, as libvirt writes it: `QEMU`, `TEST`
 * @libvirt_version: of the daemon, major * 1000000 + minor * 1000 + release; 0 if not told
 * @hypervisor_version: of QEMU, counted likewise; 0 if not told
 * @security: (nullable): what confines guests: `apparmor`, `dac`, `selinux`; %NULL if not told
 * @addresses: the guest's network addresses, as far as leases, the host's neighbour table or the
 *   guest's agent know them
 *
 * What libvirt says about itself, about what runs the guests, and about one running guest that is
 * not in its XML. Immutable, shared by reference, safe in any thread.
 */
typedef struct
{
  char *type;
  guint64 libvirt_version;
  guint64 hypervisor_version;
  GStrv security;
  GStrv addresses;
} HoVirtHost;

HoVirtHost *ho_virt_host_new (const char *type, guint64 libvirt_version, guint64 hypervisor_version,
                              const char *const *security, const char *const *addresses);
gboolean ho_virt_host_may_confine_by (const HoVirtHost *self, const char *model);
void ho_virt_host_unref (HoVirtHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoVirtHost, ho_virt_host_unref)

G_END_DECLS
