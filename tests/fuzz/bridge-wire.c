/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "frame.h"
#include "request.h"
#include "stream.h"

/* Everything in the bridge that reads packets, without anything around it. What is taken is written
 * and has to be taken again. */

static void
read_back (const HoStreamSpec *spec)
{
  g_autoptr (GByteArray) packet = ho_packet_new (
      spec->record ? HO_COMMAND_CREATE_RECORD_STREAM : HO_COMMAND_CREATE_PLAYBACK_STREAM, 1);
  g_auto (HoRequest) again = { 0 };
  HoFrame frame;

  ho_stream_spec_write (spec, packet, 1);
  ho_packet_finish (packet);
  g_assert_cmpint (ho_frame_read (packet->data, packet->len, &frame), ==, HO_FRAME_WHOLE);
  g_assert_cmpint (ho_request_read (&again, frame.payload, frame.size, TRUE), ==,
                   HO_VERDICT_ALLOWED);
  g_assert_cmpuint (again.spec->sample.rate, ==, spec->sample.rate);
  g_assert_cmpstr (again.spec->device, ==, spec->device);
}

static void
play (HoStreamSpec *spec)
{
  g_autoptr (HoStream) stream = ho_stream_new (1, 2, spec);
  HoPlacement placement = ho_stream_get_silent_placement (stream);
  gint64 now = 0;

  stream->announced = TRUE;
  stream->credit = placement.missing;
  ho_stream_go_silent (stream, now);
  for (int i = 0; i < 20; i++)
    {
      guint32 bytes = ho_stream_play_silence (stream, now += 10000);

      g_assert_cmpuint (bytes % ho_sample_spec_get_frame_size (&spec->sample), ==, 0);
      ho_stream_pass (stream, bytes);
      g_assert_cmpint (stream->fill, >=, 0);
      g_assert_cmpint (stream->fill, <=, stream->attr.maxlength);
    }
  ho_stream_go_live (stream, &placement);
  ho_stream_server_has_room (stream, G_MAXUINT32);
  (void) ho_stream_get_grant (stream);
}

static void
from_client (const HoFrame *frame, gboolean microphone)
{
  g_auto (HoRequest) request = { 0 };

  if (ho_request_read (&request, frame->payload, frame->size, microphone) != HO_VERDICT_ALLOWED
      || request.spec == NULL)
    return;
  g_assert_true (microphone || !request.spec->record);
  read_back (request.spec);
  play (g_steal_pointer (&request.spec));
}

static void
from_server (const HoFrame *frame, gboolean record)
{
  HoTagReader reader;
  HoPlacement placement;
  HoLatency latency;

  ho_tag_reader_init (&reader, frame->payload, frame->size);
  ho_placement_read_creation (&placement, &reader, record);
  ho_tag_reader_init (&reader, frame->payload, frame->size);
  ho_placement_read_move (&placement, &reader, record);
  ho_tag_reader_init (&reader, frame->payload, frame->size);
  ho_placement_read_attr (&placement, &reader, record);
  ho_tag_reader_init (&reader, frame->payload, frame->size);
  ho_latency_read (&latency, &reader, record);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  HoFrame frame;
  size_t at = 0;

  while (ho_frame_read (data + at, size - at, &frame) == HO_FRAME_WHOLE)
    {
      if (frame.channel == HO_CONTROL_CHANNEL)
        {
          from_client (&frame, FALSE);
          from_client (&frame, TRUE);
          from_server (&frame, FALSE);
          from_server (&frame, TRUE);
        }
      at += HO_FRAME_HEADER + frame.size;
    }
  return 0;
}
