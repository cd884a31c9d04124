/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio-bridge"

#include "session-private.h"

/* Bytes that wait, and questions. The client is not read while more wait for the server, or as
 * answers for itself; a client that takes nothing at all is cut off. */
#define MANY_FOR_SERVER ((gsize) 256 * 1024)
#define MANY_ANSWERS ((gsize) 64 * 1024)
#define TOO_MANY_FOR_CLIENT ((gsize) 1024 * 1024)
#define MAX_ASKED 32
#define GREETING_SECONDS 10

static gboolean
end_now (gpointer user_data)
{
  HoSession *self = user_data;

  self->end_source = 0;
  self->ended (self, self->data);
  return G_SOURCE_REMOVE;
}

/**
 * ho_session_end:
 * @self: a session
 *
 * Ends the session, from the main loop: nothing is freed under a running callback.
 */
void
ho_session_end (HoSession *self)
{
  if (self->end_source == 0)
    self->end_source = g_idle_add_full (G_PRIORITY_HIGH, end_now, self, NULL);
}

/**
 * ho_session_update_reading:
 * @self: a session
 *
 * Reads the client only while what it causes can be taken.
 */
void
ho_session_update_reading (HoSession *self)
{
  ho_port_set_reading (
      self->client,
      self->end_source == 0 && self->asked->len < MAX_ASKED
          && ho_port_get_queued (self->client) < MANY_ANSWERS
          && (self->server == NULL || ho_server_get_queued (self->server) < MANY_FOR_SERVER));
}

/**
 * ho_session_tell:
 * @self: a session
 * @packet: (transfer full): a finished packet for the client
 */
void
ho_session_tell (HoSession *self, HoPacket *packet)
{
  ho_port_send (self->client, packet->data, packet->len);
  g_byte_array_unref (packet);
  if (ho_port_get_queued (self->client) > TOO_MANY_FOR_CLIENT)
    ho_session_end (self);
}

/**
 * ho_session_hold:
 * @self: a session
 * @hold: whether what either side is told waits for more; else it is written now
 */
void
ho_session_hold (HoSession *self, gboolean hold)
{
  ho_port_hold (self->client, hold);
  if (self->server != NULL)
    ho_server_hold (self->server, hold);
  if (!hold)
    ho_session_update_reading (self);
}

HoStream *
ho_session_find_stream (HoSession *self, guint32 channel, gboolean record)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      HoStream *stream = self->streams->pdata[i];

      if (stream->channel == channel && stream->spec->record == record && stream->announced
          && !stream->deleted)
        return stream;
    }
  return NULL;
}

static void
greet (HoSession *self, const HoRequest *request)
{
  if (self->greeted || request->version < HO_PROTOCOL_OLDEST)
    {
      ho_session_tell (self, ho_answer_refused (request->tag, self->greeted ? HO_REFUSAL_ACCESS
                                                                            : HO_REFUSAL_VERSION));
      return;
    }
  self->greeted = TRUE;
  g_clear_handle_id (&self->greeting_timer, g_source_remove);
  ho_session_tell (self, ho_answer_number (request->tag, HO_PROTOCOL_VERSION));
}

static void
name (HoSession *self, HoRequest *request)
{
  g_autofree char *pid = g_strdup_printf ("%d", (int) self->peer.pid);

  /* Of these two the kernel has told the truth. */
  ho_properties_set (&request->properties, HO_PROPERTY_PROCESS_ID, pid);
  ho_properties_set (&request->properties, HO_PROPERTY_PROCESS_USER, self->peer.user);
  for (gsize i = 0; i < HO_N_PROPERTIES; i++)
    ho_properties_set (&self->properties, (HoProperty) i, request->properties.value[i]);
  if (self->server != NULL)
    ho_server_set_properties (self->server, &self->properties);
  ho_session_tell (self, ho_answer_number (request->tag, 0));
}

static gboolean
client_command (HoSession *self, const HoFrame *frame)
{
  g_auto (HoRequest) request = { 0 };
  HoVerdict verdict
      = ho_request_read (&request, frame->payload, frame->size, self->bridge->microphone);

  if (verdict == HO_VERDICT_BROKEN)
    return FALSE;
  if (verdict == HO_VERDICT_REFUSED || (!self->greeted && request.command != HO_COMMAND_AUTH))
    {
      ho_session_tell (self, ho_answer_refused (request.tag, HO_REFUSAL_ACCESS));
      return TRUE;
    }
  switch (request.command)
    {
    case HO_COMMAND_AUTH:
      greet (self, &request);
      break;
    case HO_COMMAND_SET_CLIENT_NAME:
      name (self, &request);
      break;
    case HO_COMMAND_CREATE_PLAYBACK_STREAM:
    case HO_COMMAND_CREATE_RECORD_STREAM:
      ho_session_create (self, &request);
      break;
    default:
      ho_session_change (self, &request);
      break;
    }
  return TRUE;
}

static gboolean
client_audio (HoSession *self, const HoFrame *frame)
{
  HoStream *stream = ho_session_find_stream (self, frame->channel, FALSE);

  if (stream == NULL)
    return TRUE; /* it was on its way when the stream was deleted */
  if (frame->size % ho_sample_spec_get_frame_size (&stream->spec->sample) != 0)
    return FALSE; /* the server would close the connection */

  if (stream->live)
    ho_server_send_audio (self->server, stream->server_channel, frame->payload, frame->size);
  ho_stream_pass (stream, frame->size);
  ho_session_play_silence (self, stream);
  return TRUE;
}

static gboolean
client_frame (const HoFrame *frame, gpointer data)
{
  HoSession *self = data;
  gboolean good = self->end_source == 0;

  if (good)
    good = frame->channel == HO_CONTROL_CHANNEL ? client_command (self, frame)
                                                : client_audio (self, frame);
  if (good)
    ho_session_update_reading (self);
  return good;
}

/* What comes at once goes on at once: each write wakes its reader. */
static void
client_batch (gboolean begins, gpointer data)
{
  HoSession *self = data;

  ho_session_hold (self, begins);
  if (!begins && self->server != NULL)
    ho_server_look (self->server, ho_session_is_waiting (self));
}

static void
client_drained (gpointer data)
{
  ho_session_update_reading (data);
}

static void
client_closed (gpointer data)
{
  ho_session_end (data);
}

static const HoPortFuncs client_funcs
    = { client_frame, client_batch, client_drained, client_closed };

static gboolean
greeting_too_slow (gpointer user_data)
{
  HoSession *self = user_data;

  self->greeting_timer = 0;
  ho_session_end (self);
  return G_SOURCE_REMOVE;
}

/**
 * ho_session_new:
 * @bridge: what it shares with the others
 * @fd: (transfer full): the client's connection, not blocking
 * @peer: who the client is
 * @ended: called once, from the main loop, when it is over; has to free the session
 * @data: for @ended
 *
 * Returns: (transfer full): a session. Nothing is asked of the sound server until the client wants
 *   a stream.
 */
HoSession *
ho_session_new (HoBridge *bridge, int fd, const HoPeer *peer, HoSessionEnded ended, gpointer data)
{
  HoSession *self = g_new0 (HoSession, 1);

  self->bridge = bridge;
  self->peer = *peer;
  self->ended = ended;
  self->data = data;
  self->recreation_ms = HO_SESSION_FIRST_RECREATION_MS;
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ho_stream_free);
  self->asked = g_array_new (FALSE, FALSE, sizeof (HoAsked));
  self->client = ho_port_new (fd, &client_funcs, self);
  self->greeting_timer = g_timeout_add_seconds (GREETING_SECONDS, greeting_too_slow, self);
  return self;
}

void
ho_session_free (HoSession *self)
{
  g_clear_handle_id (&self->greeting_timer, g_source_remove);
  g_clear_handle_id (&self->creation_timer, g_source_remove);
  g_clear_handle_id (&self->silence_timer, g_source_remove);
  g_clear_handle_id (&self->recreation_timer, g_source_remove);
  g_clear_handle_id (&self->end_source, g_source_remove);
  ho_port_free (self->client);
  if (self->server != NULL)
    {
      ho_server_free (self->server);
      self->bridge->servers--;
    }
  g_ptr_array_unref (self->streams);
  g_array_unref (self->asked);
  ho_properties_clear (&self->properties);
  g_free (self);
}

pid_t
ho_session_get_pid (HoSession *self)
{
  return self->peer.pid;
}
