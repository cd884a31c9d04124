/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-view.h"
#include "keeper-state.h"

G_BEGIN_DECLS

/**
 * HoPlugVerdict:
 * @HO_PLUGS_JOIN: a device that was absent when the others went has been plugged in
 * @HO_PLUGS_AGAIN: a device that was in the guest has been pulled out and plugged in again
 * @HO_PLUGS_OVER: nothing is in the guest, and nothing that was pulled out may want to go back
 * there
 */
typedef enum
{
  HO_PLUGS_JOIN = 1 << 0,
  HO_PLUGS_AGAIN = 1 << 1,
  HO_PLUGS_OVER = 1 << 2,
} HoPlugVerdict;

HoPlugVerdict ho_plug_judge (HoKeeperState *state, HoGuest *guest, const HoInputView *view);
void ho_plug_note_absent (HoKeeperState *state, const HoInputView *view);

G_END_DECLS
