/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "domain-facts.h"

G_BEGIN_DECLS

char *ho_passed_sound_find (HoDomainFacts *facts, const char *sysfs);

G_END_DECLS
