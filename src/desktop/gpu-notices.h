/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "actions.h"
#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_GPU_NOTICES (ho_gpu_notices_get_type ())
G_DECLARE_FINAL_TYPE (HoGpuNotices, ho_gpu_notices, HO, GPU_NOTICES, GObject)

HoGpuNotices *ho_gpu_notices_new (HoCore *core, HoActions *actions, HoNoticeBoard *board);

G_END_DECLS
