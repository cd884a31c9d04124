/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

/** HoSwitchMoment: when a user's commands run, as their settings are named. */
typedef enum
{
  HO_BEFORE_GUEST,
  HO_AFTER_GUEST,
  HO_BEFORE_HOST,
  HO_AFTER_HOST,
} HoSwitchMoment;

#define HO_TYPE_SWITCH_COMMANDS (ho_switch_commands_get_type ())
G_DECLARE_FINAL_TYPE (HoSwitchCommands, ho_switch_commands, HO, SWITCH_COMMANDS, GObject)

HoSwitchCommands *ho_switch_commands_new (HoSettings *settings);

void ho_switch_commands_run_async (HoSwitchCommands *self, HoSwitchMoment moment, const char *guest,
                                   const char *uuid, guint patience, GAsyncReadyCallback callback,
                                   gpointer user_data);
void ho_switch_commands_run_finish (HoSwitchCommands *self, GAsyncResult *result);

G_END_DECLS
