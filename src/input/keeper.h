/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-switch.h"

G_BEGIN_DECLS

#define HO_TYPE_KEEPER (ho_keeper_get_type ())
G_DECLARE_FINAL_TYPE (HoKeeper, ho_keeper, HO, KEEPER, GObject)

HoKeeper *ho_keeper_new (HoHypervisor *hypervisor, HoGuestList *guests, HoUsbBus *bus,
                         HoSettings *settings, const char *state_file);

void ho_keeper_go_async (HoKeeper *self, const char *uuid, int return_after,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
void ho_keeper_come_home_async (HoKeeper *self, const char *reason, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_keeper_finish (HoKeeper *self, GAsyncResult *result, GError **error);
void ho_keeper_stay (HoKeeper *self, guint seconds);
void ho_keeper_return (HoKeeper *self, const char *reason);

gboolean ho_keeper_is_idle (HoKeeper *self);
GVariant *ho_keeper_describe (HoKeeper *self);

G_END_DECLS
