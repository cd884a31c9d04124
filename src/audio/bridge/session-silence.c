/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio-bridge"

#include "session-private.h"

#include <string.h>

/* A session while no server plays its streams. */

#define SILENCE_MS 10

void
ho_session_answer_drains (HoSession *self, HoStream *stream)
{
  for (guint i = 0; i < stream->drains->len; i++)
    ho_session_tell (self, ho_answer_done (g_array_index (stream->drains, guint32, i)));
  g_array_set_size (stream->drains, 0);
}

static guint8
silent_byte (guint8 format)
{
  /* Unsigned bytes, A-law and µ-law have their zero elsewhere. */
  static const guint8 zero[] = { 0x80, 0xd5, 0xff };

  return format < G_N_ELEMENTS (zero) ? zero[format] : 0;
}

/**
 * ho_session_give_silence:
 * @self: a session
 * @stream: a stream that records
 * @size: bytes, whole frames
 *
 * Gives the client silence in the place of what was recorded.
 */
void
ho_session_give_silence (HoSession *self, HoStream *stream, guint32 size)
{
  g_autofree guint8 *silence = NULL;

  if (size == 0 || size > HO_FRAME_MAX_AUDIO
      || ho_port_get_queued (self->client) > HO_SESSION_MANY_RECORDED)
    return;
  silence = g_malloc (size);
  memset (silence, silent_byte (stream->spec->sample.format), size);
  ho_port_send_frame (self->client, stream->channel, silence, size);
  ho_stream_pass (stream, size);
}

static gboolean
silence_due (gpointer user_data)
{
  HoSession *self = user_data;
  gint64 now = g_get_monotonic_time ();
  gboolean needed = FALSE;

  for (guint i = 0; i < self->streams->len; i++)
    {
      HoStream *stream = self->streams->pdata[i];
      guint32 bytes;

      if (!ho_stream_needs_silence (stream))
        {
          ho_stream_rest (stream, now);
          continue;
        }
      bytes = ho_stream_play_silence (stream, now);
      if (stream->spec->record)
        ho_session_give_silence (self, stream, bytes);
      else if (bytes > 0)
        ho_session_tell (self, ho_event_request (stream->channel, bytes));
      if (stream->fill == 0)
        ho_session_answer_drains (self, stream);
      needed |= ho_stream_needs_silence (stream);
    }
  if (!needed)
    self->silence_timer = 0;
  return needed;
}

/**
 * ho_session_play_silence:
 * @self: a session
 * @stream: one of its streams, something of which has just changed
 *
 * Sees to it that silence is played while a stream needs it, and that nothing wakes when none does.
 */
void
ho_session_play_silence (HoSession *self, HoStream *stream)
{
  if (self->silence_timer != 0 || !ho_stream_needs_silence (stream))
    return;
  for (guint i = 0; i < self->streams->len; i++)
    ho_stream_rest (self->streams->pdata[i], g_get_monotonic_time ());
  self->silence_timer
      = g_timeout_add_full (G_PRIORITY_DEFAULT, SILENCE_MS, silence_due, self, NULL);
}

/**
 * ho_session_announce_silent:
 * @self: a session
 * @stream: a stream that its client waits for
 *
 * Tells the client that its stream is ready, although no server has it.
 */
void
ho_session_announce_silent (HoSession *self, HoStream *stream)
{
  HoPlacement placement = ho_stream_get_silent_placement (stream);

  stream->announced = TRUE;
  stream->credit = placement.missing;
  ho_stream_go_silent (stream, g_get_monotonic_time ());
  ho_session_tell (self, ho_placement_write_creation (&placement, stream->create_tag,
                                                      stream->spec->record, &stream->spec->sample,
                                                      &stream->spec->map));
  ho_session_play_silence (self, stream);
}

/**
 * ho_session_answer_silent:
 * @self: a session
 * @asked: a question to which no server will give the answer
 */
void
ho_session_answer_silent (HoSession *self, const HoAsked *asked)
{
  HoStream *stream = ho_session_find_stream (self, asked->channel, FALSE);
  HoLatency latency;

  if (stream == NULL)
    stream = ho_session_find_stream (self, asked->channel, TRUE);
  if (stream == NULL)
    {
      ho_session_tell (self, ho_answer_refused (asked->client_tag, HO_REFUSAL_NO_ENTITY));
      return;
    }
  if (asked->drain)
    {
      g_array_append_val (stream->drains, asked->client_tag);
      ho_session_play_silence (self, stream);
      return;
    }
  latency = ho_stream_get_silent_latency (stream, asked->time, g_get_real_time ());
  ho_session_tell (self, ho_latency_write (&latency, asked->client_tag, stream->spec->record));
}
