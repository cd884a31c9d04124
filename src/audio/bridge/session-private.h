/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session.h"

#include "port.h"
#include "request.h"
#include "server.h"
#include "stream.h"

G_BEGIN_DECLS

/* Bytes that wait for a client, above which recorded audio for it is dropped. */
#define HO_SESSION_MANY_RECORDED ((gsize) 256 * 1024)
#define HO_SESSION_FIRST_RECREATION_MS 500

/**
 * HoAsked:
 * @server_tag: what the server's answer is recognised by
 * @client_tag: what the client's question was
 * @channel: the client's stream
 * @time: what came with a question for the latency
 * @drain: whether it was to drain the stream; else for its latency
 *
 * A question whose answer is under way.
 */
typedef struct
{
  guint32 server_tag;
  guint32 client_tag;
  guint32 channel;
  HoTimeval time;
  gboolean drain;
} HoAsked;

/**
 * HoSession:
 *
 * A client and its own connection to the sound server. Each side's packets are read, looked at and
 * written anew for the other, with the other's numbers for streams and commands. So a client can
 * name nothing but its own streams, and the server can be another one after a while.
 *
 * session.c is the client's side, session-streams.c what it wants of its streams, session-server.c
 * the server's side, session-silence.c what stands in for a server.
 */
struct _HoSession
{
  HoBridge *bridge;
  HoPeer peer;
  HoSessionEnded ended;
  gpointer data;

  HoPort *client;
  HoServer *server; /* NULL until the first stream */
  gboolean greeted;
  HoProperties properties;
  guint32 next_channel;
  GPtrArray *streams; /* of HoStream */
  GArray *asked;      /* of HoAsked */

  guint greeting_timer;
  guint creation_timer;
  guint silence_timer;
  guint recreation_timer;
  guint recreation_ms;
  gint64 recreated; /* when that was last wanted, monotonic time in microseconds */
  guint end_source;
};

extern const HoServerFuncs ho_session_server_funcs;

void ho_session_end (HoSession *self);
void ho_session_tell (HoSession *self, HoPacket *packet);
void ho_session_hold (HoSession *self, gboolean hold);
gboolean ho_session_is_waiting (HoSession *self);
void ho_session_update_reading (HoSession *self);
HoStream *ho_session_find_stream (HoSession *self, guint32 channel, gboolean record);

void ho_session_create (HoSession *self, HoRequest *request);
void ho_session_change (HoSession *self, const HoRequest *request);

void ho_session_create_at_server (HoSession *self, HoStream *stream);
void ho_session_command_server (HoSession *self, guint32 command, guint32 number,
                                const gboolean *on);
void ho_session_send_volume (HoSession *self, HoStream *stream);
void ho_session_send_muted (HoSession *self, HoStream *stream);
void ho_session_send_corked (HoSession *self, HoStream *stream);
void ho_session_send_deleted (HoSession *self, HoStream *stream);

void ho_session_play_silence (HoSession *self, HoStream *stream);
void ho_session_give_silence (HoSession *self, HoStream *stream, guint32 size);
void ho_session_announce_silent (HoSession *self, HoStream *stream);
void ho_session_answer_drains (HoSession *self, HoStream *stream);
void ho_session_answer_silent (HoSession *self, const HoAsked *asked);

G_END_DECLS
