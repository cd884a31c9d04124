/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "cpu-set.h"

G_BEGIN_DECLS

gboolean ho_cpu_allowance_is_ours (void);
gboolean ho_cpu_allowance_plan (const HoCpuSet *base, const HoCpuSet *online,
                                const HoCpuSet *shield, HoCpuSet *next);
gboolean ho_cpu_allowance_apply (const HoCpuSet *shield, GCancellable *cancellable, GError **error);

G_END_DECLS
