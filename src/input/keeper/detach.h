/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

int ho_detach (void);
void ho_tell_ready (int fd);

G_END_DECLS
