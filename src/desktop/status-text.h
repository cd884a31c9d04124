/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input.h"

G_BEGIN_DECLS

const char *ho_status_text_get_icon (HoConnectionState connection, HoGuest *guest);
char *ho_status_text_describe (HoConnectionState connection, HoGuest *guest);
char *ho_status_text_describe_guest (HoGuest *guest);
const char *ho_status_text_get_tray_icon (HoConnectionState connection, HoGuest *guest,
                                          HoInput *input);
char *ho_status_text_describe_tray (HoConnectionState connection, HoGuest *guest, HoInput *input);
char *ho_status_text_get_action (HoGuest *guest);

G_END_DECLS
