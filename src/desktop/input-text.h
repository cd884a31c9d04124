/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input.h"

G_BEGIN_DECLS

char *ho_input_text_describe (HoInputLocation location, HoGuest *guest);
char *ho_input_text_describe_left (guint seconds);
char *ho_input_text_describe_span (guint seconds);
char *ho_input_text_get_toggle (HoInputLocation location, HoGuest *target);

G_END_DECLS
