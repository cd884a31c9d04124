/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core.h"
#include "xml-tree.h"

G_BEGIN_DECLS

void ho_share_address_async (HoCore *core, HoGuest *guest, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
char *ho_share_address_finish (HoCore *core, GAsyncResult *result, GError **error);

/**
 * HoShareWay:
 * @HO_SHARE_BRIDGE: the guest is on a bridge of this host
 * @HO_SHARE_USER: QEMU itself is the guest's network
 * @HO_SHARE_ISOLATED: the guest has a network, but none that leads to this host
 * @HO_SHARE_UNKNOWN: it is not clear how the guest reaches this host, or it is off
 *
 * How a guest reaches its host.
 */
typedef enum
{
  HO_SHARE_BRIDGE,
  HO_SHARE_USER,
  HO_SHARE_ISOLATED,
  HO_SHARE_UNKNOWN,
} HoShareWay;

HoShareWay ho_share_address_find_way (xmlDoc *doc, char **bridge);

G_END_DECLS
