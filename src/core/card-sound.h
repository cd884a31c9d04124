/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sound-releaser.h"

G_BEGIN_DECLS

#define HO_TYPE_CARD_SOUND (ho_card_sound_get_type ())
G_DECLARE_FINAL_TYPE (HoCardSound, ho_card_sound, HO, CARD_SOUND, GObject)

/* In `handover-card-sound.so`; card-sound-door.c looks this name up. */
#define HO_CARD_SOUND_SYMBOL "ho_card_sound_new"
HoCardSound *ho_card_sound_new (void);

G_END_DECLS
