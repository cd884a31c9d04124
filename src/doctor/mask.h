/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "doctor-context.h"

G_BEGIN_DECLS

/**
 * HoMask:
 *
 * Takes out of a text what tells who and where somebody is.
 */
typedef struct _HoMask HoMask;

HoMask *ho_mask_new (const HoDoctorContext *context);
void ho_mask_free (HoMask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoMask, ho_mask_free)

char *ho_mask_apply (HoMask *self, const char *text);

G_END_DECLS
