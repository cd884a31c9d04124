/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* PulseAudio's native protocol, as far as the bridge speaks it. The numbers are those of
 * PulseAudio's native-common.h; its protocol.txt tells what each version changed. */

/* The protocol that is offered to both sides, and the oldest that is understood: from 26
 * (PulseAudio 2.0) to 35 no message used here has changed. */
#define HO_PROTOCOL_VERSION 35
#define HO_PROTOCOL_OLDEST 26
/* In AUTH the high bits of the version offer shared memory and memfds. Without them audio is copied
 * through the socket, and no file descriptor ever travels. */
#define HO_PROTOCOL_VERSION_MASK 0xffffu

#define HO_CONTROL_CHANNEL 0xffffffffu
#define HO_INVALID_INDEX 0xffffffffu
#define HO_NO_TAG 0xffffffffu

#define HO_MAX_CHANNELS 32
#define HO_VOLUME_NORM 0x10000u

typedef enum
{
  HO_COMMAND_ERROR = 0,
  HO_COMMAND_REPLY = 2,
  HO_COMMAND_CREATE_PLAYBACK_STREAM = 3,
  HO_COMMAND_DELETE_PLAYBACK_STREAM = 4,
  HO_COMMAND_CREATE_RECORD_STREAM = 5,
  HO_COMMAND_DELETE_RECORD_STREAM = 6,
  HO_COMMAND_AUTH = 8,
  HO_COMMAND_SET_CLIENT_NAME = 9,
  HO_COMMAND_DRAIN_PLAYBACK_STREAM = 12,
  HO_COMMAND_GET_PLAYBACK_LATENCY = 14,
  HO_COMMAND_SET_SINK_INPUT_VOLUME = 37,
  HO_COMMAND_CORK_PLAYBACK_STREAM = 41,
  HO_COMMAND_FLUSH_PLAYBACK_STREAM = 42,
  HO_COMMAND_TRIGGER_PLAYBACK_STREAM = 43,
  HO_COMMAND_GET_RECORD_LATENCY = 57,
  HO_COMMAND_CORK_RECORD_STREAM = 58,
  HO_COMMAND_FLUSH_RECORD_STREAM = 59,
  HO_COMMAND_REQUEST = 61,
  HO_COMMAND_OVERFLOW = 62,
  HO_COMMAND_UNDERFLOW = 63,
  HO_COMMAND_PLAYBACK_STREAM_KILLED = 64,
  HO_COMMAND_RECORD_STREAM_KILLED = 65,
  HO_COMMAND_SET_SINK_INPUT_MUTE = 69,
  HO_COMMAND_PLAYBACK_STREAM_SUSPENDED = 76,
  HO_COMMAND_RECORD_STREAM_SUSPENDED = 77,
  HO_COMMAND_PLAYBACK_STREAM_MOVED = 78,
  HO_COMMAND_RECORD_STREAM_MOVED = 79,
  HO_COMMAND_STARTED = 86,
  HO_COMMAND_PLAYBACK_BUFFER_ATTR_CHANGED = 95,
  HO_COMMAND_RECORD_BUFFER_ATTR_CHANGED = 96,
  HO_COMMAND_SET_SOURCE_OUTPUT_VOLUME = 99,
  HO_COMMAND_SET_SOURCE_OUTPUT_MUTE = 100,
} HoCommand;

typedef enum
{
  HO_REFUSAL_ACCESS = 1,
  HO_REFUSAL_NO_ENTITY = 5,
  HO_REFUSAL_PROTOCOL = 7,
  HO_REFUSAL_TOO_LARGE = 9,
  HO_REFUSAL_VERSION = 17,
} HoRefusal;

/* The letters that stand before each value of a control packet. */
typedef enum
{
  HO_TAG_STRING = 't',
  HO_TAG_STRING_NULL = 'N',
  HO_TAG_U32 = 'L',
  HO_TAG_U8 = 'B',
  HO_TAG_U64 = 'R',
  HO_TAG_S64 = 'r',
  HO_TAG_SAMPLE_SPEC = 'a',
  HO_TAG_ARBITRARY = 'x',
  HO_TAG_TRUE = '1',
  HO_TAG_FALSE = '0',
  HO_TAG_TIMEVAL = 'T',
  HO_TAG_USEC = 'U',
  HO_TAG_CHANNEL_MAP = 'm',
  HO_TAG_VOLUME = 'v',
  HO_TAG_PROPLIST = 'P',
  HO_TAG_FORMAT_INFO = 'f',
} HoTag;

/**
 * HoSampleSpec:
 * @format: a pa_sample_format_t
 * @channels: 1 to %HO_MAX_CHANNELS
 * @rate: frames a second
 */
typedef struct
{
  guint8 format;
  guint8 channels;
  guint32 rate;
} HoSampleSpec;

typedef struct
{
  guint8 channels;
  guint8 position[HO_MAX_CHANNELS];
} HoChannelMap;

typedef struct
{
  guint8 channels;
  guint32 value[HO_MAX_CHANNELS];
} HoVolume;

/**
 * HoBufferAttr:
 *
 * A pa_buffer_attr; all in bytes, %HO_INVALID_INDEX for the server's choice.
 */
typedef struct
{
  guint32 maxlength;
  guint32 tlength;
  guint32 prebuf;
  guint32 minreq;
  guint32 fragsize;
} HoBufferAttr;

typedef struct
{
  guint32 seconds;
  guint32 microseconds;
} HoTimeval;

gboolean ho_sample_spec_is_valid (const HoSampleSpec *self);
guint32 ho_sample_spec_get_frame_size (const HoSampleSpec *self);
guint32 ho_sample_spec_get_bytes (const HoSampleSpec *self, gint64 microseconds);

G_END_DECLS
