/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core.h"

G_BEGIN_DECLS

void ho_input_method_handle (HoCore *core, GVariant *parameters, GDBusMethodInvocation *invocation);

G_END_DECLS
