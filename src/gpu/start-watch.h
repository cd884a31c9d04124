/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-list.h"

G_BEGIN_DECLS

#define HO_TYPE_START_WATCH (ho_start_watch_get_type ())
G_DECLARE_FINAL_TYPE (HoStartWatch, ho_start_watch, HO, START_WATCH, GObject)

HoStartWatch *ho_start_watch_new (HoGpuList *gpus);

void ho_start_watch_follow (HoStartWatch *self, HoGuest *guest, GPtrArray *gpus, guint seconds);
void ho_start_watch_forget (HoStartWatch *self, HoGuest *guest);

G_END_DECLS
