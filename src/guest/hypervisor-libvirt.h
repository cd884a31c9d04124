/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor.h"

G_BEGIN_DECLS

#define HO_TYPE_HYPERVISOR_LIBVIRT (ho_hypervisor_libvirt_get_type ())
G_DECLARE_FINAL_TYPE (HoHypervisorLibvirt, ho_hypervisor_libvirt, HO, HYPERVISOR_LIBVIRT, GObject)

HoHypervisorLibvirt *ho_hypervisor_libvirt_new (const char *uri);

void ho_hypervisor_libvirt_set_uri (HoHypervisorLibvirt *self, const char *uri);
void ho_hypervisor_libvirt_connect (HoHypervisorLibvirt *self);

G_END_DECLS
