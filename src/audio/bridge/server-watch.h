/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _HoServerWatch HoServerWatch;

HoServerWatch *ho_server_watch_new (const char *path);
void ho_server_watch_free (HoServerWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoServerWatch, ho_server_watch_free)

const char *ho_server_watch_get_path (HoServerWatch *self);
void ho_server_watch_add (HoServerWatch *self, GFunc changed, gpointer data);
void ho_server_watch_remove (HoServerWatch *self, gpointer data);

G_END_DECLS
