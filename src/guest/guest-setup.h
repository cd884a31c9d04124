/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-edit.h"

G_BEGIN_DECLS

/** HO_SETUP_RETURN_CHANNEL: the port on which a guest asks for its devices to go home. */
#define HO_SETUP_RETURN_CHANNEL "return-channel"
/** HO_SETUP_AUDIO: the guest's sound is heard on the host. */
#define HO_SETUP_AUDIO "audio"

void ho_guest_setup_prepare_async (HoHypervisor *hypervisor, HoGuest *guest,
                                   const char *const *names, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
HoGuestEdit *ho_guest_setup_prepare_finish (HoHypervisor *hypervisor, GAsyncResult *result,
                                            GStrv *notes, GError **error);

G_END_DECLS
