/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "domain-facts.h"

G_BEGIN_DECLS

guint ho_usb_rescue (const char *root, const HoDomainFacts *facts);

G_END_DECLS
