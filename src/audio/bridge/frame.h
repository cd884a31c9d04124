/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "protocol.h"

G_BEGIN_DECLS

#define HO_FRAME_HEADER 20u

/* No control packet that is let through comes near this. */
#define HO_FRAME_MAX_CONTROL (16u * 1024)
/* libpulse and both servers cut audio into blocks of less than 64 KiB when no memory is shared. */
#define HO_FRAME_MAX_AUDIO (128u * 1024)

/**
 * HoFrame:
 * @channel: the stream's number, or %HO_CONTROL_CHANNEL
 * @offset: where the samples belong
 * @flags: the seek mode, and in the highest bits what tells of shared memory
 * @size: the bytes that follow the header
 * @payload: these bytes
 */
typedef struct
{
  guint32 channel;
  gint64 offset;
  guint32 flags;
  guint32 size;
  const guint8 *payload;
} HoFrame;

/**
 * HoFrameResult:
 * @HO_FRAME_WHOLE: there is a frame
 * @HO_FRAME_SHORT: more bytes are needed
 * @HO_FRAME_BAD: this is no frame that an honest peer sends
 */
typedef enum
{
  HO_FRAME_WHOLE,
  HO_FRAME_SHORT,
  HO_FRAME_BAD,
} HoFrameResult;

HoFrameResult ho_frame_read (const guint8 *data, gsize size, HoFrame *frame);
void ho_frame_write_header (guint8 *header, guint32 channel, guint32 size);

G_END_DECLS
