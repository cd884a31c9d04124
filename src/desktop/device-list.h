/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_DEVICE_LIST (ho_device_list_get_type ())
G_DECLARE_FINAL_TYPE (HoDeviceList, ho_device_list, HO, DEVICE_LIST, GtkBox)

GtkWidget *ho_device_list_new (HoCore *core, GSettings *settings);

void ho_device_list_propose (HoDeviceList *self);

G_END_DECLS
