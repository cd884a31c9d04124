/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-view.h"

G_BEGIN_DECLS

/**
 * HoWayBack:
 * @seconds: after which the devices come home; 0: not by time
 * @unasked: whether that time was set because nothing else would bring the last keyboard back
 */
typedef struct
{
  guint seconds;
  gboolean unasked;
} HoWayBack;

void ho_way_back_arm_async (GSettings *settings, const HoInputView *view, guint seconds,
                            gboolean heartbeat, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_way_back_arm_finish (GAsyncResult *result, HoWayBack *way, GError **error);

G_END_DECLS
