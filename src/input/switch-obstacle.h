/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor.h"
#include "input-view.h"

G_BEGIN_DECLS

GError *ho_switch_new_unconnected_error (HoHypervisor *hypervisor);
GError *ho_switch_new_remote_error (HoHypervisor *hypervisor);
GError *ho_switch_new_stuck_error (HoGuest *guest);
GError *ho_switch_find_obstacle (const HoInputView *view, HoGuest *target);
GError *ho_switch_check_arrival (const HoInputView *view, HoGuest *target);
GError *ho_switch_new_refused_error (const HoInputDevice *device, HoGuest *target,
                                     const GError *cause);

G_END_DECLS
