/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "protocol.h"

G_BEGIN_DECLS

/**
 * HoTagReader:
 *
 * Reads the values of a control packet in their order. The first value that is not what was asked
 * for, or not there, makes the reader bad, and everything read from then on is zero; so a packet is
 * read whole and judged once, by ho_tag_reader_is_done().
 */
typedef struct
{
  const guint8 *at;
  gsize left;
  gboolean bad;
} HoTagReader;

void ho_tag_reader_init (HoTagReader *self, const guint8 *data, gsize size);
gboolean ho_tag_reader_is_done (const HoTagReader *self);
void ho_tag_reader_fail (HoTagReader *self);

guint8 ho_tag_reader_u8 (HoTagReader *self);
guint32 ho_tag_reader_u32 (HoTagReader *self);
guint64 ho_tag_reader_u64 (HoTagReader *self);
gint64 ho_tag_reader_s64 (HoTagReader *self);
guint64 ho_tag_reader_usec (HoTagReader *self);
gboolean ho_tag_reader_boolean (HoTagReader *self);
const char *ho_tag_reader_string (HoTagReader *self);
const guint8 *ho_tag_reader_arbitrary (HoTagReader *self, gsize *size);
HoTimeval ho_tag_reader_timeval (HoTagReader *self);
HoSampleSpec ho_tag_reader_sample_spec (HoTagReader *self);
HoChannelMap ho_tag_reader_channel_map (HoTagReader *self);
HoVolume ho_tag_reader_volume (HoTagReader *self);
gboolean ho_tag_reader_proplist (HoTagReader *self);
gboolean ho_tag_reader_property (HoTagReader *self, const char **key, const guint8 **value,
                                 gsize *size);

/**
 * HoPacket:
 *
 * A control packet that is being written, with room for its frame's header in front.
 */
typedef GByteArray HoPacket;

HoPacket *ho_packet_new (guint32 command, guint32 tag);
void ho_packet_u8 (HoPacket *self, guint8 value);
void ho_packet_u32 (HoPacket *self, guint32 value);
void ho_packet_u64 (HoPacket *self, guint64 value);
void ho_packet_s64 (HoPacket *self, gint64 value);
void ho_packet_usec (HoPacket *self, guint64 value);
void ho_packet_boolean (HoPacket *self, gboolean value);
void ho_packet_string (HoPacket *self, const char *value);
void ho_packet_arbitrary (HoPacket *self, const void *data, guint32 size);
void ho_packet_timeval (HoPacket *self, HoTimeval value);
void ho_packet_sample_spec (HoPacket *self, const HoSampleSpec *value);
void ho_packet_channel_map (HoPacket *self, const HoChannelMap *value);
void ho_packet_volume (HoPacket *self, const HoVolume *value);
void ho_packet_proplist_begin (HoPacket *self);
void ho_packet_property (HoPacket *self, const char *key, const char *value);
void ho_packet_proplist_end (HoPacket *self);
void ho_packet_pcm_format (HoPacket *self);
void ho_packet_finish (HoPacket *self);

G_END_DECLS
