/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define HO_TYPE_AUDIO_BRIDGE (ho_audio_bridge_get_type ())
G_DECLARE_FINAL_TYPE (HoAudioBridge, ho_audio_bridge, HO, AUDIO_BRIDGE, GObject)

HoAudioBridge *ho_audio_bridge_new (const char *socket);

void ho_audio_bridge_set_used (HoAudioBridge *self, gboolean used);
gboolean ho_audio_bridge_is_running (HoAudioBridge *self);
gboolean ho_audio_bridge_matches (HoAudioBridge *self, uid_t allowed, gboolean microphone);
void ho_audio_bridge_start_async (HoAudioBridge *self, uid_t allowed, gboolean microphone,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean ho_audio_bridge_start_finish (HoAudioBridge *self, GAsyncResult *result, GError **error);
void ho_audio_bridge_stop (HoAudioBridge *self);

G_END_DECLS
