/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "error.h"

G_BEGIN_DECLS

const char *ho_libvirt_reason_find (const char *message, HoError *code);

G_END_DECLS
