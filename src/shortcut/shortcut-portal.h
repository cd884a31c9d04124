/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shortcut-backend.h"

G_BEGIN_DECLS

#define HO_TYPE_SHORTCUT_PORTAL (ho_shortcut_portal_get_type ())
G_DECLARE_FINAL_TYPE (HoShortcutPortal, ho_shortcut_portal, HO, SHORTCUT_PORTAL, GObject)

HoShortcutPortal *ho_shortcut_portal_new (void);

G_END_DECLS
