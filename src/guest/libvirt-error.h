/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <libvirt/virterror.h>

#include "hypervisor.h"

G_BEGIN_DECLS

HoConnectionState ho_libvirt_error_get_connection_state (const virError *failure);
char *ho_libvirt_error_explain_connection (const virError *failure, const char *uri);
GError *ho_libvirt_error_to_error (const virError *failure);

G_END_DECLS
