/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-list.h"
#include "settings.h"

G_BEGIN_DECLS

#define HO_TYPE_SHUTDOWN_GUARD (ho_shutdown_guard_get_type ())
G_DECLARE_FINAL_TYPE (HoShutdownGuard, ho_shutdown_guard, HO, SHUTDOWN_GUARD, GObject)

HoShutdownGuard *ho_shutdown_guard_new (HoGuestList *guests, HoGpuList *gpus, HoSettings *settings);

G_END_DECLS
