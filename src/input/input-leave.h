/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor.h"
#include "input-view.h"

G_BEGIN_DECLS

HoGuest *ho_input_leave_find_guest (const HoInputView *view);
void ho_input_leave_async (HoHypervisor *hypervisor, HoGuestList *guests, const HoInputView *view,
                           GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_input_leave_finish (GAsyncResult *result, GError **error);

G_END_DECLS
