/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "answer.h"
#include "stream-spec.h"

G_BEGIN_DECLS

/**
 * HoStream:
 * @channel: the client's number for it, and for its mixer entry
 * @create_tag: what the client waits for, until @announced
 * @announced: the client has been told that it exists
 * @deleted: the client has given it up while the server was making it
 * @creating: the server is making it
 * @changed: the client has changed it meanwhile
 * @live: the server has it; else silence is played
 * @monitor: it records what others play, which its client must not hear
 * @drains: tags of a client that waits until all is played, while silence is
 *
 * One stream between a client and a server that may go and come again. To the client it is one
 * stream throughout; to each new server it is a new one. The functions take the time and touch
 * nothing outside, so that they can be tested for themselves.
 */
typedef struct
{
  guint32 channel;
  guint32 create_tag;
  HoStreamSpec *spec;
  HoBufferAttr attr;
  gboolean announced;
  gboolean deleted;
  gboolean creating;
  gboolean changed;
  gboolean live;
  gboolean monitor;
  guint32 server_tag;
  guint32 server_channel;
  guint32 server_index;
  GArray *drains;

  /*< private >*/
  gint64 credit;        /* bytes the client may still send */
  gint64 server_credit; /* bytes the server still waits for */
  gint64 passed;        /* bytes of the whole stream so far */
  gint64 base;          /* bytes before the server's count began */
  gint64 fill;          /* silence: bytes "in the buffer" */
  gint64 played_until;  /* silence: monotonic time, in microseconds */
} HoStream;

HoStream *ho_stream_new (guint32 channel, guint32 create_tag, HoStreamSpec *spec);
void ho_stream_free (HoStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoStream, ho_stream_free)

void ho_stream_set_place (HoStream *self, const HoPlacement *placement);
void ho_stream_go_live (HoStream *self, const HoPlacement *placement);
void ho_stream_go_silent (HoStream *self, gint64 now);
void ho_stream_pass (HoStream *self, guint32 bytes);
void ho_stream_set_corked (HoStream *self, gboolean corked, gint64 now);
void ho_stream_rest (HoStream *self, gint64 now);
void ho_stream_flush (HoStream *self);
void ho_stream_server_has_room (HoStream *self, guint32 bytes);
guint32 ho_stream_get_grant (HoStream *self);
guint ho_stream_get_rest (const HoStream *self);
guint32 ho_stream_play_silence (HoStream *self, gint64 now);
gboolean ho_stream_needs_silence (const HoStream *self);
HoPlacement ho_stream_get_silent_placement (const HoStream *self);
HoLatency ho_stream_get_silent_latency (const HoStream *self, HoTimeval asked, gint64 real_time);
void ho_stream_correct_latency (const HoStream *self, HoLatency *latency);

G_END_DECLS
