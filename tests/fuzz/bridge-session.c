/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "fuzz.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frame.h"
#include "session.h"
#include "tagstruct.h"

/* A whole session of the bridge between a client and a sound server that both say what they like.
 *
 * An input is one byte of flags, two bytes with the length of what the client says, that, and what
 * the server says once it was greeted. The flags choose whether there is a server, a microphone,
 * and how much the client says in good order before. */

enum
{
  SERVER = 1,
  MICROPHONE = 2,
  GREETING = 4,
  STREAM = 8,
  SERVER_LEAVES = 16,
};

static HoServerWatch *here, *nowhere;
static int listening = -1;

static void
ended (HoSession *session, gpointer data)
{
  gboolean *over = data;

  ho_session_free (session);
  *over = TRUE;
}

static void
turn (void)
{
  for (int i = 0; i < 30 && g_main_context_iteration (NULL, FALSE); i++)
    ;
}

static void
say (int fd, const void *data, size_t size)
{
  /* What does not fit into the socket is lost, as when the other end leaves. */
  (void) !send (fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  turn ();
}

static void
say_packet (int fd, HoPacket *packet)
{
  ho_packet_finish (packet);
  say (fd, packet->data, packet->len);
  g_byte_array_unref (packet);
}

static void
say_greeting (int fd)
{
  static const guint8 cookie[256];
  HoPacket *packet = ho_packet_new (HO_COMMAND_AUTH, 0);

  ho_packet_u32 (packet, HO_PROTOCOL_VERSION);
  ho_packet_arbitrary (packet, cookie, sizeof cookie);
  say_packet (fd, packet);
}

static void
say_stream (int fd)
{
  HoPacket *packet = ho_packet_new (HO_COMMAND_CREATE_PLAYBACK_STREAM, 1);
  const HoSampleSpec sample = { 3, 2, 48000 };
  const HoChannelMap map = { 2, { 1, 2 } };
  const HoVolume volume = { 2, { HO_VOLUME_NORM, HO_VOLUME_NORM } };

  ho_packet_sample_spec (packet, &sample);
  ho_packet_channel_map (packet, &map);
  ho_packet_u32 (packet, HO_INVALID_INDEX);
  ho_packet_string (packet, NULL);
  ho_packet_u32 (packet, HO_INVALID_INDEX);
  ho_packet_boolean (packet, FALSE);
  ho_packet_u32 (packet, 19200);
  ho_packet_u32 (packet, 0);
  ho_packet_u32 (packet, 1920);
  ho_packet_u32 (packet, 0);
  ho_packet_volume (packet, &volume);
  for (int i = 0; i < 9; i++)
    ho_packet_boolean (packet, FALSE);
  ho_packet_proplist_begin (packet);
  ho_packet_proplist_end (packet);
  for (int i = 0; i < 7; i++)
    ho_packet_boolean (packet, FALSE);
  ho_packet_u8 (packet, 0);
  say_packet (fd, packet);
}

static void
hear (int fd)
{
  guint8 buffer[65536];

  while (recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
    ;
}

/* The server's greeting, in good order; returns its end of the connection, or -1. */
static int
serve (void)
{
  int fd = accept4 (listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd < 0)
    return -1;
  for (guint32 tag = 0; tag < 2; tag++)
    {
      HoPacket *packet = ho_packet_new (HO_COMMAND_REPLY, tag);

      ho_packet_u32 (packet, tag == 0 ? HO_PROTOCOL_VERSION : 0);
      say_packet (fd, packet);
    }
  return fd;
}

static GLogWriterOutput
no_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR | G_LOG_LEVEL_WARNING))
    g_abort ();
  return G_LOG_WRITER_HANDLED;
}

static char *folder;

static void
remove_folder (void)
{
  g_autofree char *path = g_build_filename (folder, "server", NULL);

  g_unlink (path);
  g_rmdir (folder);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = NULL;

  g_log_set_writer_func (no_log, NULL, NULL);
  folder = g_dir_make_tmp ("fuzz-XXXXXX", NULL);
  g_assert_nonnull (folder);
  path = g_build_filename (folder, "server", NULL);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  listening = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (bind (listening, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listening, 8), ==, 0);
  here = ho_server_watch_new (path);
  nowhere = ho_server_watch_new ("/nonexistent/pulse/native");
  atexit (remove_folder);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  HoBridge bridge = { 0 };
  const HoPeer peer = { 1, 2, "qemu" };
  HoSession *session;
  gboolean over = FALSE;
  int ends[2], server = -1;
  size_t client_size;

  if (size < 3)
    return 0;
  client_size = MIN ((size_t) (data[1] << 8 | data[2]), size - 3);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ==,
                   0);
  bridge.watch = data[0] & SERVER ? here : nowhere;
  bridge.microphone = (data[0] & MICROPHONE) != 0;
  session = ho_session_new (&bridge, ends[0], &peer, ended, &over);

  if (data[0] & GREETING)
    say_greeting (ends[1]);
  if (data[0] & STREAM)
    say_stream (ends[1]);
  say (ends[1], data + 3, client_size);
  hear (ends[1]);
  server = serve ();
  if (server >= 0)
    {
      say (server, data + 3 + client_size, size - 3 - client_size);
      hear (server);
      if (data[0] & SERVER_LEAVES)
        close (server);
      /* The client says it all again, to what is left. */
      say (ends[1], data + 3, client_size);
      hear (ends[1]);
      if (!(data[0] & SERVER_LEAVES))
        close (server);
    }
  close (ends[1]);
  turn ();
  if (!over)
    ho_session_free (session);
  g_assert_cmpuint (bridge.servers, ==, 0);
  /* Nothing that was begun is left to the next input. */
  while ((server = accept (listening, NULL, NULL)) >= 0)
    close (server);
  turn ();
  return 0;
}
