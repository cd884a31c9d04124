/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest.h"

G_BEGIN_DECLS

#define HO_TYPE_GUEST_LIST (ho_guest_list_get_type ())
G_DECLARE_FINAL_TYPE (HoGuestList, ho_guest_list, HO, GUEST_LIST, GObject)

HoGuestList *ho_guest_list_new (HoHypervisor *hypervisor);

gboolean ho_guest_list_is_current (HoGuestList *self);
HoGuest *ho_guest_list_find (HoGuestList *self, const char *name_or_uuid);
HoGuest *ho_guest_list_get_by_uuid (HoGuestList *self, const char *uuid);

G_END_DECLS
