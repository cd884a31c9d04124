/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-list.h"
#include "settings.h"
#include "sound-releaser.h"
#include "start-gate.h"
#include "start-watch.h"

G_BEGIN_DECLS

#define HO_TYPE_GPU_GUARD (ho_gpu_guard_get_type ())
G_DECLARE_FINAL_TYPE (HoGpuGuard, ho_gpu_guard, HO, GPU_GUARD, GObject)

HoGpuGuard *ho_gpu_guard_new (HoGpuList *gpus, HoGuestList *guests, HoStartWatch *starts,
                              HoSettings *settings);

void ho_gpu_guard_set_sound_releaser (HoGpuGuard *self, HoSoundReleaser *releaser);
void ho_gpu_guard_trust (HoGpuGuard *self, HoGpu *gpu);

G_END_DECLS
