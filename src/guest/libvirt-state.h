/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor.h"

G_BEGIN_DECLS

HoGuestState ho_libvirt_translate_state (int state, int reason, HoGuestReason *why);
gboolean ho_libvirt_translate_event (int event, int detail, HoGuestState *state,
                                     HoGuestReason *why);

G_END_DECLS
