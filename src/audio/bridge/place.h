/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct _HoPlace HoPlace;

gboolean ho_place_prepare (const char *path, GError **error);
HoPlace *ho_place_listen (const char *path, GError **error);
HoPlace *ho_place_adopt (int fd, GError **error);
void ho_place_free (HoPlace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoPlace, ho_place_free)

int ho_place_get_fd (HoPlace *self);
gboolean ho_place_is_open_to_others (HoPlace *self);

G_END_DECLS
