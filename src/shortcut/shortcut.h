/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

#define HO_TYPE_SHORTCUT (ho_shortcut_get_type ())
G_DECLARE_FINAL_TYPE (HoShortcut, ho_shortcut, HO, SHORTCUT, GObject)

/**
 * HoShortcutState:
 * @HO_SHORTCUT_OFF: none is wanted, by setting or by ho_shortcut_set_enabled()
 * @HO_SHORTCUT_PENDING: asked for
 * @HO_SHORTCUT_ACTIVE: works
 * @HO_SHORTCUT_REFUSED: the desktop has such a service, which did not grant it
 * @HO_SHORTCUT_UNAVAILABLE: the desktop has no such service
 */
typedef enum
{
  HO_SHORTCUT_OFF,
  HO_SHORTCUT_PENDING,
  HO_SHORTCUT_ACTIVE,
  HO_SHORTCUT_REFUSED,
  HO_SHORTCUT_UNAVAILABLE,
} HoShortcutState;

HoShortcut *ho_shortcut_new (HoSettings *settings, GDBusConnection *connection);

void ho_shortcut_set_enabled (HoShortcut *self, gboolean enabled);
gboolean ho_shortcut_is_enabled (HoShortcut *self);

HoShortcutState ho_shortcut_get_state (HoShortcut *self);
const char *ho_shortcut_get_label (HoShortcut *self);
const char *ho_shortcut_get_problem (HoShortcut *self);
const char *ho_shortcut_get_backend (HoShortcut *self);

const char *ho_shortcut_state_to_string (HoShortcutState state);

G_END_DECLS
