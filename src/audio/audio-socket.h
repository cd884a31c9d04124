/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * HoAudioSocketState:
 * @HO_AUDIO_SOCKET_ABSENT: there is nothing at the path
 * @HO_AUDIO_SOCKET_STALE: a socket of ours that nobody listens on any more
 * @HO_AUDIO_SOCKET_LIVE: a socket of ours that somebody listens on
 */
typedef enum
{
  HO_AUDIO_SOCKET_ABSENT,
  HO_AUDIO_SOCKET_STALE,
  HO_AUDIO_SOCKET_LIVE,
} HoAudioSocketState;

char *ho_audio_socket_get_path (void);
gboolean ho_audio_socket_make_folder (const char *path, GError **error);
gboolean ho_audio_socket_check (const char *path, HoAudioSocketState *state, pid_t *listener,
                                GError **error);

G_END_DECLS
