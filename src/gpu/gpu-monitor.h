/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pci-scan.h"

G_BEGIN_DECLS

#define HO_TYPE_GPU_MONITOR (ho_gpu_monitor_get_type ())
G_DECLARE_FINAL_TYPE (HoGpuMonitor, ho_gpu_monitor, HO, GPU_MONITOR, GObject)

HoGpuMonitor *ho_gpu_monitor_new (const char *root);

const char *ho_gpu_monitor_get_root (HoGpuMonitor *self);
HoPciScan *ho_gpu_monitor_get_scan (HoGpuMonitor *self);
gboolean ho_gpu_monitor_has_looked (HoGpuMonitor *self);
void ho_gpu_monitor_set_root (HoGpuMonitor *self, const char *root);
void ho_gpu_monitor_set_slots (HoGpuMonitor *self, const char *const *slots);

void ho_gpu_monitor_note_change (HoGpuMonitor *self);
void ho_gpu_monitor_refresh_async (HoGpuMonitor *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_gpu_monitor_refresh_finish (HoGpuMonitor *self, GAsyncResult *result, GError **error);

G_END_DECLS
