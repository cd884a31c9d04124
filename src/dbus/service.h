/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core.h"

G_BEGIN_DECLS

#define HO_DBUS_NAME "org.handover.Handover"
#define HO_DBUS_PATH "/org/handover/Handover"
#define HO_DBUS_INTERFACE "org.handover.Handover1"

#define HO_TYPE_SERVICE (ho_service_get_type ())
G_DECLARE_FINAL_TYPE (HoService, ho_service, HO, SERVICE, GObject)

HoService *ho_service_new (GDBusConnection *connection, GError **error);
void ho_service_set_core (HoService *self, HoCore *core);

G_END_DECLS
