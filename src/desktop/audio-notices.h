/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core.h"
#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_AUDIO_NOTICES (ho_audio_notices_get_type ())
G_DECLARE_FINAL_TYPE (HoAudioNotices, ho_audio_notices, HO, AUDIO_NOTICES, GObject)

HoAudioNotices *ho_audio_notices_new (HoCore *core, HoNoticeBoard *board);

G_END_DECLS
