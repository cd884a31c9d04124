/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hypervisor.h"

G_BEGIN_DECLS

#define HO_TYPE_GUEST (ho_guest_get_type ())
G_DECLARE_FINAL_TYPE (HoGuest, ho_guest, HO, GUEST, GObject)

/**
 * HoGuestWish:
 *
 * What Handover was asked to do with a guest and libvirt has not finished yet.
 */
typedef enum
{
  HO_WISH_NONE,
  HO_WISH_START,
  HO_WISH_STOP,
} HoGuestWish;

HoGuest *ho_guest_new (HoGuestRecord *record);

const char *ho_guest_get_uuid (HoGuest *self);
const char *ho_guest_get_name (HoGuest *self);
HoGuestState ho_guest_get_state (HoGuest *self);
HoGuestReason ho_guest_get_reason (HoGuest *self);
HoDomainFacts *ho_guest_get_facts (HoGuest *self);
gboolean ho_guest_is_active (HoGuest *self);
gboolean ho_guest_has_process (HoGuest *self);
gboolean ho_guest_is_persistent (HoGuest *self);

/* For the guest room alone: how libvirt's word and our wishes reach the object. */
void ho_guest_apply_record (HoGuest *self, HoGuestRecord *record);
void ho_guest_apply_move (HoGuest *self, HoGuestState state, HoGuestReason reason);
void ho_guest_set_wish (HoGuest *self, HoGuestWish wish);

G_END_DECLS
