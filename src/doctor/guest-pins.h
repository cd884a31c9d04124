/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "doctor-context.h"

G_BEGIN_DECLS

/**
 * HoGuestPins:
 * @n: number of the guest's processors
 * @n_pinned: how many of them have a place of their own in the XML
 * @pinned: which
 * @places: the host's processors that each may run on; meaningless for one that is not pinned
 * @all: all of @places together
 *
 * Which of the host's processors a guest's run on.
 */
typedef struct
{
  guint n;
  guint n_pinned;
  gboolean *pinned;
  HoCpuSet *places;
  HoCpuSet all;
} HoGuestPins;

HoGuestPins *ho_guest_pins_new (xmlDoc *doc);
void ho_guest_pins_free (HoGuestPins *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoGuestPins, ho_guest_pins_free)

gboolean ho_guest_pins_are_complete (const HoGuestPins *self);
gboolean ho_guest_pins_are_single (const HoGuestPins *self);

guint ho_guest_count_vcpus (xmlDoc *doc);
guint ho_guest_threads_per_core (xmlDoc *doc);
HoCpuSet *ho_guest_pins_propose (const HoDoctorContext *context, guint n);

G_END_DECLS
