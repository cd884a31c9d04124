/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "place.h"
#include "session.h"

G_BEGIN_DECLS

typedef struct _HoListener HoListener;

HoListener *ho_listener_new (HoPlace *place, HoBridge *bridge);
void ho_listener_free (HoListener *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoListener, ho_listener_free)

void ho_listener_allow (HoListener *self, uid_t uid);

G_END_DECLS
