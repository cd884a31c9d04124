/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pci-scan.h"
#include "proc-scan.h"

G_BEGIN_DECLS

gboolean ho_use_count_is_explained (const char *root, const HoPciScan *bus, GPtrArray *functions,
                                    const HoProcScan *processes, GPtrArray *nodes);

G_END_DECLS
