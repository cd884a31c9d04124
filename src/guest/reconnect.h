/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_RECONNECT (ho_reconnect_get_type ())
G_DECLARE_FINAL_TYPE (HoReconnect, ho_reconnect, HO, RECONNECT, GObject)

HoReconnect *ho_reconnect_new (const char *uri);

void ho_reconnect_start (HoReconnect *self);
void ho_reconnect_stop (HoReconnect *self);

char **ho_reconnect_list_sockets (const char *uri);

G_END_DECLS
