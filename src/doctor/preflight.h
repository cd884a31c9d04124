/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "host.h"
#include "start-gate.h"
#include "xml-tree.h"

G_BEGIN_DECLS

#define HO_TYPE_PREFLIGHT (ho_preflight_get_type ())
G_DECLARE_FINAL_TYPE (HoPreflight, ho_preflight, HO, PREFLIGHT, GObject)

HoPreflight *ho_preflight_new (HoHypervisor *hypervisor);

char *ho_preflight_explain (const HoHost *host, xmlDoc *definition, const char *guest);

G_END_DECLS
