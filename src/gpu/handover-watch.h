/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-list.h"
#include "settings.h"

G_BEGIN_DECLS

#define HO_TYPE_HANDOVER_WATCH (ho_handover_watch_get_type ())
G_DECLARE_FINAL_TYPE (HoHandoverWatch, ho_handover_watch, HO, HANDOVER_WATCH, GObject)

HoHandoverWatch *ho_handover_watch_new (HoGpuList *gpus, HoGuestList *guests, HoSettings *settings);

G_END_DECLS
