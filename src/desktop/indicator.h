/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libayatana-appindicator/app-indicator.h>

G_BEGIN_DECLS

AppIndicator *ho_indicator_new (const char *id, GDBusConnection *connection);
void ho_indicator_release (AppIndicator *indicator);

G_END_DECLS
