/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void ho_libvirt_loop_start (void);
void ho_libvirt_loop_later (GSourceFunc function, gpointer data);

G_END_DECLS
