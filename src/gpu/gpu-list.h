/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-monitor.h"
#include "gpu.h"
#include "guest-list.h"

G_BEGIN_DECLS

#define HO_TYPE_GPU_LIST (ho_gpu_list_get_type ())
G_DECLARE_FINAL_TYPE (HoGpuList, ho_gpu_list, HO, GPU_LIST, GObject)

HoGpuList *ho_gpu_list_new (HoGpuMonitor *monitor, HoGuestList *guests);

HoGpuMonitor *ho_gpu_list_get_monitor (HoGpuList *self);
HoGpu *ho_gpu_list_find (HoGpuList *self, const char *slot);
GPtrArray *ho_gpu_list_list_for_guest (HoGpuList *self, HoGuest *guest);
GPtrArray *ho_gpu_list_list_addresses (HoGpuList *self, HoGuest *guest);

void ho_gpu_list_look_async (HoGpuList *self, gboolean for_holders, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_gpu_list_look_finish (HoGpuList *self, GAsyncResult *result, GError **error);

G_END_DECLS
