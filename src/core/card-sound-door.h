/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sound-releaser.h"

G_BEGIN_DECLS

#define HO_TYPE_CARD_SOUND_DOOR (ho_card_sound_door_get_type ())
G_DECLARE_FINAL_TYPE (HoCardSoundDoor, ho_card_sound_door, HO, CARD_SOUND_DOOR, GObject)

HoCardSoundDoor *ho_card_sound_door_new (void);

G_END_DECLS
