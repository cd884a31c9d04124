/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tagstruct.h"

G_BEGIN_DECLS

/**
 * HoPlacement:
 * @channel: the stream's number on its connection
 * @index: the number of its mixer entry
 * @missing: playing: the bytes that are asked for at once
 * @device: (nullable): the device's name; inside the packet when it was read
 * @latency: configured latency of the device, in microseconds
 *
 * Where a stream has come to be: the answer to its creation, and the news when it moves.
 */
typedef struct
{
  guint32 channel;
  guint32 index;
  guint32 missing;
  HoBufferAttr attr;
  guint32 device_index;
  const char *device;
  gboolean suspended;
  guint64 latency;
} HoPlacement;

gboolean ho_placement_read_creation (HoPlacement *self, HoTagReader *reader, gboolean record);
gboolean ho_placement_read_move (HoPlacement *self, HoTagReader *reader, gboolean record);
gboolean ho_placement_read_attr (HoPlacement *self, HoTagReader *reader, gboolean record);

HoPacket *ho_placement_write_creation (const HoPlacement *self, guint32 tag, gboolean record,
                                       const HoSampleSpec *sample, const HoChannelMap *map);
HoPacket *ho_placement_write_move (const HoPlacement *self, gboolean record);
HoPacket *ho_placement_write_attr (const HoPlacement *self, gboolean record);

/**
 * HoLatency:
 *
 * The answer to GET_PLAYBACK_LATENCY and GET_RECORD_LATENCY.
 */
typedef struct
{
  guint64 sink;
  guint64 source;
  gboolean playing;
  HoTimeval local;
  HoTimeval remote;
  gint64 write_index;
  gint64 read_index;
  guint64 underrun_for;
  guint64 playing_for;
} HoLatency;

gboolean ho_latency_read (HoLatency *self, HoTagReader *reader, gboolean record);
HoPacket *ho_latency_write (const HoLatency *self, guint32 tag, gboolean record);

HoPacket *ho_answer_done (guint32 tag);
HoPacket *ho_answer_refused (guint32 tag, HoRefusal refusal);
HoPacket *ho_answer_number (guint32 tag, guint32 number);
HoPacket *ho_event_plain (guint32 command, guint32 channel);
HoPacket *ho_event_request (guint32 channel, guint32 bytes);
HoPacket *ho_event_underflow (guint32 channel, gint64 index);
HoPacket *ho_event_suspended (guint32 channel, gboolean record, gboolean suspended);

G_END_DECLS
