/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tagstruct.h"

#include <string.h>

#include "frame.h"

/* PA_ENCODING_PCM, what a stream of plain samples has. */
#define ENCODING_PCM 1
#define MAX_POSITION 51 /* PA_CHANNEL_POSITION_MAX */

/**
 * ho_tag_reader_init:
 * @self: a reader
 * @data: the payload of a control frame, which has to outlive the reader
 * @size: its bytes
 */
void
ho_tag_reader_init (HoTagReader *self, const guint8 *data, gsize size)
{
  self->at = data;
  self->left = size;
  self->bad = FALSE;
}

/**
 * ho_tag_reader_is_done:
 * @self: a reader
 *
 * Returns: whether everything that was read was there, and nothing is left
 */
gboolean
ho_tag_reader_is_done (const HoTagReader *self)
{
  return !self->bad && self->left == 0;
}

/**
 * ho_tag_reader_fail:
 * @self: a reader
 *
 * Makes the reader bad, for a value that is well formed and still wrong.
 */
void
ho_tag_reader_fail (HoTagReader *self)
{
  self->bad = TRUE;
  self->left = 0;
}

static const guint8 *
take (HoTagReader *self, gsize size)
{
  const guint8 *taken = self->at;

  if (self->bad || self->left < size)
    {
      ho_tag_reader_fail (self);
      return NULL;
    }
  self->at += size;
  self->left -= size;
  return taken;
}

static guint64
take_number (HoTagReader *self, gsize size)
{
  const guint8 *data = take (self, size);
  guint64 value = 0;

  for (gsize i = 0; data != NULL && i < size; i++)
    value = value << 8 | data[i];
  return value;
}

static void
expect (HoTagReader *self, HoTag tag)
{
  if (take_number (self, 1) != tag)
    ho_tag_reader_fail (self);
}

guint8
ho_tag_reader_u8 (HoTagReader *self)
{
  expect (self, HO_TAG_U8);
  return (guint8) take_number (self, 1);
}

guint32
ho_tag_reader_u32 (HoTagReader *self)
{
  expect (self, HO_TAG_U32);
  return (guint32) take_number (self, 4);
}

guint64
ho_tag_reader_u64 (HoTagReader *self)
{
  expect (self, HO_TAG_U64);
  return take_number (self, 8);
}

gint64
ho_tag_reader_s64 (HoTagReader *self)
{
  expect (self, HO_TAG_S64);
  return (gint64) take_number (self, 8);
}

guint64
ho_tag_reader_usec (HoTagReader *self)
{
  expect (self, HO_TAG_USEC);
  return take_number (self, 8);
}

gboolean
ho_tag_reader_boolean (HoTagReader *self)
{
  guint64 tag = take_number (self, 1);

  if (tag != HO_TAG_TRUE && tag != HO_TAG_FALSE)
    ho_tag_reader_fail (self);
  return tag == HO_TAG_TRUE;
}

/* The text up to its NUL, which must be there. */
static const char *
take_text (HoTagReader *self)
{
  const guint8 *end = self->bad ? NULL : memchr (self->at, '\0', self->left);

  if (end == NULL)
    {
      ho_tag_reader_fail (self);
      return NULL;
    }
  return (const char *) take (self, (gsize) (end - self->at) + 1);
}

/**
 * ho_tag_reader_string:
 * @self: a reader
 *
 * Returns: (nullable): the string, inside the packet; %NULL for the null string or a bad packet
 */
const char *
ho_tag_reader_string (HoTagReader *self)
{
  guint64 tag = take_number (self, 1);

  if (tag == HO_TAG_STRING)
    return take_text (self);
  if (tag != HO_TAG_STRING_NULL)
    ho_tag_reader_fail (self);
  return NULL;
}

/**
 * ho_tag_reader_arbitrary:
 * @self: a reader
 * @size: (out): the bytes returned
 *
 * Returns: (nullable): the bytes, inside the packet
 */
const guint8 *
ho_tag_reader_arbitrary (HoTagReader *self, gsize *size)
{
  expect (self, HO_TAG_ARBITRARY);
  *size = (gsize) take_number (self, 4);
  if (self->bad)
    *size = 0;
  return take (self, *size);
}

HoTimeval
ho_tag_reader_timeval (HoTagReader *self)
{
  HoTimeval value;

  expect (self, HO_TAG_TIMEVAL);
  value.seconds = (guint32) take_number (self, 4);
  value.microseconds = (guint32) take_number (self, 4);
  return value;
}

HoSampleSpec
ho_tag_reader_sample_spec (HoTagReader *self)
{
  HoSampleSpec value;

  expect (self, HO_TAG_SAMPLE_SPEC);
  value.format = (guint8) take_number (self, 1);
  value.channels = (guint8) take_number (self, 1);
  value.rate = (guint32) take_number (self, 4);
  if (!ho_sample_spec_is_valid (&value))
    ho_tag_reader_fail (self);
  return value;
}

HoChannelMap
ho_tag_reader_channel_map (HoTagReader *self)
{
  HoChannelMap value = { 0 };

  expect (self, HO_TAG_CHANNEL_MAP);
  value.channels = (guint8) take_number (self, 1);
  if (value.channels < 1 || value.channels > HO_MAX_CHANNELS)
    {
      ho_tag_reader_fail (self);
      value.channels = 0;
    }
  for (guint8 i = 0; i < value.channels; i++)
    {
      value.position[i] = (guint8) take_number (self, 1);
      if (value.position[i] >= MAX_POSITION)
        ho_tag_reader_fail (self);
    }
  return value;
}

HoVolume
ho_tag_reader_volume (HoTagReader *self)
{
  HoVolume value = { 0 };

  expect (self, HO_TAG_VOLUME);
  value.channels = (guint8) take_number (self, 1);
  if (value.channels < 1 || value.channels > HO_MAX_CHANNELS)
    {
      ho_tag_reader_fail (self);
      value.channels = 0;
    }
  for (guint8 i = 0; i < value.channels; i++)
    value.value[i] = (guint32) take_number (self, 4);
  return value;
}

/**
 * ho_tag_reader_proplist:
 * @self: a reader
 *
 * Begins a property list, whose entries ho_tag_reader_property() reads.
 *
 * Returns: whether there is one
 */
gboolean
ho_tag_reader_proplist (HoTagReader *self)
{
  expect (self, HO_TAG_PROPLIST);
  return !self->bad;
}

/**
 * ho_tag_reader_property:
 * @self: a reader within a property list
 * @key: (out): its key, inside the packet
 * @value: (out): its value, inside the packet
 * @size: (out): the bytes of @value
 *
 * Returns: whether there was another entry
 */
gboolean
ho_tag_reader_property (HoTagReader *self, const char **key, const guint8 **value, gsize *size)
{
  guint32 announced;

  *key = ho_tag_reader_string (self);
  if (*key == NULL)
    return FALSE;
  announced = ho_tag_reader_u32 (self);
  *value = ho_tag_reader_arbitrary (self, size);
  if (announced != *size)
    ho_tag_reader_fail (self);
  return !self->bad;
}

static void
put_number (HoPacket *self, guint64 value, gsize size)
{
  guint8 data[8];

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (value >> (8 * (size - 1 - i)));
  g_byte_array_append (self, data, size);
}

static void
put (HoPacket *self, HoTag tag, guint64 value, gsize size)
{
  put_number (self, tag, 1);
  put_number (self, value, size);
}

/**
 * ho_packet_new:
 * @command: a #HoCommand
 * @tag: what the reply is recognised by
 *
 * Returns: (transfer full): a packet to be filled and then closed with ho_packet_finish()
 */
HoPacket *
ho_packet_new (guint32 command, guint32 tag)
{
  HoPacket *self = g_byte_array_sized_new (256);

  g_byte_array_set_size (self, HO_FRAME_HEADER);
  ho_packet_u32 (self, command);
  ho_packet_u32 (self, tag);
  return self;
}

void
ho_packet_u8 (HoPacket *self, guint8 value)
{
  put (self, HO_TAG_U8, value, 1);
}

void
ho_packet_u32 (HoPacket *self, guint32 value)
{
  put (self, HO_TAG_U32, value, 4);
}

void
ho_packet_u64 (HoPacket *self, guint64 value)
{
  put (self, HO_TAG_U64, value, 8);
}

void
ho_packet_s64 (HoPacket *self, gint64 value)
{
  put (self, HO_TAG_S64, (guint64) value, 8);
}

void
ho_packet_usec (HoPacket *self, guint64 value)
{
  put (self, HO_TAG_USEC, value, 8);
}

void
ho_packet_boolean (HoPacket *self, gboolean value)
{
  put_number (self, value ? HO_TAG_TRUE : HO_TAG_FALSE, 1);
}

void
ho_packet_string (HoPacket *self, const char *value)
{
  put_number (self, value != NULL ? HO_TAG_STRING : HO_TAG_STRING_NULL, 1);
  if (value != NULL)
    g_byte_array_append (self, (const guint8 *) value, strlen (value) + 1);
}

void
ho_packet_arbitrary (HoPacket *self, const void *data, guint32 size)
{
  put (self, HO_TAG_ARBITRARY, size, 4);
  g_byte_array_append (self, data, size);
}

void
ho_packet_timeval (HoPacket *self, HoTimeval value)
{
  put (self, HO_TAG_TIMEVAL, value.seconds, 4);
  put_number (self, value.microseconds, 4);
}

void
ho_packet_sample_spec (HoPacket *self, const HoSampleSpec *value)
{
  put (self, HO_TAG_SAMPLE_SPEC, value->format, 1);
  put_number (self, value->channels, 1);
  put_number (self, value->rate, 4);
}

void
ho_packet_channel_map (HoPacket *self, const HoChannelMap *value)
{
  put (self, HO_TAG_CHANNEL_MAP, value->channels, 1);
  g_byte_array_append (self, value->position, value->channels);
}

void
ho_packet_volume (HoPacket *self, const HoVolume *value)
{
  put (self, HO_TAG_VOLUME, value->channels, 1);
  for (guint8 i = 0; i < value->channels; i++)
    put_number (self, value->value[i], 4);
}

void
ho_packet_proplist_begin (HoPacket *self)
{
  put_number (self, HO_TAG_PROPLIST, 1);
}

void
ho_packet_property (HoPacket *self, const char *key, const char *value)
{
  guint32 size = (guint32) strlen (value) + 1;

  ho_packet_string (self, key);
  ho_packet_u32 (self, size);
  ho_packet_arbitrary (self, value, size);
}

void
ho_packet_proplist_end (HoPacket *self)
{
  ho_packet_string (self, NULL);
}

/**
 * ho_packet_pcm_format:
 * @self: a packet
 *
 * Appends the description of a format that is just samples.
 */
void
ho_packet_pcm_format (HoPacket *self)
{
  put_number (self, HO_TAG_FORMAT_INFO, 1);
  ho_packet_u8 (self, ENCODING_PCM);
  ho_packet_proplist_begin (self);
  ho_packet_proplist_end (self);
}

/**
 * ho_packet_finish:
 * @self: a packet
 *
 * Writes the frame's header: from then on the packet's bytes are what is sent.
 */
void
ho_packet_finish (HoPacket *self)
{
  ho_frame_write_header (self->data, HO_CONTROL_CHANNEL, self->len - HO_FRAME_HEADER);
}
