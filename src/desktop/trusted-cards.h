/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "core.h"

G_BEGIN_DECLS

#define HO_TYPE_TRUSTED_CARDS (ho_trusted_cards_get_type ())
G_DECLARE_FINAL_TYPE (HoTrustedCards, ho_trusted_cards, HO, TRUSTED_CARDS, GtkBox)

GtkWidget *ho_trusted_cards_new (HoCore *core);

G_END_DECLS
