/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** HO_CPU_SET_MAX: the highest number of processors that a Linux kernel for PCs is built for. */
#define HO_CPU_SET_MAX 8192

/**
 * HoCpuSet:
 *
 * A set of host processors. A plain value: start it with { 0 }.
 */
typedef struct
{
  guint64 bits[HO_CPU_SET_MAX / 64];
} HoCpuSet;

gboolean ho_cpu_set_parse (HoCpuSet *self, const char *text);
gboolean ho_cpu_set_has (const HoCpuSet *self, guint cpu);
void ho_cpu_set_add (HoCpuSet *self, guint cpu);
void ho_cpu_set_add_all (HoCpuSet *self, const HoCpuSet *other);
void ho_cpu_set_remove_all (HoCpuSet *self, const HoCpuSet *other);
guint ho_cpu_set_count (const HoCpuSet *self);
int ho_cpu_set_first (const HoCpuSet *self);
gboolean ho_cpu_set_meets (const HoCpuSet *self, const HoCpuSet *other);
gboolean ho_cpu_set_is_within (const HoCpuSet *self, const HoCpuSet *other);
gboolean ho_cpu_set_equal (const HoCpuSet *self, const HoCpuSet *other);
char *ho_cpu_set_to_string (const HoCpuSet *self);

G_END_DECLS
