/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame.h"

static guint32
get_u32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

static void
put_u32 (guint8 *data, guint32 value)
{
  data[0] = value >> 24;
  data[1] = value >> 16;
  data[2] = value >> 8;
  data[3] = value;
}

/**
 * ho_frame_read:
 * @data: what came from a peer
 * @size: bytes in @data
 * @frame: (out): the first frame; its payload points into @data
 *
 * A frame is five big-endian words (size, channel, offset in two, flags) and its payload. One that
 * is empty, too long, or refers to shared memory is bad: shared memory was never agreed on, and its
 * descriptors would name memory of somebody else.
 *
 * Returns: whether there is a whole frame
 */
HoFrameResult
ho_frame_read (const guint8 *data, gsize size, HoFrame *frame)
{
  guint32 limit;

  if (size < HO_FRAME_HEADER)
    return HO_FRAME_SHORT;

  frame->size = get_u32 (data);
  frame->channel = get_u32 (data + 4);
  frame->offset = (gint64) ((guint64) get_u32 (data + 8) << 32 | get_u32 (data + 12));
  frame->flags = get_u32 (data + 16);
  frame->payload = data + HO_FRAME_HEADER;

  limit = frame->channel == HO_CONTROL_CHANNEL ? HO_FRAME_MAX_CONTROL : HO_FRAME_MAX_AUDIO;
  /* A control packet has nothing to say in offset and flags; audio is appended, as QEMU and every
   * plain player do it: no place to seek to. */
  if (frame->size == 0 || frame->size > limit || frame->flags != 0 || frame->offset != 0)
    return HO_FRAME_BAD;

  return size - HO_FRAME_HEADER < frame->size ? HO_FRAME_SHORT : HO_FRAME_WHOLE;
}

/**
 * ho_frame_write_header:
 * @header: %HO_FRAME_HEADER bytes
 * @channel: a stream's number, or %HO_CONTROL_CHANNEL
 * @size: the bytes that follow
 *
 * Writes the header of a frame that is appended to what came before.
 */
void
ho_frame_write_header (guint8 *header, guint32 channel, guint32 size)
{
  put_u32 (header, size);
  put_u32 (header + 4, channel);
  put_u32 (header + 8, 0);
  put_u32 (header + 12, 0);
  put_u32 (header + 16, 0);
}
