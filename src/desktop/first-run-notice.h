/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_FIRST_RUN_NOTICE (ho_first_run_notice_get_type ())
G_DECLARE_FINAL_TYPE (HoFirstRunNotice, ho_first_run_notice, HO, FIRST_RUN_NOTICE, GObject)

HoFirstRunNotice *ho_first_run_notice_new (HoNoticeBoard *board, GActionGroup *application);

G_END_DECLS
