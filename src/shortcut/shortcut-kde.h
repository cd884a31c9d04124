/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shortcut-backend.h"

G_BEGIN_DECLS

#define HO_TYPE_SHORTCUT_KDE (ho_shortcut_kde_get_type ())
G_DECLARE_FINAL_TYPE (HoShortcutKde, ho_shortcut_kde, HO, SHORTCUT_KDE, GObject)

#define HO_KGLOBALACCEL_NAME "org.kde.kglobalaccel"

HoShortcutKde *ho_shortcut_kde_new (GDBusConnection *connection, gboolean may_start);

G_END_DECLS
