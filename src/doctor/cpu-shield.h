/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-list.h"
#include "settings.h"
#include "start-gate.h"

G_BEGIN_DECLS

#define HO_TYPE_CPU_SHIELD (ho_cpu_shield_get_type ())
G_DECLARE_FINAL_TYPE (HoCpuShield, ho_cpu_shield, HO, CPU_SHIELD, GObject)

HoCpuShield *ho_cpu_shield_new (HoHypervisor *hypervisor, HoGuestList *guests,
                                HoSettings *settings);

G_END_DECLS
