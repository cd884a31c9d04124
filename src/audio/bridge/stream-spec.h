/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "properties.h"

G_BEGIN_DECLS

/**
 * HoStreamSpec:
 * @record: whether it records; else it plays
 * @device: (nullable): the sink's name; %NULL for the server's choice. Never set for recording
 *
 * A stream as its client asked for it, kept up to date with what the client set later, so that the
 * stream can be made again.
 */
typedef struct
{
  gboolean record;
  HoSampleSpec sample;
  HoChannelMap map;
  char *device;
  HoBufferAttr attr;
  gboolean corked;
  gboolean no_remap;
  gboolean no_remix;
  gboolean peak_detect;
  gboolean adjust_latency;
  gboolean early_requests;
  gboolean no_auto_suspend;
  gboolean relative_volume;
  HoVolume volume;
  gboolean volume_set;
  gboolean muted;
  gboolean muted_set;
  HoProperties properties;
} HoStreamSpec;

HoStreamSpec *ho_stream_spec_read (HoTagReader *reader, gboolean record);
void ho_stream_spec_free (HoStreamSpec *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoStreamSpec, ho_stream_spec_free)

void ho_stream_spec_set_volume (HoStreamSpec *self, const HoVolume *volume);
void ho_stream_spec_set_muted (HoStreamSpec *self, gboolean muted);
void ho_stream_spec_write (const HoStreamSpec *self, HoPacket *packet, guint32 sync_id);
HoBufferAttr ho_stream_spec_guess_attr (const HoStreamSpec *self);

G_END_DECLS
