/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sys/types.h>

#include "server-watch.h"

G_BEGIN_DECLS

/**
 * HoBridge:
 * @watch: the sound server
 * @microphone: whether clients may record
 * @servers: connections to the sound server that sessions hold. PulseAudio takes 64 in all, from
 *   everybody
 *
 * What all sessions share.
 */
typedef struct
{
  HoServerWatch *watch;
  gboolean microphone;
  guint servers;
} HoBridge;

/**
 * HoPeer:
 *
 * Who the kernel says a client is.
 */
typedef struct
{
  pid_t pid;
  uid_t uid;
  const char *user; /* nullable */
} HoPeer;

typedef struct _HoSession HoSession;
typedef void (*HoSessionEnded) (HoSession *session, gpointer data);

HoSession *ho_session_new (HoBridge *bridge, int fd, const HoPeer *peer, HoSessionEnded ended,
                           gpointer data);
void ho_session_free (HoSession *self);
pid_t ho_session_get_pid (HoSession *self);

G_END_DECLS
