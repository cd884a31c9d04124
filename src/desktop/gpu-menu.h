/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "gpu.h"

G_BEGIN_DECLS

#define HO_TYPE_GPU_MENU (ho_gpu_menu_get_type ())
G_DECLARE_FINAL_TYPE (HoGpuMenu, ho_gpu_menu, HO, GPU_MENU, GtkMenuItem)

GtkWidget *ho_gpu_menu_new (HoGpu *gpu);

G_END_DECLS
