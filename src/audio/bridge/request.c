/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "request.h"

#define COOKIE_LENGTH 256

typedef void (*HoRequestRead) (HoRequest *self, HoTagReader *reader);

static void
read_auth (HoRequest *self, HoTagReader *reader)
{
  gsize size;

  self->version = ho_tag_reader_u32 (reader) & HO_PROTOCOL_VERSION_MASK;
  /* The cookie says nothing here: the kernel has told who the client is. */
  (void) ho_tag_reader_arbitrary (reader, &size);
  if (size != COOKIE_LENGTH)
    ho_tag_reader_fail (reader);
}

static void
read_name (HoRequest *self, HoTagReader *reader)
{
  ho_properties_read (&self->properties, reader);
}

static void
read_playback (HoRequest *self, HoTagReader *reader)
{
  self->spec = ho_stream_spec_read (reader, FALSE);
  if (self->spec == NULL)
    ho_tag_reader_fail (reader);
}

static void
read_record (HoRequest *self, HoTagReader *reader)
{
  self->spec = ho_stream_spec_read (reader, TRUE);
  if (self->spec == NULL)
    ho_tag_reader_fail (reader);
}

static void
read_index (HoRequest *self, HoTagReader *reader)
{
  self->index = ho_tag_reader_u32 (reader);
}

static void
read_switch (HoRequest *self, HoTagReader *reader)
{
  self->index = ho_tag_reader_u32 (reader);
  self->on = ho_tag_reader_boolean (reader);
}

static void
read_volume (HoRequest *self, HoTagReader *reader)
{
  self->index = ho_tag_reader_u32 (reader);
  self->volume = ho_tag_reader_volume (reader);
}

static void
read_latency (HoRequest *self, HoTagReader *reader)
{
  self->index = ho_tag_reader_u32 (reader);
  self->time = ho_tag_reader_timeval (reader);
}

/* The policy: whatever is not in this table is refused. */
static const struct
{
  HoCommand command;
  HoRequestRead read;
  gboolean microphone;
} allowed[] = {
  { HO_COMMAND_AUTH, read_auth, FALSE },
  { HO_COMMAND_SET_CLIENT_NAME, read_name, FALSE },
  { HO_COMMAND_CREATE_PLAYBACK_STREAM, read_playback, FALSE },
  { HO_COMMAND_DELETE_PLAYBACK_STREAM, read_index, FALSE },
  { HO_COMMAND_DRAIN_PLAYBACK_STREAM, read_index, FALSE },
  { HO_COMMAND_GET_PLAYBACK_LATENCY, read_latency, FALSE },
  { HO_COMMAND_CORK_PLAYBACK_STREAM, read_switch, FALSE },
  { HO_COMMAND_FLUSH_PLAYBACK_STREAM, read_index, FALSE },
  { HO_COMMAND_TRIGGER_PLAYBACK_STREAM, read_index, FALSE },
  { HO_COMMAND_SET_SINK_INPUT_VOLUME, read_volume, FALSE },
  { HO_COMMAND_SET_SINK_INPUT_MUTE, read_switch, FALSE },
  { HO_COMMAND_CREATE_RECORD_STREAM, read_record, TRUE },
  { HO_COMMAND_DELETE_RECORD_STREAM, read_index, TRUE },
  { HO_COMMAND_GET_RECORD_LATENCY, read_latency, TRUE },
  { HO_COMMAND_CORK_RECORD_STREAM, read_switch, TRUE },
  { HO_COMMAND_FLUSH_RECORD_STREAM, read_index, TRUE },
  { HO_COMMAND_SET_SOURCE_OUTPUT_VOLUME, read_volume, TRUE },
  { HO_COMMAND_SET_SOURCE_OUTPUT_MUTE, read_switch, TRUE },
};

static gboolean
is_creation (guint32 command)
{
  return command == HO_COMMAND_CREATE_PLAYBACK_STREAM || command == HO_COMMAND_CREATE_RECORD_STREAM;
}

/**
 * ho_request_read:
 * @self: (out caller-allocates): the request; to be cleared whatever is returned
 * @data: the payload of a control frame
 * @size: its bytes
 * @microphone: whether recording is allowed
 *
 * Understands a client's command, and decides whether it is one that a guest's sound needs.
 *
 * Returns: the verdict
 */
HoVerdict
ho_request_read (HoRequest *self, const guint8 *data, gsize size, gboolean microphone)
{
  HoTagReader reader;

  *self = (HoRequest){ 0 };
  ho_tag_reader_init (&reader, data, size);
  self->command = ho_tag_reader_u32 (&reader);
  self->tag = ho_tag_reader_u32 (&reader);
  if (reader.bad)
    return HO_VERDICT_BROKEN;

  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (self->command == allowed[i].command && (microphone || !allowed[i].microphone))
      {
        allowed[i].read (self, &reader);
        if (ho_tag_reader_is_done (&reader))
          return HO_VERDICT_ALLOWED;
        /* An honest player may well ask for a stream of a kind that is not given. */
        return is_creation (self->command) ? HO_VERDICT_REFUSED : HO_VERDICT_BROKEN;
      }
  return HO_VERDICT_REFUSED;
}

void
ho_request_clear (HoRequest *self)
{
  ho_properties_clear (&self->properties);
  g_clear_pointer (&self->spec, ho_stream_spec_free);
}
