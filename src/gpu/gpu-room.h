/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-guard.h"
#include "guest-control.h"
#include "handover-watch.h"

G_BEGIN_DECLS

#define HO_TYPE_GPU_ROOM (ho_gpu_room_get_type ())
G_DECLARE_FINAL_TYPE (HoGpuRoom, ho_gpu_room, HO, GPU_ROOM, GObject)

HoGpuRoom *ho_gpu_room_new (HoHypervisor *hypervisor, HoGuestList *guests, HoGuestControl *control,
                            HoSettings *settings);

HoGpuList *ho_gpu_room_get_gpus (HoGpuRoom *self);
HoGpuGuard *ho_gpu_room_get_guard (HoGpuRoom *self);
HoStartWatch *ho_gpu_room_get_starts (HoGpuRoom *self);
HoHandoverWatch *ho_gpu_room_get_watch (HoGpuRoom *self);

G_END_DECLS
