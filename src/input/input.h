/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "input-view.h"
#include "usb-bus.h"

G_BEGIN_DECLS

#define HO_TYPE_INPUT (ho_input_get_type ())
G_DECLARE_FINAL_TYPE (HoInput, ho_input, HO, INPUT, GObject)

/** HO_RETURN_AS_SET: the devices come home after the time that the settings say. */
#define HO_RETURN_AS_SET (-1)

/** HO_RETURN_MAX: the longest time after which they may come home, in seconds. */
#define HO_RETURN_MAX 86400

HoInput *ho_input_new (HoHypervisor *hypervisor, HoGuestList *guests, HoSettings *settings);

void ho_input_look_async (HoInput *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_input_look_finish (HoInput *self, GAsyncResult *result, GError **error);
HoInputView *ho_input_list_devices (HoInput *self);
HoInputView *ho_input_get_view (HoInput *self);
HoInputLocation ho_input_get_location (HoInput *self);
HoGuest *ho_input_get_guest (HoInput *self);
gint64 ho_input_get_return_at (HoInput *self);
guint ho_input_get_seconds_left (HoInput *self);
gboolean ho_input_is_unasked (HoInput *self);
gboolean ho_input_is_busy (HoInput *self);
gboolean ho_input_is_stuck (HoInput *self);
const char *ho_input_get_reason (HoInput *self);
const char *ho_input_get_problem (HoInput *self);

void ho_input_move_async (HoInput *self, HoGuest *guest, int return_after,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
gboolean ho_input_move_finish (HoInput *self, GAsyncResult *result, GError **error);
gboolean ho_input_would_go (HoInput *self, HoGuest *guest);
void ho_input_stay (HoInput *self);
void ho_input_return_now (HoInput *self);
void ho_input_keep_ready (HoInput *self);
void ho_input_quit (HoInput *self);
void ho_input_tell_problem (HoInput *self, const char *problem);

G_END_DECLS
