/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  HO_MODIFIER_CONTROL = 1 << 0,
  HO_MODIFIER_ALT = 1 << 1,
  HO_MODIFIER_SHIFT = 1 << 2,
  HO_MODIFIER_SUPER = 1 << 3,
} HoModifiers;

/**
 * HoAccelerator:
 * @keysym: the key, as an X keysym without case
 *
 * Keys that are pressed together. Settings write it as GTK does: `<Primary><Alt>m`.
 */
typedef struct
{
  HoModifiers modifiers;
  guint32 keysym;
} HoAccelerator;

gboolean ho_accelerator_parse (const char *text, HoAccelerator *accelerator, GError **error);
char *ho_accelerator_dup_label (const HoAccelerator *accelerator);
char *ho_accelerator_dup_trigger (const HoAccelerator *accelerator);

gint32 ho_accelerator_to_qt (const HoAccelerator *accelerator);
gboolean ho_accelerator_from_qt (gint32 qt, HoAccelerator *accelerator);

G_END_DECLS
