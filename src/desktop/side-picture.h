/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "sides.h"

G_BEGIN_DECLS

#define HO_TYPE_SIDE_PICTURE (ho_side_picture_get_type ())
G_DECLARE_FINAL_TYPE (HoSidePicture, ho_side_picture, HO, SIDE_PICTURE, GtkBox)

void ho_side_picture_show (HoSidePicture *self, HoSides *sides);

G_END_DECLS
