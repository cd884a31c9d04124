/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answer.h"

/* What goes from a server to its clients: read from the real one, written to ours. Nothing is
 * handed on as it came. */

static void
read_attr (HoPlacement *self, HoTagReader *reader, gboolean record)
{
  self->attr.maxlength = ho_tag_reader_u32 (reader);
  if (record)
    {
      self->attr.fragsize = ho_tag_reader_u32 (reader);
      return;
    }
  self->attr.tlength = ho_tag_reader_u32 (reader);
  self->attr.prebuf = ho_tag_reader_u32 (reader);
  self->attr.minreq = ho_tag_reader_u32 (reader);
}

static void
write_attr (const HoPlacement *self, HoPacket *packet, gboolean record)
{
  ho_packet_u32 (packet, self->attr.maxlength);
  if (record)
    {
      ho_packet_u32 (packet, self->attr.fragsize);
      return;
    }
  ho_packet_u32 (packet, self->attr.tlength);
  ho_packet_u32 (packet, self->attr.prebuf);
  ho_packet_u32 (packet, self->attr.minreq);
}

static void
read_device (HoPlacement *self, HoTagReader *reader)
{
  self->device_index = ho_tag_reader_u32 (reader);
  self->device = ho_tag_reader_string (reader);
  self->suspended = ho_tag_reader_boolean (reader);
}

static void
write_device (const HoPlacement *self, HoPacket *packet)
{
  ho_packet_u32 (packet, self->device_index);
  ho_packet_string (packet, self->device);
  ho_packet_boolean (packet, self->suspended);
}

/**
 * ho_placement_read_creation:
 * @self: (out caller-allocates): where the new stream is
 * @reader: a reader after the tag of the reply to a stream's creation
 * @record: whether it records
 *
 * Returns: whether the reply is whole
 */
gboolean
ho_placement_read_creation (HoPlacement *self, HoTagReader *reader, gboolean record)
{
  *self = (HoPlacement){ 0 };
  self->channel = ho_tag_reader_u32 (reader);
  self->index = ho_tag_reader_u32 (reader);
  if (!record)
    self->missing = ho_tag_reader_u32 (reader);
  read_attr (self, reader, record);
  (void) ho_tag_reader_sample_spec (reader); /* as asked for, since no flag left it open */
  (void) ho_tag_reader_channel_map (reader);
  read_device (self, reader);
  self->latency = ho_tag_reader_usec (reader);
  /* A description of the format follows, of which nothing is needed. */
  return !reader->bad;
}

/**
 * ho_placement_read_move:
 * @self: (out caller-allocates): where the stream is now; its index and missing bytes are not told
 * @reader: a reader after the tag of PLAYBACK_STREAM_MOVED or RECORD_STREAM_MOVED
 * @record: which of the two
 *
 * Returns: whether the message is whole
 */
gboolean
ho_placement_read_move (HoPlacement *self, HoTagReader *reader, gboolean record)
{
  *self = (HoPlacement){ 0 };
  self->channel = ho_tag_reader_u32 (reader);
  read_device (self, reader);
  read_attr (self, reader, record);
  self->latency = ho_tag_reader_usec (reader);
  return ho_tag_reader_is_done (reader);
}

/**
 * ho_placement_read_attr:
 * @self: (out caller-allocates): the stream's new buffers; the device is not told
 * @reader: a reader after the tag of PLAYBACK_BUFFER_ATTR_CHANGED or RECORD_BUFFER_ATTR_CHANGED
 * @record: which of the two
 *
 * Returns: whether the message is whole
 */
gboolean
ho_placement_read_attr (HoPlacement *self, HoTagReader *reader, gboolean record)
{
  *self = (HoPlacement){ 0 };
  self->channel = ho_tag_reader_u32 (reader);
  read_attr (self, reader, record);
  self->latency = ho_tag_reader_usec (reader);
  return ho_tag_reader_is_done (reader);
}

/**
 * ho_placement_write_creation:
 * @self: where the new stream is, in the client's numbers
 * @tag: the tag of the client's command
 * @record: whether it records
 * @sample: the stream's samples
 * @map: its channels
 *
 * Returns: (transfer full): the reply for the client
 */
HoPacket *
ho_placement_write_creation (const HoPlacement *self, guint32 tag, gboolean record,
                             const HoSampleSpec *sample, const HoChannelMap *map)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_REPLY, tag);

  ho_packet_u32 (packet, self->channel);
  ho_packet_u32 (packet, self->index);
  if (!record)
    ho_packet_u32 (packet, self->missing);
  write_attr (self, packet, record);
  ho_packet_sample_spec (packet, sample);
  ho_packet_channel_map (packet, map);
  write_device (self, packet);
  ho_packet_usec (packet, self->latency);
  ho_packet_pcm_format (packet);
  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_placement_write_move (const HoPlacement *self, gboolean record)
{
  HoPacket *packet = ho_packet_new (
      record ? HO_COMMAND_RECORD_STREAM_MOVED : HO_COMMAND_PLAYBACK_STREAM_MOVED, HO_NO_TAG);

  ho_packet_u32 (packet, self->channel);
  write_device (self, packet);
  write_attr (self, packet, record);
  ho_packet_usec (packet, self->latency);
  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_placement_write_attr (const HoPlacement *self, gboolean record)
{
  HoPacket *packet = ho_packet_new (record ? HO_COMMAND_RECORD_BUFFER_ATTR_CHANGED
                                           : HO_COMMAND_PLAYBACK_BUFFER_ATTR_CHANGED,
                                    HO_NO_TAG);

  ho_packet_u32 (packet, self->channel);
  write_attr (self, packet, record);
  ho_packet_usec (packet, self->latency);
  ho_packet_finish (packet);
  return packet;
}

/**
 * ho_latency_read:
 * @self: (out caller-allocates): the latency
 * @reader: a reader after the tag of the reply
 * @record: whether the stream records
 *
 * Returns: whether the reply is whole
 */
gboolean
ho_latency_read (HoLatency *self, HoTagReader *reader, gboolean record)
{
  *self = (HoLatency){ 0 };
  self->sink = ho_tag_reader_usec (reader);
  self->source = ho_tag_reader_usec (reader);
  self->playing = ho_tag_reader_boolean (reader);
  self->local = ho_tag_reader_timeval (reader);
  self->remote = ho_tag_reader_timeval (reader);
  self->write_index = ho_tag_reader_s64 (reader);
  self->read_index = ho_tag_reader_s64 (reader);
  if (!record)
    {
      self->underrun_for = ho_tag_reader_u64 (reader);
      self->playing_for = ho_tag_reader_u64 (reader);
    }
  return ho_tag_reader_is_done (reader);
}

HoPacket *
ho_latency_write (const HoLatency *self, guint32 tag, gboolean record)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_REPLY, tag);

  ho_packet_usec (packet, self->sink);
  ho_packet_usec (packet, self->source);
  ho_packet_boolean (packet, self->playing);
  ho_packet_timeval (packet, self->local);
  ho_packet_timeval (packet, self->remote);
  ho_packet_s64 (packet, self->write_index);
  ho_packet_s64 (packet, self->read_index);
  if (!record)
    {
      ho_packet_u64 (packet, self->underrun_for);
      ho_packet_u64 (packet, self->playing_for);
    }
  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_answer_done (guint32 tag)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_REPLY, tag);

  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_answer_refused (guint32 tag, HoRefusal refusal)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_ERROR, tag);

  ho_packet_u32 (packet, refusal);
  ho_packet_finish (packet);
  return packet;
}

/**
 * ho_answer_number:
 * @tag: the tag of the client's command
 * @number: the one thing the reply holds: AUTH's version, SET_CLIENT_NAME's client
 *
 * Returns: (transfer full): the reply
 */
HoPacket *
ho_answer_number (guint32 tag, guint32 number)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_REPLY, tag);

  ho_packet_u32 (packet, number);
  ho_packet_finish (packet);
  return packet;
}

/**
 * ho_event_plain:
 * @command: a message that names nothing but a stream: OVERFLOW, STARTED, …KILLED
 * @channel: the stream
 *
 * Returns: (transfer full): the message
 */
HoPacket *
ho_event_plain (guint32 command, guint32 channel)
{
  HoPacket *packet = ho_packet_new (command, HO_NO_TAG);

  ho_packet_u32 (packet, channel);
  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_event_request (guint32 channel, guint32 bytes)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_REQUEST, HO_NO_TAG);

  ho_packet_u32 (packet, channel);
  ho_packet_u32 (packet, bytes);
  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_event_underflow (guint32 channel, gint64 index)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_UNDERFLOW, HO_NO_TAG);

  ho_packet_u32 (packet, channel);
  ho_packet_s64 (packet, index);
  ho_packet_finish (packet);
  return packet;
}

HoPacket *
ho_event_suspended (guint32 channel, gboolean record, gboolean suspended)
{
  HoPacket *packet = ho_packet_new (record ? HO_COMMAND_RECORD_STREAM_SUSPENDED
                                           : HO_COMMAND_PLAYBACK_STREAM_SUSPENDED,
                                    HO_NO_TAG);

  ho_packet_u32 (packet, channel);
  ho_packet_boolean (packet, suspended);
  ho_packet_finish (packet);
  return packet;
}
