/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio-bridge"

#include "session-private.h"

/* What a client asks for its streams. */

/* Limits of one client, far above what QEMU needs (a stream out, one in), and of all. */
#define MAX_STREAMS 8
#define MAX_SERVERS 32
/* A guest waits for its stream when it starts; silence is better than a guest that hangs. */
#define CREATION_SECONDS 5

static gboolean
creation_too_slow (gpointer user_data)
{
  HoSession *self = user_data;

  self->creation_timer = 0;
  for (guint i = 0; i < self->streams->len; i++)
    if (!((HoStream *) self->streams->pdata[i])->announced)
      ho_session_announce_silent (self, self->streams->pdata[i]);
  return G_SOURCE_REMOVE;
}

/**
 * ho_session_create:
 * @self: a session
 * @request: a command that makes a stream
 *
 * Makes the stream at the server. Without one, or if it takes too long, the stream begins silent.
 */
void
ho_session_create (HoSession *self, HoRequest *request)
{
  HoStream *stream;

  if (self->streams->len >= MAX_STREAMS
      || (self->server == NULL && self->bridge->servers >= MAX_SERVERS))
    {
      ho_session_tell (self, ho_answer_refused (request->tag, HO_REFUSAL_TOO_LARGE));
      return;
    }
  stream = ho_stream_new (self->next_channel++, request->tag, g_steal_pointer (&request->spec));
  g_ptr_array_add (self->streams, stream);
  if (self->server == NULL)
    {
      self->bridge->servers++;
      self->server = ho_server_new (self->bridge->watch, &ho_session_server_funcs, self);
      ho_server_set_properties (self->server, &self->properties);
      ho_server_open (self->server);
    }
  if (!ho_server_is_open (self->server))
    {
      ho_session_announce_silent (self, stream);
      return;
    }
  if (ho_server_is_ready (self->server))
    ho_session_create_at_server (self, stream);
  if (self->creation_timer == 0)
    self->creation_timer = g_timeout_add_seconds (CREATION_SECONDS, creation_too_slow, self);
}

static void delete (HoSession *self, HoStream *stream)
{
  if (stream->creating)
    {
      stream->deleted = TRUE;
      return;
    }
  if (stream->live)
    ho_session_send_deleted (self, stream);
  g_ptr_array_remove (self->streams, stream);
}

/* A question whose answer only the server has. */
static void
ask (HoSession *self, HoStream *stream, const HoRequest *request, gboolean drain)
{
  HoAsked asked = {
    .client_tag = request->tag, .channel = stream->channel, .time = request->time, .drain = drain
  };
  HoPacket *packet;

  if (!stream->live)
    {
      ho_session_answer_silent (self, &asked);
      return;
    }
  asked.server_tag = ho_server_next_tag (self->server);
  g_array_append_val (self->asked, asked);
  packet = ho_packet_new (request->command, asked.server_tag);
  ho_packet_u32 (packet, stream->server_channel);
  if (!drain)
    ho_packet_timeval (packet, request->time);
  ho_packet_finish (packet);
  ho_server_send (self->server, packet);
}

/* QEMU names one volume for each channel, as do we; a single one is for all. */
static gboolean
set_volume (HoSession *self, HoStream *stream, const HoVolume *wanted)
{
  HoVolume volume = *wanted;

  if (volume.channels == 1)
    for (; volume.channels < stream->spec->sample.channels; volume.channels++)
      volume.value[volume.channels] = volume.value[0];
  if (volume.channels != stream->spec->sample.channels)
    return FALSE;
  ho_stream_spec_set_volume (stream->spec, &volume);
  if (stream->live)
    ho_session_send_volume (self, stream);
  return TRUE;
}

static gboolean
is_about_recording (guint32 command)
{
  return command == HO_COMMAND_DELETE_RECORD_STREAM || command == HO_COMMAND_GET_RECORD_LATENCY
         || command == HO_COMMAND_CORK_RECORD_STREAM || command == HO_COMMAND_FLUSH_RECORD_STREAM
         || command == HO_COMMAND_SET_SOURCE_OUTPUT_VOLUME
         || command == HO_COMMAND_SET_SOURCE_OUTPUT_MUTE;
}

static void
flush (HoSession *self, HoStream *stream, guint32 command)
{
  if (stream->live)
    ho_session_command_server (self, command, stream->server_channel, NULL);
  else if (command != HO_COMMAND_TRIGGER_PLAYBACK_STREAM)
    ho_stream_flush (stream);
}

static void
set_corked (HoSession *self, HoStream *stream, gboolean corked)
{
  ho_stream_set_corked (stream, corked, g_get_monotonic_time ());
  if (stream->live)
    ho_session_send_corked (self, stream);
  ho_session_play_silence (self, stream);
}

static void
set_muted (HoSession *self, HoStream *stream, gboolean muted)
{
  ho_stream_spec_set_muted (stream->spec, muted);
  if (stream->live)
    ho_session_send_muted (self, stream);
}

/* What is only set, and answered at once: it holds, for the server of now and any later one. */
static gboolean
set (HoSession *self, HoStream *stream, const HoRequest *request)
{
  stream->changed = TRUE;
  switch (request->command)
    {
    case HO_COMMAND_DELETE_PLAYBACK_STREAM:
    case HO_COMMAND_DELETE_RECORD_STREAM:
      delete (self, stream);
      return TRUE;

    case HO_COMMAND_FLUSH_PLAYBACK_STREAM:
    case HO_COMMAND_FLUSH_RECORD_STREAM:
    case HO_COMMAND_TRIGGER_PLAYBACK_STREAM:
      flush (self, stream, request->command);
      return TRUE;

    case HO_COMMAND_CORK_PLAYBACK_STREAM:
    case HO_COMMAND_CORK_RECORD_STREAM:
      set_corked (self, stream, request->on);
      return TRUE;

    case HO_COMMAND_SET_SINK_INPUT_MUTE:
    case HO_COMMAND_SET_SOURCE_OUTPUT_MUTE:
      set_muted (self, stream, request->on);
      return TRUE;

    case HO_COMMAND_SET_SINK_INPUT_VOLUME:
    case HO_COMMAND_SET_SOURCE_OUTPUT_VOLUME:
      return set_volume (self, stream, &request->volume);

    default:
      return FALSE;
    }
}

/**
 * ho_session_change:
 * @self: a session
 * @request: a command about a stream that exists
 *
 * Does what the client asks for, if the stream is its own.
 */
void
ho_session_change (HoSession *self, const HoRequest *request)
{
  HoStream *stream
      = ho_session_find_stream (self, request->index, is_about_recording (request->command));
  gboolean drain = request->command == HO_COMMAND_DRAIN_PLAYBACK_STREAM;

  if (stream != NULL
      && (drain || request->command == HO_COMMAND_GET_PLAYBACK_LATENCY
          || request->command == HO_COMMAND_GET_RECORD_LATENCY))
    ask (self, stream, request, drain);
  else if (stream != NULL && set (self, stream, request))
    ho_session_tell (self, ho_answer_done (request->tag));
  else
    ho_session_tell (self, ho_answer_refused (request->tag, HO_REFUSAL_ACCESS));
}
