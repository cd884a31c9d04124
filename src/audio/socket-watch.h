/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_SOCKET_WATCH (ho_socket_watch_get_type ())
G_DECLARE_FINAL_TYPE (HoSocketWatch, ho_socket_watch, HO, SOCKET_WATCH, GObject)

HoSocketWatch *ho_socket_watch_new (const char *path);
HoSocketWatch *ho_socket_watch_new_for_sound (void);

void ho_socket_watch_failed (HoSocketWatch *self);
void ho_socket_watch_succeeded (HoSocketWatch *self);

G_END_DECLS
