/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream-spec.h"

#include <string.h>

#define MAX_DEVICE_NAME 128
#define MAX_BUFFER (4u * 1024 * 1024) /* PulseAudio's own limit */
/* A fragment of recorded audio comes in one frame. */
#define MAX_FRAGMENT (64u * 1024)

void
ho_stream_spec_free (HoStreamSpec *self)
{
  ho_properties_clear (&self->properties);
  g_free (self->device);
  g_free (self);
}

/* Louder than 100 % is for the user to choose, not for a guest. */
static HoVolume
limit (const HoVolume *volume)
{
  HoVolume limited = *volume;

  for (guint8 i = 0; i < limited.channels; i++)
    limited.value[i] = MIN (limited.value[i], HO_VOLUME_NORM);
  return limited;
}

static void
read_device (HoStreamSpec *self, HoTagReader *reader)
{
  /* By number only a client that has seen a list could mean a device, and then a server's restart
   * would change what it means. */
  (void) ho_tag_reader_u32 (reader);
  const char *name = ho_tag_reader_string (reader);

  if (name == NULL || self->record)
    return;
  if (strlen (name) > MAX_DEVICE_NAME || !g_utf8_validate (name, -1, NULL))
    ho_tag_reader_fail (reader);
  else
    self->device = g_strdup (name);
}

/* Flags the client does not decide: the format is the one it asked for, and the user may move the
 * stream. */
static void
skip_booleans (HoTagReader *reader, gsize count)
{
  for (gsize i = 0; i < count; i++)
    (void) ho_tag_reader_boolean (reader);
}

static void
read_formats (HoTagReader *reader)
{
  /* Negotiated formats are for what is not plain samples (AC-3 for a receiver); QEMU has none. */
  if (ho_tag_reader_u8 (reader) != 0)
    ho_tag_reader_fail (reader);
}

static void
read_playback (HoStreamSpec *self, HoTagReader *reader)
{
  self->attr.tlength = ho_tag_reader_u32 (reader);
  self->attr.prebuf = ho_tag_reader_u32 (reader);
  self->attr.minreq = ho_tag_reader_u32 (reader);
  (void) ho_tag_reader_u32 (reader); /* which streams run together: no two do */
  self->volume = ho_tag_reader_volume (reader);
  self->no_remap = ho_tag_reader_boolean (reader);
  self->no_remix = ho_tag_reader_boolean (reader);
  skip_booleans (reader, 5); /* fix format, rate, channels; do not move; variable rate */
  self->muted = ho_tag_reader_boolean (reader);
  self->adjust_latency = ho_tag_reader_boolean (reader);
  ho_properties_read (&self->properties, reader);
  self->volume_set = ho_tag_reader_boolean (reader);
  self->early_requests = ho_tag_reader_boolean (reader);
  self->muted_set = ho_tag_reader_boolean (reader);
  self->no_auto_suspend = ho_tag_reader_boolean (reader);
  skip_booleans (reader, 1); /* fail on suspend */
  self->relative_volume = ho_tag_reader_boolean (reader);
  if (ho_tag_reader_boolean (reader)) /* pass through */
    ho_tag_reader_fail (reader);
  read_formats (reader);
}

static void
read_record (HoStreamSpec *self, HoTagReader *reader)
{
  self->attr.fragsize = ho_tag_reader_u32 (reader);
  self->attr.fragsize = MIN (self->attr.fragsize, MAX_FRAGMENT);
  self->no_remap = ho_tag_reader_boolean (reader);
  self->no_remix = ho_tag_reader_boolean (reader);
  skip_booleans (reader, 5);
  self->peak_detect = ho_tag_reader_boolean (reader);
  self->adjust_latency = ho_tag_reader_boolean (reader);
  ho_properties_read (&self->properties, reader);
  (void) ho_tag_reader_u32 (reader); /* to record one other stream: never */
  self->early_requests = ho_tag_reader_boolean (reader);
  self->no_auto_suspend = ho_tag_reader_boolean (reader);
  skip_booleans (reader, 1);
  read_formats (reader);
  self->volume = ho_tag_reader_volume (reader);
  self->muted = ho_tag_reader_boolean (reader);
  self->volume_set = ho_tag_reader_boolean (reader);
  self->muted_set = ho_tag_reader_boolean (reader);
  self->relative_volume = ho_tag_reader_boolean (reader);
  skip_booleans (reader, 1); /* pass through */
}

/**
 * ho_stream_spec_read:
 * @reader: a reader after the tag of CREATE_PLAYBACK_STREAM or CREATE_RECORD_STREAM
 * @record: which of the two
 *
 * Reads the request for a stream. Recording is only ever from the default source.
 *
 * Returns: (transfer full) (nullable): the stream that is asked for, or %NULL if the packet is
 *   damaged or asks for something that is not given
 */
HoStreamSpec *
ho_stream_spec_read (HoTagReader *reader, gboolean record)
{
  g_autoptr (HoStreamSpec) self = g_new0 (HoStreamSpec, 1);

  self->record = record;
  self->sample = ho_tag_reader_sample_spec (reader);
  self->map = ho_tag_reader_channel_map (reader);
  read_device (self, reader);
  self->attr.maxlength = ho_tag_reader_u32 (reader);
  self->corked = ho_tag_reader_boolean (reader);
  if (record)
    read_record (self, reader);
  else
    read_playback (self, reader);
  self->volume = limit (&self->volume);

  if (!ho_tag_reader_is_done (reader) || self->map.channels != self->sample.channels
      || self->volume.channels != self->sample.channels)
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * ho_stream_spec_set_volume:
 * @self: a stream
 * @volume: what its client sets; more than 100 % counts as 100 %
 */
void
ho_stream_spec_set_volume (HoStreamSpec *self, const HoVolume *volume)
{
  self->volume = limit (volume);
  self->volume_set = TRUE;
  self->relative_volume = FALSE;
}

void
ho_stream_spec_set_muted (HoStreamSpec *self, gboolean muted)
{
  self->muted = muted;
  self->muted_set = TRUE;
}

static void
write_booleans (HoPacket *packet, gsize count)
{
  for (gsize i = 0; i < count; i++)
    ho_packet_boolean (packet, FALSE);
}

/**
 * ho_stream_spec_write:
 * @self: a stream
 * @packet: the packet of the command that makes it
 * @sync_id: a number that no other stream of this connection has
 */
void
ho_stream_spec_write (const HoStreamSpec *self, HoPacket *packet, guint32 sync_id)
{
  ho_packet_sample_spec (packet, &self->sample);
  ho_packet_channel_map (packet, &self->map);
  ho_packet_u32 (packet, HO_INVALID_INDEX);
  ho_packet_string (packet, self->device);
  ho_packet_u32 (packet, self->attr.maxlength);
  ho_packet_boolean (packet, self->corked);
  if (self->record)
    ho_packet_u32 (packet, self->attr.fragsize);
  else
    {
      ho_packet_u32 (packet, self->attr.tlength);
      ho_packet_u32 (packet, self->attr.prebuf);
      ho_packet_u32 (packet, self->attr.minreq);
      ho_packet_u32 (packet, sync_id);
      ho_packet_volume (packet, &self->volume);
    }
  ho_packet_boolean (packet, self->no_remap);
  ho_packet_boolean (packet, self->no_remix);
  write_booleans (packet, 5);
  ho_packet_boolean (packet, self->record ? self->peak_detect : self->muted);
  ho_packet_boolean (packet, self->adjust_latency);
  ho_properties_write (&self->properties, packet);
  if (self->record)
    ho_packet_u32 (packet, HO_INVALID_INDEX);
  else
    ho_packet_boolean (packet, self->volume_set);
  ho_packet_boolean (packet, self->early_requests);
  if (!self->record)
    ho_packet_boolean (packet, self->muted_set);
  ho_packet_boolean (packet, self->no_auto_suspend);
  ho_packet_boolean (packet, FALSE); /* fail on suspend */
  if (!self->record)
    {
      ho_packet_boolean (packet, self->relative_volume);
      ho_packet_boolean (packet, FALSE); /* pass through */
    }
  ho_packet_u8 (packet, 0); /* no negotiated formats */
  if (self->record)
    {
      ho_packet_volume (packet, &self->volume);
      ho_packet_boolean (packet, self->muted);
      ho_packet_boolean (packet, self->volume_set);
      ho_packet_boolean (packet, self->muted_set);
      ho_packet_boolean (packet, self->relative_volume);
      ho_packet_boolean (packet, FALSE);
    }
}

/**
 * ho_stream_spec_guess_attr:
 * @self: a stream
 *
 * Returns: the buffers that a server would give this stream, by PulseAudio's rules: what is told
 *   to a client whose stream begins while no server runs
 */
HoBufferAttr
ho_stream_spec_guess_attr (const HoStreamSpec *self)
{
  guint32 frame = ho_sample_spec_get_frame_size (&self->sample);
  HoBufferAttr attr = self->attr;

  attr.maxlength = MIN (attr.maxlength, MAX_BUFFER);
  attr.maxlength = MAX (attr.maxlength - attr.maxlength % frame, frame * 2);
  if (attr.tlength == HO_INVALID_INDEX)
    attr.tlength = ho_sample_spec_get_bytes (&self->sample, G_GINT64_CONSTANT (2) * G_USEC_PER_SEC);
  attr.tlength = MIN (attr.tlength, attr.maxlength);
  attr.tlength = MAX (attr.tlength - attr.tlength % frame, frame * 2);
  if (attr.minreq == HO_INVALID_INDEX)
    attr.minreq = ho_sample_spec_get_bytes (&self->sample, G_GINT64_CONSTANT (20) * 1000);
  attr.minreq = MIN (attr.minreq, attr.tlength / 2);
  attr.minreq = MAX (attr.minreq - attr.minreq % frame, frame);
  attr.prebuf = MIN (attr.prebuf, attr.tlength);
  attr.prebuf -= attr.prebuf % frame;
  if (attr.fragsize == 0 || attr.fragsize > attr.maxlength)
    attr.fragsize = attr.maxlength;
  attr.fragsize = MAX (attr.fragsize - attr.fragsize % frame, frame);
  return attr;
}
