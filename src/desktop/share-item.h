/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"
#include "notice-board.h"

G_BEGIN_DECLS

#define HO_TYPE_SHARE_ITEM (ho_share_item_get_type ())
G_DECLARE_FINAL_TYPE (HoShareItem, ho_share_item, HO, SHARE_ITEM, GtkMenuItem)

GtkWidget *ho_share_item_new (HoCore *core, HoNoticeBoard *board);

G_END_DECLS
