/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shortcut-backend.h"

G_BEGIN_DECLS

#define HO_TYPE_SHORTCUT_X11 (ho_shortcut_x11_get_type ())
G_DECLARE_FINAL_TYPE (HoShortcutX11, ho_shortcut_x11, HO, SHORTCUT_X11, GObject)

HoShortcutX11 *ho_shortcut_x11_new (const char *display);

G_END_DECLS
