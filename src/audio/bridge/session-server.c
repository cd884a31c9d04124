/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio-bridge"

#include "session-private.h"

/* A session towards the sound server: what it is asked for, and what it says. */

/* A stream that the server takes away or does not give is tried again, at first after
 * HO_SESSION_FIRST_RECREATION_MS. */
#define LAST_RECREATION_MS 30000
#define STABLE_TIME (5 * (gint64) G_USEC_PER_SEC)

static HoStream *
find_server_stream (HoSession *self, guint32 channel, gboolean record)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      HoStream *stream = self->streams->pdata[i];

      if (stream->live && stream->server_channel == channel && stream->spec->record == record)
        return stream;
    }
  return NULL;
}

/**
 * ho_session_create_at_server:
 * @self: a session whose server is ready
 * @stream: a stream that the server does not have
 */
void
ho_session_create_at_server (HoSession *self, HoStream *stream)
{
  HoPacket *packet;

  stream->creating = TRUE;
  stream->changed = FALSE;
  stream->server_tag = ho_server_next_tag (self->server);
  packet = ho_packet_new (stream->spec->record ? HO_COMMAND_CREATE_RECORD_STREAM
                                               : HO_COMMAND_CREATE_PLAYBACK_STREAM,
                          stream->server_tag);
  ho_stream_spec_write (stream->spec, packet, stream->channel);
  ho_packet_finish (packet);
  ho_server_send (self->server, packet);
}

static void
create_all_at_server (HoSession *self)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      HoStream *stream = self->streams->pdata[i];

      if (!stream->live && !stream->creating)
        ho_session_create_at_server (self, stream);
    }
}

static gboolean
recreation_due (gpointer user_data)
{
  HoSession *self = user_data;

  self->recreation_timer = 0;
  if (ho_server_is_ready (self->server))
    create_all_at_server (self);
  return G_SOURCE_REMOVE;
}

static void
recreate_later (HoSession *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->recreation_timer != 0)
    return;
  /* The pause counts from the last attempt; a stream that lived on for a while was no failed one.
   */
  if (now - self->recreated > self->recreation_ms * 1000ll + STABLE_TIME)
    self->recreation_ms = HO_SESSION_FIRST_RECREATION_MS;
  self->recreated = now;
  self->recreation_timer = g_timeout_add (self->recreation_ms, recreation_due, self);
  self->recreation_ms = MIN (self->recreation_ms * 2, LAST_RECREATION_MS);
}

/**
 * ho_session_command_server:
 * @self: a session whose server is ready
 * @command: a command about a stream that takes nothing but its number, and perhaps a switch
 * @number: the server's number of the stream, or of its mixer entry
 * @on: (nullable): the switch
 */
void
ho_session_command_server (HoSession *self, guint32 command, guint32 number, const gboolean *on)
{
  HoPacket *packet = ho_packet_new (command, ho_server_next_tag (self->server));

  ho_packet_u32 (packet, number);
  if (on != NULL)
    ho_packet_boolean (packet, *on);
  ho_packet_finish (packet);
  ho_server_send (self->server, packet);
}

void
ho_session_send_volume (HoSession *self, HoStream *stream)
{
  HoPacket *packet = ho_packet_new (stream->spec->record ? HO_COMMAND_SET_SOURCE_OUTPUT_VOLUME
                                                         : HO_COMMAND_SET_SINK_INPUT_VOLUME,
                                    ho_server_next_tag (self->server));

  ho_packet_u32 (packet, stream->server_index);
  ho_packet_volume (packet, &stream->spec->volume);
  ho_packet_finish (packet);
  ho_server_send (self->server, packet);
}

void
ho_session_send_muted (HoSession *self, HoStream *stream)
{
  ho_session_command_server (self,
                             stream->spec->record ? HO_COMMAND_SET_SOURCE_OUTPUT_MUTE
                                                  : HO_COMMAND_SET_SINK_INPUT_MUTE,
                             stream->server_index, &stream->spec->muted);
}

void
ho_session_send_corked (HoSession *self, HoStream *stream)
{
  ho_session_command_server (
      self, stream->spec->record ? HO_COMMAND_CORK_RECORD_STREAM : HO_COMMAND_CORK_PLAYBACK_STREAM,
      stream->server_channel, &stream->spec->corked);
}

void
ho_session_send_deleted (HoSession *self, HoStream *stream)
{
  ho_session_command_server (self,
                             stream->spec->record ? HO_COMMAND_DELETE_RECORD_STREAM
                                                  : HO_COMMAND_DELETE_PLAYBACK_STREAM,
                             stream->server_channel, NULL);
}

/* A stream is with the server. The client learns that its new stream exists, or, for a stream that
 * it has had all the time, that it is somewhere else now. */
static void
stream_created (HoSession *self, HoStream *stream, HoPlacement *placement)
{
  gboolean record = stream->spec->record;

  ho_stream_go_live (stream, placement);
  if (stream->deleted)
    {
      ho_session_send_deleted (self, stream);
      g_ptr_array_remove (self->streams, stream);
      return;
    }
  if (stream->announced)
    {
      /* The server was told when it made the stream, but not all that was changed since; and
       * PipeWire (0.3.65) leaves out the mute. */
      if (stream->changed)
        ho_session_send_corked (self, stream);
      if (stream->spec->volume_set)
        ho_session_send_volume (self, stream);
      if (stream->spec->muted_set)
        ho_session_send_muted (self, stream);
    }

  placement->channel = placement->index = stream->channel;
  if (!stream->announced)
    {
      stream->announced = TRUE;
      stream->credit = placement->missing;
      ho_session_tell (self,
                       ho_placement_write_creation (placement, stream->create_tag, record,
                                                    &stream->spec->sample, &stream->spec->map));
      return;
    }
  ho_session_tell (self, ho_placement_write_move (placement, record));
  ho_session_answer_drains (self, stream);
}

static gboolean
creation_reply (HoSession *self, HoStream *stream, guint32 command, HoTagReader *reader)
{
  HoPlacement placement;

  stream->creating = FALSE;
  if (command == HO_COMMAND_REPLY)
    {
      if (!ho_placement_read_creation (&placement, reader, stream->spec->record))
        return FALSE;
      stream_created (self, stream, &placement);
      return TRUE;
    }

  if (stream->announced && !stream->deleted)
    {
      /* Its sink is not there yet, perhaps: devices come after the server. */
      recreate_later (self);
      return TRUE;
    }
  if (!stream->deleted)
    ho_session_tell (self, ho_answer_refused (stream->create_tag, ho_tag_reader_u32 (reader)));
  g_ptr_array_remove (self->streams, stream);
  return TRUE;
}

static gboolean
answer_asked (HoSession *self, const HoAsked *asked, guint32 command, HoTagReader *reader)
{
  HoStream *stream = ho_session_find_stream (self, asked->channel, FALSE);
  HoLatency latency;

  if (stream == NULL)
    stream = ho_session_find_stream (self, asked->channel, TRUE);
  if (command == HO_COMMAND_ERROR || stream == NULL)
    {
      ho_session_tell (self, ho_answer_refused (asked->client_tag, HO_REFUSAL_NO_ENTITY));
      return TRUE;
    }
  if (asked->drain)
    {
      ho_session_tell (self, ho_answer_done (asked->client_tag));
      return TRUE;
    }
  if (!ho_latency_read (&latency, reader, stream->spec->record))
    return FALSE;
  ho_stream_correct_latency (stream, &latency);
  ho_session_tell (self, ho_latency_write (&latency, asked->client_tag, stream->spec->record));
  return TRUE;
}

static gboolean
server_reply (HoSession *self, guint32 command, guint32 tag, HoTagReader *reader)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      HoStream *stream = self->streams->pdata[i];

      if (stream->creating && stream->server_tag == tag)
        return creation_reply (self, stream, command, reader);
    }
  for (guint i = 0; i < self->asked->len; i++)
    if (g_array_index (self->asked, HoAsked, i).server_tag == tag)
      {
        HoAsked asked = g_array_index (self->asked, HoAsked, i);

        g_array_remove_index (self->asked, i);
        return answer_asked (self, &asked, command, reader);
      }
  return TRUE; /* of a command whose outcome the client was not made to wait for */
}

static gboolean
server_event (HoSession *self, guint32 command, HoTagReader *reader)
{
  HoTagReader ahead = *reader;
  guint32 channel = ho_tag_reader_u32 (&ahead);
  gboolean record = command == HO_COMMAND_RECORD_STREAM_KILLED
                    || command == HO_COMMAND_RECORD_STREAM_MOVED
                    || command == HO_COMMAND_RECORD_STREAM_SUSPENDED
                    || command == HO_COMMAND_RECORD_BUFFER_ATTR_CHANGED;
  HoStream *stream = ahead.bad ? NULL : find_server_stream (self, channel, record);
  HoPlacement placement;

  if (stream == NULL)
    return TRUE;
  switch (command)
    {
    case HO_COMMAND_REQUEST:
      /* The client is told of all that came at once, see grant(). */
      ho_stream_server_has_room (stream, ho_tag_reader_u32 (&ahead));
      break;

    case HO_COMMAND_OVERFLOW:
    case HO_COMMAND_STARTED:
      ho_session_tell (self, ho_event_plain (command, stream->channel));
      break;

    case HO_COMMAND_UNDERFLOW:
      ho_session_tell (
          self, ho_event_underflow (stream->channel, stream->base + ho_tag_reader_s64 (&ahead)));
      break;

    case HO_COMMAND_PLAYBACK_STREAM_KILLED:
    case HO_COMMAND_RECORD_STREAM_KILLED:
      /* QEMU never makes it again, so we do. Servers also say this on their way out. */
      ho_stream_go_silent (stream, g_get_monotonic_time ());
      ho_session_play_silence (self, stream);
      recreate_later (self);
      break;

    case HO_COMMAND_PLAYBACK_STREAM_SUSPENDED:
    case HO_COMMAND_RECORD_STREAM_SUSPENDED:
      ho_session_tell (
          self, ho_event_suspended (stream->channel, record, ho_tag_reader_boolean (&ahead)));
      break;

    case HO_COMMAND_PLAYBACK_STREAM_MOVED:
    case HO_COMMAND_RECORD_STREAM_MOVED:
      if (!ho_placement_read_move (&placement, reader, record))
        return FALSE;
      ho_stream_set_place (stream, &placement);
      placement.channel = stream->channel;
      ho_session_tell (self, ho_placement_write_move (&placement, record));
      break;

    case HO_COMMAND_PLAYBACK_BUFFER_ATTR_CHANGED:
    case HO_COMMAND_RECORD_BUFFER_ATTR_CHANGED:
      if (!ho_placement_read_attr (&placement, reader, record))
        return FALSE;
      stream->attr = placement.attr;
      placement.channel = stream->channel;
      ho_session_tell (self, ho_placement_write_attr (&placement, record));
      break;

    default:
      break; /* not for a guest */
    }
  return !ahead.bad;
}

static gboolean
server_packet (guint32 command, guint32 tag, HoTagReader *reader, gpointer data)
{
  HoSession *self = data;
  gboolean good;

  if (command == HO_COMMAND_ERROR || command == HO_COMMAND_REPLY)
    good = server_reply (self, command, tag, reader);
  else
    good = server_event (self, command, reader);
  ho_session_update_reading (self);
  return good;
}

static void
server_audio (const HoFrame *frame, gpointer data)
{
  HoSession *self = data;
  HoStream *stream = find_server_stream (self, frame->channel, TRUE);

  if (stream == NULL || ho_port_get_queued (self->client) > HO_SESSION_MANY_RECORDED)
    return;
  if (stream->monitor)
    {
      ho_session_give_silence (self, stream, frame->size);
      return;
    }
  ho_port_send_frame (self->client, stream->channel, frame->payload, frame->size);
  ho_stream_pass (stream, frame->size);
}

/* Asks clients for what the server has room for. */
static void
grant (HoSession *self)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      HoStream *stream = self->streams->pdata[i];
      guint32 bytes;

      if (!stream->live || !stream->announced || stream->deleted || stream->spec->record)
        continue;
      bytes = ho_stream_get_grant (stream);
      if (bytes > 0)
        ho_session_tell (self, ho_event_request (stream->channel, bytes));
    }
}

/**
 * ho_session_is_waiting:
 * @self: a session with a server
 *
 * Returns: whether more is waited for than room for samples
 */
gboolean
ho_session_is_waiting (HoSession *self)
{
  if (!ho_server_is_ready (self->server) || self->asked->len > 0)
    return TRUE;
  for (guint i = 0; i < self->streams->len; i++)
    {
      const HoStream *stream = self->streams->pdata[i];

      if (stream->creating || stream->spec->record)
        return TRUE;
    }
  return FALSE;
}

/* As long as the least patient stream allows. */
static guint
get_rest (HoSession *self)
{
  guint rest = G_MAXUINT;

  for (guint i = 0; i < self->streams->len; i++)
    {
      const HoStream *stream = self->streams->pdata[i];

      if (stream->live)
        rest = MIN (rest, ho_stream_get_rest (stream));
    }
  return rest;
}

static void
server_batch (gboolean begins, gpointer data)
{
  HoSession *self = data;

  if (!begins)
    grant (self);
  ho_session_hold (self, begins);
  if (!begins && !ho_session_is_waiting (self))
    {
      guint rest = get_rest (self);

      if (rest < G_MAXUINT)
        ho_server_rest (self->server, rest);
    }
}

static void
server_ready (gpointer data)
{
  HoSession *self = data;

  self->recreation_ms = HO_SESSION_FIRST_RECREATION_MS;
  create_all_at_server (self);
}

static void
server_lost (gpointer data)
{
  HoSession *self = data;
  g_autoptr (GArray) asked = g_steal_pointer (&self->asked);

  self->asked = g_array_new (FALSE, FALSE, sizeof (HoAsked));
  g_clear_handle_id (&self->recreation_timer, g_source_remove);
  for (guint i = self->streams->len; i-- > 0;)
    {
      HoStream *stream = self->streams->pdata[i];

      stream->creating = FALSE;
      if (stream->deleted)
        g_ptr_array_remove_index (self->streams, i);
      else if (!stream->announced)
        ho_session_announce_silent (self, stream);
      else if (stream->live)
        {
          ho_stream_go_silent (stream, g_get_monotonic_time ());
          ho_session_play_silence (self, stream);
        }
    }
  for (guint i = 0; i < asked->len; i++)
    ho_session_answer_silent (self, &g_array_index (asked, HoAsked, i));
  ho_session_update_reading (self);
}

static void
server_drained (gpointer data)
{
  ho_session_update_reading (data);
}

const HoServerFuncs ho_session_server_funcs
    = { server_ready, server_lost, server_packet, server_audio, server_batch, server_drained };
