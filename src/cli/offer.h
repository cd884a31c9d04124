/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-edit.h"

G_BEGIN_DECLS

void ho_offer (HoGuestEdit *edit, gboolean yes, GTask *task);

G_END_DECLS
