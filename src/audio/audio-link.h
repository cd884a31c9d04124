/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guest-list.h"
#include "qemu-user.h"
#include "settings.h"
#include "sound-server.h"

G_BEGIN_DECLS

/**
 * HoAudioState:
 * @HO_AUDIO_OFF: there is no way for a guest's sound, and none is to be
 * @HO_AUDIO_WAITING: there is none yet: the sound server is missing, or is being talked to
 * @HO_AUDIO_ON: QEMU can play
 * @HO_AUDIO_ERROR: there is none, and the user has to do something
 */
typedef enum
{
  HO_AUDIO_OFF,
  HO_AUDIO_WAITING,
  HO_AUDIO_ON,
  HO_AUDIO_ERROR,
} HoAudioState;

const char *ho_audio_state_to_string (HoAudioState state);
const char *ho_audio_mode_to_string (HoAudioMode mode);

#define HO_TYPE_AUDIO_LINK (ho_audio_link_get_type ())
G_DECLARE_FINAL_TYPE (HoAudioLink, ho_audio_link, HO, AUDIO_LINK, GObject)

HoAudioLink *ho_audio_link_new (HoSettings *settings, HoHypervisor *hypervisor, HoGuestList *guests,
                                HoSoundServer *server);

HoAudioState ho_audio_link_get_state (HoAudioLink *self);
HoAudioMode ho_audio_link_get_mode (HoAudioLink *self);
const char *ho_audio_link_get_socket (HoAudioLink *self);
const char *ho_audio_link_get_reason (HoAudioLink *self);
const char *ho_audio_link_get_problem (HoAudioLink *self);
gboolean ho_audio_link_is_unanswered (HoAudioLink *self);
const char *ho_audio_link_get_delay (HoAudioLink *self);
const HoQemuUser *ho_audio_link_get_qemu_user (HoAudioLink *self);
HoSoundServer *ho_audio_link_get_server (HoAudioLink *self);
gboolean ho_audio_link_is_used_by (HoAudioLink *self, HoGuest *guest);
gboolean ho_audio_link_is_silenced (HoAudioLink *self, HoGuest *guest);

void ho_audio_link_keep (HoAudioLink *self);
void ho_audio_link_look_async (HoAudioLink *self, gboolean closely, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_audio_link_look_finish (HoAudioLink *self, GAsyncResult *result, GError **error);
void ho_audio_link_set_on_async (HoAudioLink *self, gboolean on, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean ho_audio_link_set_on_finish (HoAudioLink *self, GAsyncResult *result, GError **error);

G_END_DECLS
