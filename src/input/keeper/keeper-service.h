/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keeper.h"

G_BEGIN_DECLS

#define HO_TYPE_KEEPER_SERVICE (ho_keeper_service_get_type ())
G_DECLARE_FINAL_TYPE (HoKeeperService, ho_keeper_service, HO, KEEPER_SERVICE, GObject)

HoKeeperService *ho_keeper_service_new (HoKeeper *keeper, const char *address, GError **error);

gboolean ho_keeper_service_has_clients (HoKeeperService *self);

G_END_DECLS
