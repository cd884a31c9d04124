/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gpu-list.h"

G_BEGIN_DECLS

#define HO_TYPE_NODE_WATCH (ho_node_watch_get_type ())
G_DECLARE_FINAL_TYPE (HoNodeWatch, ho_node_watch, HO, NODE_WATCH, GObject)

HoNodeWatch *ho_node_watch_new (HoGpuList *gpus);

G_END_DECLS
