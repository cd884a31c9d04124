/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame.h"
#include "request.h"
#include "stream.h"

#include <string.h>

#define STEREO_S16 ((HoSampleSpec){ .format = 3, .channels = 2, .rate = 48000 })
#define BYTES_PER_SECOND (48000 * 4)

static const guint8 *
payload (const HoPacket *packet)
{
  return packet->data + HO_FRAME_HEADER;
}

static gsize
payload_size (const HoPacket *packet)
{
  return packet->len - HO_FRAME_HEADER;
}

static HoVerdict
judge (const HoPacket *packet, HoRequest *request, gboolean microphone)
{
  return ho_request_read (request, payload (packet), payload_size (packet), microphone);
}

static HoStreamSpec *
make_spec (gboolean record)
{
  HoStreamSpec *spec = g_new0 (HoStreamSpec, 1);

  spec->record = record;
  spec->sample = STEREO_S16;
  spec->map = (HoChannelMap){ 2, { 1, 2 } };
  spec->volume = (HoVolume){ 2, { HO_VOLUME_NORM, HO_VOLUME_NORM / 2 } };
  spec->volume_set = TRUE;
  spec->attr = (HoBufferAttr){ HO_INVALID_INDEX, 19200, 0, 1920, 4800 };
  spec->device = record ? NULL : g_strdup ("null0");
  ho_properties_set (&spec->properties, HO_PROPERTY_MEDIA_NAME, "win10 sound");
  return spec;
}

static HoPacket *
make_creation (gboolean record)
{
  g_autoptr (HoStreamSpec) spec = make_spec (record);
  HoPacket *packet = ho_packet_new (
      record ? HO_COMMAND_CREATE_RECORD_STREAM : HO_COMMAND_CREATE_PLAYBACK_STREAM, 77);

  ho_stream_spec_write (spec, packet, 0);
  ho_packet_finish (packet);
  return packet;
}

static void
test_frame (void)
{
  guint8 data[HO_FRAME_HEADER + 4] = { 0 };
  HoFrame frame;

  ho_frame_write_header (data, 7, 4);
  for (gsize size = 0; size < sizeof data; size++)
    g_assert_cmpint (ho_frame_read (data, size, &frame), ==, HO_FRAME_SHORT);
  g_assert_cmpint (ho_frame_read (data, sizeof data, &frame), ==, HO_FRAME_WHOLE);
  g_assert_cmpuint (frame.channel, ==, 7);
  g_assert_cmpuint (frame.size, ==, 4);
  g_assert_true (frame.payload == data + HO_FRAME_HEADER);
}

static void
test_bad_frame (void)
{
  guint8 data[HO_FRAME_HEADER];
  HoFrame frame;
  const struct
  {
    guint32 channel, size;
    HoFrameResult result;
  } sizes[] = {
    { 0, 0, HO_FRAME_BAD },
    { HO_CONTROL_CHANNEL, 0, HO_FRAME_BAD },
    { 0, HO_FRAME_MAX_AUDIO, HO_FRAME_SHORT },
    { 0, HO_FRAME_MAX_AUDIO + 1, HO_FRAME_BAD },
    { HO_CONTROL_CHANNEL, HO_FRAME_MAX_CONTROL, HO_FRAME_SHORT },
    { HO_CONTROL_CHANNEL, HO_FRAME_MAX_CONTROL + 1, HO_FRAME_BAD },
    { 0, G_MAXUINT32, HO_FRAME_BAD },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      ho_frame_write_header (data, sizes[i].channel, sizes[i].size);
      g_assert_cmpint (ho_frame_read (data, sizeof data, &frame), ==, sizes[i].result);
    }
  /* Any bit of offset or flags: shared memory, or a place to seek to. */
  for (gsize byte = 8; byte < HO_FRAME_HEADER; byte++)
    {
      ho_frame_write_header (data, 0, 4);
      data[byte] = 1;
      g_assert_cmpint (ho_frame_read (data, sizeof data, &frame), ==, HO_FRAME_BAD);
    }
}

/* Each value is read back, and no beginning of a packet is taken for a whole one. */
static void
test_values (void)
{
  g_autoptr (GByteArray) packet = ho_packet_new (8, 9);
  const HoSampleSpec sample = STEREO_S16;
  HoTagReader reader;
  const guint8 *bytes;
  gsize size;

  ho_packet_u8 (packet, 200);
  ho_packet_u64 (packet, G_MAXUINT64 - 1);
  ho_packet_s64 (packet, -5);
  ho_packet_usec (packet, 12345);
  ho_packet_boolean (packet, TRUE);
  ho_packet_boolean (packet, FALSE);
  ho_packet_string (packet, "text");
  ho_packet_string (packet, NULL);
  ho_packet_arbitrary (packet, "abc", 3);
  ho_packet_timeval (packet, (HoTimeval){ 1, 2 });
  ho_packet_sample_spec (packet, &sample);
  ho_packet_finish (packet);

  ho_tag_reader_init (&reader, payload (packet), payload_size (packet));
  g_assert_cmpuint (ho_tag_reader_u32 (&reader), ==, 8);
  g_assert_cmpuint (ho_tag_reader_u32 (&reader), ==, 9);
  g_assert_cmpuint (ho_tag_reader_u8 (&reader), ==, 200);
  g_assert_cmpuint (ho_tag_reader_u64 (&reader), ==, G_MAXUINT64 - 1);
  g_assert_cmpint (ho_tag_reader_s64 (&reader), ==, -5);
  g_assert_cmpuint (ho_tag_reader_usec (&reader), ==, 12345);
  g_assert_true (ho_tag_reader_boolean (&reader));
  g_assert_false (ho_tag_reader_boolean (&reader));
  g_assert_cmpstr (ho_tag_reader_string (&reader), ==, "text");
  g_assert_null (ho_tag_reader_string (&reader));
  bytes = ho_tag_reader_arbitrary (&reader, &size);
  g_assert_cmpmem (bytes, size, "abc", 3);
  g_assert_cmpuint (ho_tag_reader_timeval (&reader).microseconds, ==, 2);
  g_assert_cmpuint (ho_tag_reader_sample_spec (&reader).rate, ==, 48000);
  g_assert_true (ho_tag_reader_is_done (&reader));

  /* What is not there is zero and makes the reader bad for good. */
  g_assert_cmpuint (ho_tag_reader_u32 (&reader), ==, 0);
  g_assert_false (ho_tag_reader_is_done (&reader));
}

static void
test_policy (void)
{
  guint allowed = 0;

  for (guint32 command = 0; command < 200; command++)
    {
      g_autoptr (GByteArray) packet = ho_packet_new (command, 5);
      g_auto (HoRequest) request = { 0 };
      g_auto (HoRequest) with_microphone = { 0 };

      allowed += judge (packet, &request, FALSE) != HO_VERDICT_REFUSED;
      g_assert_cmpuint (request.tag, ==, 5);
      if (judge (packet, &with_microphone, TRUE) == HO_VERDICT_REFUSED)
        g_assert_cmpint (judge (packet, &request, FALSE), ==, HO_VERDICT_REFUSED);
    }
  /* Without their bodies the eleven commands are broken; but a stream is refused. */
  g_assert_cmpuint (allowed, ==, 10);
}

static void
test_creation (void)
{
  for (int record = 0; record < 2; record++)
    {
      g_autoptr (GByteArray) packet = make_creation (record);
      g_auto (HoRequest) request = { 0 };
      g_auto (HoRequest) quiet = { 0 };

      g_assert_cmpint (judge (packet, &request, TRUE), ==, HO_VERDICT_ALLOWED);
      g_assert_cmpuint (request.tag, ==, 77);
      g_assert_cmpuint (request.spec->sample.rate, ==, 48000);
      g_assert_cmpstr (request.spec->device, ==, record ? NULL : "null0");
      g_assert_cmpuint (request.spec->volume.value[1], ==, HO_VOLUME_NORM / 2);
      g_assert_true (request.spec->volume_set);
      g_assert_cmpuint (request.spec->attr.tlength, ==, record ? 0 : 19200);
      g_assert_cmpuint (request.spec->attr.fragsize, ==, record ? 4800 : 0);
      g_assert_cmpstr (request.spec->properties.value[HO_PROPERTY_MEDIA_NAME], ==, "win10 sound");
      g_assert_cmpint (judge (packet, &quiet, FALSE), ==,
                       record ? HO_VERDICT_REFUSED : HO_VERDICT_ALLOWED);
    }
}

/* No packet that is cut short, and none with a byte too many, is taken. */
static void
test_damaged_creation (void)
{
  g_autoptr (GByteArray) packet = make_creation (FALSE);
  gsize whole = payload_size (packet);

  for (gsize size = 10; size <= whole + 1; size++)
    {
      g_auto (HoRequest) request = { 0 };
      g_autofree guint8 *copy = g_malloc0 (size);

      /* Of its own size, so that a sanitizer sees a step beyond. */
      memcpy (copy, payload (packet), MIN (size, whole));
      g_assert_cmpint (ho_request_read (&request, copy, size, FALSE), ==,
                       size == whole ? HO_VERDICT_ALLOWED : HO_VERDICT_REFUSED);
    }
}

static void
test_properties (void)
{
  g_autoptr (GByteArray) packet = ho_packet_new (HO_COMMAND_SET_CLIENT_NAME, 1);
  g_autofree char *endless = g_strnfill (300, 'x');
  g_auto (HoRequest) request = { 0 };

  ho_packet_proplist_begin (packet);
  ho_packet_property (packet, "application.name", "win10");
  ho_packet_property (packet, "stream.capture.sink", "true");
  ho_packet_property (packet, "node.target", "null0.monitor");
  ho_packet_property (packet, "media.name", endless);
  ho_packet_property (packet, "application.id", "\xff\xfe");
  ho_packet_proplist_end (packet);
  ho_packet_finish (packet);

  g_assert_cmpint (judge (packet, &request, FALSE), ==, HO_VERDICT_ALLOWED);
  for (gsize i = 0; i < HO_N_PROPERTIES; i++)
    g_assert_cmpstr (request.properties.value[i], ==,
                     i == HO_PROPERTY_APPLICATION_NAME ? "win10" : NULL);
}

static void
test_loud (void)
{
  g_autoptr (HoStreamSpec) spec = make_spec (FALSE);
  const HoVolume loud = { 2, { HO_VOLUME_NORM * 10, 5 } };

  ho_stream_spec_set_volume (spec, &loud);
  g_assert_cmpuint (spec->volume.value[0], ==, HO_VOLUME_NORM);
  g_assert_cmpuint (spec->volume.value[1], ==, 5);
}

static void
test_bytes (void)
{
  const HoSampleSpec odd = { .format = 9, .channels = 3, .rate = 44100 };
  const HoSampleSpec most = { .format = 12, .channels = 32, .rate = 768000 };
  const HoSampleSpec bad[]
      = { { 13, 2, 48000 }, { 3, 0, 48000 }, { 3, 33, 48000 }, { 3, 2, 0 }, { 3, 2, 768001 } };

  g_assert_cmpuint (ho_sample_spec_get_frame_size (&odd), ==, 9);
  g_assert_cmpuint (ho_sample_spec_get_bytes (&odd, G_USEC_PER_SEC), ==, 44100 * 9);
  g_assert_cmpuint (ho_sample_spec_get_bytes (&odd, -1), ==, 0);
  g_assert_cmpuint (ho_sample_spec_get_bytes (&most, G_MAXINT64), <=, G_MAXINT32);
  g_assert_cmpuint (ho_sample_spec_get_bytes (&most, G_MAXINT64) % (4 * 32), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ho_sample_spec_is_valid (&bad[i]));
}

static HoStream *
make_live_stream (guint32 tlength)
{
  HoStream *stream = ho_stream_new (3, 0, make_spec (FALSE));
  const HoPlacement placement = { .channel = 40,
                                  .index = 41,
                                  .missing = tlength,
                                  .attr = { 1 << 20, tlength, 0, 1920, 0 },
                                  .device = "null0" };

  ho_stream_go_live (stream, &placement);
  stream->announced = TRUE;
  stream->credit = placement.missing;
  return stream;
}

/* A third of the buffer, at most 15 ms and never nothing. */
static void
test_rest (void)
{
  const struct
  {
    guint32 bytes; /* 192 a millisecond */
    guint rest;
  } cases[] = { { 17 * 192, 6 }, { 30 * 192, 10 }, { 192000, 15 },
                { 3 * 192, 1 },  { 0, 1 },         { HO_INVALID_INDEX, 15 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HoStream) stream = make_live_stream (cases[i].bytes);

      g_assert_cmpuint (ho_stream_get_rest (stream), ==, cases[i].rest);
    }
}

/* While the server lives, the client owes what the server waits for; after a restart too. */
static void
test_credit (void)
{
  g_autoptr (HoStream) stream = make_live_stream (19200);
  const HoPlacement again = { .missing = 19200, .attr = { 1 << 20, 19200, 0, 1920, 0 } };

  ho_stream_pass (stream, 10000);
  ho_stream_server_has_room (stream, 4000);
  g_assert_cmpuint (ho_stream_get_grant (stream), ==, 4000);
  ho_stream_pass (stream, 4000);

  /* 9200 bytes are still owed when the server goes, so the new one asks for 10000 more only. */
  ho_stream_go_silent (stream, 0);
  ho_stream_go_live (stream, &again);
  g_assert_cmpuint (ho_stream_get_grant (stream), ==, 10000);
  ho_stream_pass (stream, 19200);
  ho_stream_server_has_room (stream, 1920);
  g_assert_cmpuint (ho_stream_get_grant (stream), ==, 1920);

  /* The positions that the client hears of go on from where they were. */
  HoLatency latency = { .write_index = 19200, .read_index = 0 };

  ho_stream_correct_latency (stream, &latency);
  g_assert_cmpint (latency.write_index, ==, 14000 + 19200);
}

/* A second of silence takes a second of samples, in whatever steps it is looked at. */
static void
test_silence_pace (void)
{
  const gint64 steps[] = { 1, 333, 7777, 10000, 50000 };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (HoStream) stream = make_live_stream (19200);
      gint64 taken = 0;

      ho_stream_go_silent (stream, 1000);
      for (gint64 now = 1000; now <= 1000 + G_USEC_PER_SEC; now += steps[i])
        {
          guint32 bytes = ho_stream_play_silence (stream, now);

          g_assert_cmpuint (bytes % 4, ==, 0);
          taken += bytes;
          /* The client sends all that it may, at once. */
          ho_stream_pass (stream, (guint32) stream->credit);
        }
      /* Within a buffer's length of the truth. */
      g_assert_cmpint (ABS (taken - BYTES_PER_SECOND), <=, 2 * 19200);
    }
}

static void
test_silence_rests (void)
{
  g_autoptr (HoStream) stream = make_live_stream (19200);

  ho_stream_go_silent (stream, 0);
  /* Nothing came, and all is asked for already: nothing to do, so nothing wakes. */
  g_assert_false (ho_stream_needs_silence (stream));
  ho_stream_pass (stream, 19200);
  g_assert_true (ho_stream_needs_silence (stream));
  ho_stream_set_corked (stream, TRUE, 0);
  g_assert_false (ho_stream_needs_silence (stream));
  ho_stream_set_corked (stream, FALSE, 5 * G_USEC_PER_SEC);
  /* The time it stood still does not count. */
  g_assert_cmpuint (ho_stream_play_silence (stream, 5 * G_USEC_PER_SEC + 10), ==, 0);
  g_assert_cmpuint (ho_stream_play_silence (stream, 6 * G_USEC_PER_SEC), ==, 19200);
  g_assert_false (ho_stream_needs_silence (stream));
}

static void
test_monitor (void)
{
  g_autoptr (HoStream) stream = ho_stream_new (3, 0, make_spec (TRUE));
  HoPlacement placement = { .device = "alsa_output.pci.monitor" };

  ho_stream_go_live (stream, &placement);
  g_assert_true (stream->monitor);
  placement.device = "alsa_input.pci";
  ho_stream_set_place (stream, &placement);
  g_assert_false (stream->monitor);
}

static void
test_guessed_buffers (void)
{
  const HoBufferAttr wishes[] = {
    { HO_INVALID_INDEX, HO_INVALID_INDEX, HO_INVALID_INDEX, HO_INVALID_INDEX, HO_INVALID_INDEX },
    { 0, 0, 0, 0, 0 },
    { 1, 1, 1, 1, 1 },
    { HO_INVALID_INDEX, 19201, 0, 1921, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wishes); i++)
    {
      g_autoptr (HoStreamSpec) spec = make_spec (FALSE);
      HoBufferAttr attr;

      spec->attr = wishes[i];
      attr = ho_stream_spec_guess_attr (spec);
      g_assert_cmpuint (attr.maxlength, <=, 4 * 1024 * 1024);
      g_assert_cmpuint (attr.tlength, <=, attr.maxlength);
      g_assert_cmpuint (attr.minreq, <=, attr.tlength);
      g_assert_cmpuint (attr.minreq, >=, 4);
      g_assert_cmpuint ((attr.maxlength | attr.tlength | attr.minreq | attr.prebuf) % 4, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/frame", test_frame);
  g_test_add_func ("/bridge/bad-frame", test_bad_frame);
  g_test_add_func ("/bridge/values", test_values);
  g_test_add_func ("/bridge/policy", test_policy);
  g_test_add_func ("/bridge/creation", test_creation);
  g_test_add_func ("/bridge/damaged-creation", test_damaged_creation);
  g_test_add_func ("/bridge/properties", test_properties);
  g_test_add_func ("/bridge/loud", test_loud);
  g_test_add_func ("/bridge/bytes", test_bytes);
  g_test_add_func ("/bridge/credit", test_credit);
  g_test_add_func ("/bridge/rest", test_rest);
  g_test_add_func ("/bridge/silence-pace", test_silence_pace);
  g_test_add_func ("/bridge/silence-rests", test_silence_rests);
  g_test_add_func ("/bridge/monitor", test_monitor);
  g_test_add_func ("/bridge/guessed-buffers", test_guessed_buffers);
  return g_test_run ();
}
