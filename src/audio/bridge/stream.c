/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream.h"

/* What else the server says meanwhile is late by as much: that a stream has another device, say. */
#define LONGEST_REST_MS 15

/**
 * ho_stream_new:
 * @channel: the client's number for it
 * @create_tag: the tag of the client's command
 * @spec: (transfer full): what it shall be
 *
 * Returns: (transfer full): a stream that nobody knows of yet
 */
HoStream *
ho_stream_new (guint32 channel, guint32 create_tag, HoStreamSpec *spec)
{
  HoStream *self = g_new0 (HoStream, 1);

  self->channel = channel;
  self->create_tag = create_tag;
  self->spec = spec;
  self->attr = ho_stream_spec_guess_attr (spec);
  self->drains = g_array_new (FALSE, FALSE, sizeof (guint32));
  return self;
}

void
ho_stream_free (HoStream *self)
{
  ho_stream_spec_free (self->spec);
  g_array_unref (self->drains);
  g_free (self);
}

/**
 * ho_stream_set_place:
 * @self: a stream
 * @placement: where it is now
 */
void
ho_stream_set_place (HoStream *self, const HoPlacement *placement)
{
  self->attr = placement->attr;
  /* Both servers name a monitor, which has what others play, after its sink. */
  self->monitor = placement->device != NULL && g_str_has_suffix (placement->device, ".monitor");
}

/**
 * ho_stream_go_live:
 * @self: a stream
 * @placement: where a server has put it
 *
 * From now on the server plays. What the client still owes from before counts for this server.
 */
void
ho_stream_go_live (HoStream *self, const HoPlacement *placement)
{
  self->live = TRUE;
  self->creating = FALSE;
  self->server_channel = placement->channel;
  self->server_index = placement->index;
  ho_stream_set_place (self, placement);
  self->server_credit = placement->missing;
  self->base = self->passed;
  self->fill = 0;
}

/**
 * ho_stream_go_silent:
 * @self: a stream
 * @now: monotonic time, in microseconds
 *
 * From now on silence is played, at the pace at which a sound card would play.
 */
void
ho_stream_go_silent (HoStream *self, gint64 now)
{
  self->live = FALSE;
  self->fill = CLAMP (self->attr.tlength - self->credit, 0, self->attr.maxlength);
  self->played_until = now;
}

/**
 * ho_stream_pass:
 * @self: a stream
 * @bytes: whole frames that came from its client, or went to it
 */
void
ho_stream_pass (HoStream *self, guint32 bytes)
{
  self->passed += bytes;
  self->credit -= bytes;
  if (self->live)
    self->server_credit -= bytes;
  else
    self->fill = MIN (self->fill + bytes, self->attr.maxlength);
}

/**
 * ho_stream_set_corked:
 * @self: a stream
 * @corked: whether it stands still
 * @now: monotonic time, in microseconds
 */
void
ho_stream_set_corked (HoStream *self, gboolean corked, gint64 now)
{
  self->spec->corked = corked;
  self->played_until = now;
}

/**
 * ho_stream_flush:
 * @self: a stream
 *
 * Forgets what has not been played.
 */
void
ho_stream_flush (HoStream *self)
{
  self->fill = 0;
}

/**
 * ho_stream_server_has_room:
 * @self: a live stream
 * @bytes: what its server asks for now
 */
void
ho_stream_server_has_room (HoStream *self, guint32 bytes)
{
  self->server_credit += bytes;
}

/**
 * ho_stream_get_grant:
 * @self: a live stream
 *
 * Returns: what its client is to be asked for, so that it owes just what the server waits for; less
 *   than the server has asked for while it owes some from before
 */
guint32
ho_stream_get_grant (HoStream *self)
{
  gint64 grant = CLAMP (self->server_credit - self->credit, 0, G_MAXINT32);

  self->credit += grant;
  return (guint32) grant;
}

/**
 * ho_stream_get_rest:
 * @self: a stream that plays
 *
 * Both servers ask for more in many small pieces, each of which would wake us and the client. They
 * are gathered for a third of what the server keeps: the client has another to answer in, and the
 * last is for whoever is late.
 *
 * Returns: for how many milliseconds the server's wishes may pile up
 */
guint
ho_stream_get_rest (const HoStream *self)
{
  guint64 second
      = (guint64) self->spec->sample.rate * ho_sample_spec_get_frame_size (&self->spec->sample);
  guint64 third = (guint64) self->attr.tlength * 1000 / 3;

  return (guint) CLAMP ((third + second / 2) / second, 1, LONGEST_REST_MS);
}

/**
 * ho_stream_play_silence:
 * @self: a stream that is not live
 * @now: monotonic time, in microseconds
 *
 * Plays, that is forgets, what a sound card would have played since the last call. To be called
 * while ho_stream_needs_silence(), and after a time without that, ho_stream_rest() first.
 *
 * Returns: the bytes that a playing client is to be asked for, or that a recording one gets, whole
 *   frames
 */
guint32
ho_stream_play_silence (HoStream *self, gint64 now)
{
  guint32 frame = ho_sample_spec_get_frame_size (&self->spec->sample);
  guint32 played;
  gint64 grant;

  played = ho_sample_spec_get_bytes (&self->spec->sample, now - self->played_until);
  /* Only what whole frames took, so that no time is lost between two calls. */
  self->played_until += (gint64) (played / frame) * G_USEC_PER_SEC / self->spec->sample.rate;
  if (now - self->played_until > G_USEC_PER_SEC)
    self->played_until = now; /* the machine slept */
  if (self->spec->record)
    return played;

  self->fill -= MIN (self->fill, played);
  grant = self->attr.tlength - self->fill - self->credit;
  grant -= grant % frame;
  if (grant < MAX (self->attr.minreq, frame))
    return 0;
  self->credit += grant;
  return (guint32) grant;
}

/**
 * ho_stream_needs_silence:
 * @self: a stream
 *
 * Returns: whether ho_stream_play_silence() has something to do, now or after some time
 */
gboolean
ho_stream_needs_silence (const HoStream *self)
{
  if (self->live || !self->announced || self->deleted || self->spec->corked)
    return FALSE;
  return self->spec->record || self->fill > 0 || self->drains->len > 0
         || self->attr.tlength - self->credit >= self->attr.minreq;
}

/**
 * ho_stream_rest:
 * @self: a stream
 * @now: monotonic time, in microseconds
 *
 * Lets the time until @now pass without anything played.
 */
void
ho_stream_rest (HoStream *self, gint64 now)
{
  self->played_until = now;
}

/**
 * ho_stream_get_silent_placement:
 * @self: a stream that no server has
 *
 * Returns: what its client is told of it: it is ready, and asks for all that its buffer takes
 */
HoPlacement
ho_stream_get_silent_placement (const HoStream *self)
{
  return (HoPlacement){
    .channel = self->channel,
    .index = self->channel,
    .missing = self->attr.tlength,
    .attr = self->attr,
    .device = self->spec->record ? "no source" : "no sink",
  };
}

/**
 * ho_stream_get_silent_latency:
 * @self: a stream that is not live
 * @asked: the time that came with the question, which goes back with the answer
 * @real_time: the time of day, in microseconds
 *
 * Returns: the answer of a server without any delay
 */
HoLatency
ho_stream_get_silent_latency (const HoStream *self, HoTimeval asked, gint64 real_time)
{
  return (HoLatency){
    .playing = !self->spec->corked,
    .local = asked,
    .remote = { (guint32) (real_time / G_USEC_PER_SEC), (guint32) (real_time % G_USEC_PER_SEC) },
    .write_index = self->passed,
    .read_index = self->passed - self->fill,
  };
}

/**
 * ho_stream_correct_latency:
 * @self: a live stream
 * @latency: (inout): its server's answer
 *
 * Turns the server's counts of bytes into those of the client, whose stream may be older.
 */
void
ho_stream_correct_latency (const HoStream *self, HoLatency *latency)
{
  latency->write_index += self->base;
  latency->read_index += self->base;
}
