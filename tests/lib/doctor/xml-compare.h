/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "xml-query.h"

G_BEGIN_DECLS

char *xml_canonical (xmlDoc *doc, const char *without);

G_END_DECLS
