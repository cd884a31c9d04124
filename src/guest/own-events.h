/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "domain-facts.h"

G_BEGIN_DECLS

typedef struct _HoOwnEvents HoOwnEvents;

HoOwnEvents *ho_own_events_new (void);
void ho_own_events_free (HoOwnEvents *self);
void ho_own_events_begin (HoOwnEvents *self, const char *uuid);
gboolean ho_own_events_end (HoOwnEvents *self, const char *uuid, HoDomainFacts *facts);
gboolean ho_own_events_take (HoOwnEvents *self, const char *uuid, const char *added);
void ho_own_events_forget (HoOwnEvents *self, const char *uuid);
void ho_own_events_forget_all (HoOwnEvents *self);

G_END_DECLS
