/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "libvirt-calls.h"

G_BEGIN_DECLS

void ho_libvirt_call_open_channel (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args);

G_END_DECLS
