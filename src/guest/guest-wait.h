/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest.h"
#include "hypervisor.h"

G_BEGIN_DECLS

/**
 * HoGuestAim:
 * @HO_GUEST_TO_RUN: until it runs
 * @HO_GUEST_TO_END: until it is off
 */
typedef enum
{
  HO_GUEST_TO_RUN,
  HO_GUEST_TO_END,
} HoGuestAim;

void ho_guest_wait_async (HoGuest *guest, HoHypervisor *hypervisor, HoGuestAim aim, guint seconds,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean ho_guest_wait_finish (HoGuest *guest, GAsyncResult *result, GError **error);

G_END_DECLS
