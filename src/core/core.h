/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-control.h"

G_BEGIN_DECLS

#define HO_TYPE_CORE (ho_core_get_type ())
G_DECLARE_FINAL_TYPE (HoCore, ho_core, HO, CORE, GObject)

HoCore *ho_core_new (HoSettings *settings, HoHypervisor *hypervisor);

HoSettings *ho_core_get_settings (HoCore *self);
HoHypervisor *ho_core_get_hypervisor (HoCore *self);
HoGuestList *ho_core_get_guests (HoCore *self);
HoGuestControl *ho_core_get_control (HoCore *self);
HoGuest *ho_core_get_primary_guest (HoCore *self);

HoGuest *ho_core_find_guest (HoCore *self, const char *name, GError **error);

GVariant *ho_core_describe_connection (HoCore *self);
GVariant *ho_core_describe_guest (HoCore *self, HoGuest *guest);
GVariant *ho_core_describe_guests (HoCore *self);
GVariant *ho_core_describe_status (HoCore *self);

G_END_DECLS
