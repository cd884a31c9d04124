/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "virt-host.h"

/**
 * ho_virt_host_new:
 * @type: the driver's name
 * @libvirt_version: of the daemon, 0 if not told
 * @hypervisor_version: of QEMU, 0 if not told
 * @security: (nullable): the names of what confines guests
 * @addresses: (nullable): addresses of the guest that was asked about
 *
 * Returns: (transfer full): the facts
 */
HoVirtHost *
ho_virt_host_new (const char *type, guint64 libvirt_version, guint64 hypervisor_version,
                  const char *const *security, const char *const *addresses)
{
  HoVirtHost *self = g_atomic_rc_box_new0 (HoVirtHost);

  self->type = g_strdup (type);
  self->libvirt_version = libvirt_version;
  self->hypervisor_version = hypervisor_version;
  self->security = g_strdupv ((GStrv) security);
  self->addresses = addresses != NULL ? g_strdupv ((GStrv) addresses) : g_new0 (char *, 1);
  return self;
}

/**
 * ho_virt_host_may_confine_by:
 * @self: (nullable): what libvirt says
 * @model: a security model, such as `apparmor`
 *
 * Returns: whether libvirt confines guests so; %TRUE if it has not told
 */
gboolean
ho_virt_host_may_confine_by (const HoVirtHost *self, const char *model)
{
  return self == NULL || self->security == NULL
         || g_strv_contains ((const char *const *) self->security, model);
}

static void
virt_host_clear (gpointer data)
{
  HoVirtHost *self = data;

  g_free (self->type);
  g_strfreev (self->security);
  g_strfreev (self->addresses);
}

void
ho_virt_host_unref (HoVirtHost *self)
{
  g_atomic_rc_box_release_full (self, virt_host_clear);
}
