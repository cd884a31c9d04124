/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_AUDIO_MENU (ho_audio_menu_get_type ())
G_DECLARE_FINAL_TYPE (HoAudioMenu, ho_audio_menu, HO, AUDIO_MENU, GtkMenuItem)

GtkWidget *ho_audio_menu_new (HoCore *core);

G_END_DECLS
