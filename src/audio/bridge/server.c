/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio-bridge"

#include "server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COOKIE_LENGTH 256
/* How long until the next attempt: doubled each time. A socket is there a moment before its server
 * listens, and a service that dies at once should not be started again in a circle. */
#define FIRST_RETRY_MS 25
#define LAST_RETRY_MS 30000
/* A refused connection means a socket without a server: whoever starts one makes it anew, which the
 * watch sees. */
#define LAST_REFUSED_RETRY_MS 2000
/* A connection that lasted so long was no failed attempt. */
#define STABLE_TIME (5 * (gint64) G_USEC_PER_SEC)

typedef enum
{
  CLOSED,   /* nobody has asked for the server yet */
  AWAY,     /* it is looked for */
  GREETING, /* AUTH and SET_CLIENT_NAME are under way, for as long as the server wants */
  READY,
} HoServerState;

/**
 * HoServer:
 *
 * A session's own connection to the sound server. Once opened it is kept: when the server goes, it
 * is watched for and greeted again when it returns.
 */
struct _HoServer
{
  HoServerWatch *watch;
  const HoServerFuncs *funcs;
  gpointer data;

  HoServerState state;
  HoPort *port;
  HoProperties properties;
  guint32 next_tag;
  guint32 auth_tag;
  guint32 name_tag;
  guint timer; /* the next attempt */
  guint retry_ms;
  gint64 ready_since;
};

static void attempt (HoServer *self);
static const HoPortFuncs port_funcs;

static void
stop_timer (HoServer *self)
{
  if (self->timer != 0)
    g_source_remove (self->timer);
  self->timer = 0;
}

static gboolean
retry_due (gpointer user_data)
{
  HoServer *self = user_data;

  self->timer = 0;
  attempt (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (HoServer *self, guint last_ms)
{
  stop_timer (self);
  if (self->retry_ms > last_ms)
    return;
  self->timer = g_timeout_add (self->retry_ms, retry_due, self);
  self->retry_ms = MIN (self->retry_ms * 2, LAST_RETRY_MS);
}

static void
appeared (gpointer data, gpointer unused)
{
  HoServer *self = data;

  self->retry_ms = FIRST_RETRY_MS;
  attempt (self);
}

/* Returns the connected socket, or the negative errno. */
static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int on = 1;
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    return -ENAMETOOLONG;
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -errno;
  /* Makes the kernel tell the server who writes, which is how both servers know their user without
   * a cookie. */
  (void) setsockopt (fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (connect (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return fd;

  int failure = errno;

  close (fd);
  return -failure;
}

static void
give_up_port (HoServer *self)
{
  g_clear_pointer (&self->port, ho_port_free);
  stop_timer (self);
}

/* The connection is of no use (any more): look for the server again. */
static void
lose (HoServer *self)
{
  gboolean was_stable
      = self->state == READY && g_get_monotonic_time () - self->ready_since > STABLE_TIME;

  give_up_port (self);
  self->state = AWAY;
  if (was_stable)
    self->retry_ms = FIRST_RETRY_MS;
  ho_server_watch_add (self->watch, appeared, self);
  retry_later (self, LAST_RETRY_MS);
  self->funcs->lost (self->data);
}

static void
send_packet (HoServer *self, HoPacket *packet)
{
  ho_port_send (self->port, packet->data, packet->len);
  g_byte_array_unref (packet);
}

static void
send_name (HoServer *self)
{
  HoPacket *packet;

  self->name_tag = ho_server_next_tag (self);
  packet = ho_packet_new (HO_COMMAND_SET_CLIENT_NAME, self->name_tag);
  ho_properties_write (&self->properties, packet);
  ho_packet_finish (packet);
  send_packet (self, packet);
}

static void
greet (HoServer *self)
{
  static const guint8 no_cookie[COOKIE_LENGTH];
  HoPacket *packet;

  self->auth_tag = ho_server_next_tag (self);
  packet = ho_packet_new (HO_COMMAND_AUTH, self->auth_tag);
  ho_packet_u32 (packet, HO_PROTOCOL_VERSION);
  ho_packet_arbitrary (packet, no_cookie, sizeof no_cookie);
  ho_packet_finish (packet);
  send_packet (self, packet);
}

static void
attempt (HoServer *self)
{
  int fd;

  if (self->state != AWAY)
    return;
  fd = connect_to (ho_server_watch_get_path (self->watch));
  if (fd == -ENOENT || fd == -ENOTDIR)
    return; /* the watch will tell */
  if (fd < 0)
    {
      retry_later (self, fd == -ECONNREFUSED ? LAST_REFUSED_RETRY_MS : LAST_RETRY_MS);
      return;
    }

  ho_server_watch_remove (self->watch, self);
  stop_timer (self);
  self->state = GREETING;
  self->port = ho_port_new (fd, &port_funcs, self);
  greet (self);
}

/* The replies to AUTH and SET_CLIENT_NAME; FALSE if the server does not take us. */
static gboolean
greeting_reply (HoServer *self, guint32 command, guint32 tag, HoTagReader *reader)
{
  if (command != HO_COMMAND_REPLY)
    {
      if (command == HO_COMMAND_ERROR)
        g_info ("The sound server refuses us with error %u", ho_tag_reader_u32 (reader));
      return command != HO_COMMAND_ERROR;
    }

  if (tag == self->auth_tag)
    {
      guint32 version = ho_tag_reader_u32 (reader);

      if (!ho_tag_reader_is_done (reader)
          || (version & HO_PROTOCOL_VERSION_MASK) < HO_PROTOCOL_OLDEST)
        return FALSE;
      send_name (self);
      return TRUE;
    }
  if (tag == self->name_tag && self->state == GREETING)
    {
      self->state = READY;
      self->ready_since = g_get_monotonic_time ();
      self->funcs->ready (self->data);
    }
  return TRUE;
}

static gboolean
port_frame (const HoFrame *frame, gpointer data)
{
  HoServer *self = data;
  HoTagReader reader;
  guint32 command, tag;

  if (frame->channel != HO_CONTROL_CHANNEL)
    {
      if (self->state == READY)
        self->funcs->audio (frame, self->data);
      return TRUE;
    }

  ho_tag_reader_init (&reader, frame->payload, frame->size);
  command = ho_tag_reader_u32 (&reader);
  tag = ho_tag_reader_u32 (&reader);
  if (reader.bad)
    return FALSE;
  if (self->state == GREETING)
    return greeting_reply (self, command, tag, &reader);
  return self->funcs->packet (command, tag, &reader, self->data);
}

static void
port_batch (gboolean begins, gpointer data)
{
  HoServer *self = data;

  self->funcs->batch (begins, self->data);
}

static void
port_drained (gpointer data)
{
  HoServer *self = data;

  self->funcs->drained (self->data);
}

static void
port_closed (gpointer data)
{
  lose (data);
}

static const HoPortFuncs port_funcs = { port_frame, port_batch, port_drained, port_closed };

/**
 * ho_server_new:
 * @watch: (transfer none): tells when the socket appears; has to outlive the server
 * @funcs: what is called; static
 * @data: for @funcs
 *
 * Returns: (transfer full): the server, not connected until ho_server_open()
 */
HoServer *
ho_server_new (HoServerWatch *watch, const HoServerFuncs *funcs, gpointer data)
{
  HoServer *self = g_new0 (HoServer, 1);

  self->watch = watch;
  self->funcs = funcs;
  self->data = data;
  self->retry_ms = FIRST_RETRY_MS;
  return self;
}

void
ho_server_free (HoServer *self)
{
  ho_server_watch_remove (self->watch, self);
  give_up_port (self);
  ho_properties_clear (&self->properties);
  g_free (self);
}

/**
 * ho_server_open:
 * @self: a server
 *
 * Connects now if the server is there, else as soon as it is; nothing if that was asked before.
 * Look at ho_server_is_open() afterwards: `lost` is not called for a server that never was there.
 */
void
ho_server_open (HoServer *self)
{
  if (self->state != CLOSED)
    return;
  self->state = AWAY;
  /* First watch, then look: nothing can come in between unseen. */
  ho_server_watch_add (self->watch, appeared, self);
  attempt (self);
}

/**
 * ho_server_set_properties:
 * @self: a server
 * @properties: who the client says it is; told to the server now and at every greeting
 */
void
ho_server_set_properties (HoServer *self, const HoProperties *properties)
{
  for (gsize i = 0; i < HO_N_PROPERTIES; i++)
    ho_properties_set (&self->properties, (HoProperty) i, properties->value[i]);
  if (self->state == READY)
    send_name (self);
}

/**
 * ho_server_is_open:
 * @self: a server
 *
 * Returns: whether there is a connection, greeted or about to be
 */
gboolean
ho_server_is_open (HoServer *self)
{
  return self->port != NULL;
}

gboolean
ho_server_is_ready (HoServer *self)
{
  return self->state == READY;
}

/**
 * ho_server_next_tag:
 * @self: a server
 *
 * Returns: a tag that no packet under way has. Tags are ours alone: a client's never get here, so
 *   no client can make a reply look like another's.
 */
guint32
ho_server_next_tag (HoServer *self)
{
  if (self->next_tag >= HO_NO_TAG - 1)
    self->next_tag = 0;
  return self->next_tag++;
}

/**
 * ho_server_send:
 * @self: a server that is ready
 * @packet: (transfer full): a finished packet
 */
void
ho_server_send (HoServer *self, HoPacket *packet)
{
  send_packet (self, packet);
}

void
ho_server_send_audio (HoServer *self, guint32 channel, const guint8 *samples, guint32 size)
{
  ho_port_send_frame (self->port, channel, samples, size);
}

/**
 * ho_server_hold:
 * @self: a server
 * @hold: see ho_port_hold()
 */
void
ho_server_hold (HoServer *self, gboolean hold)
{
  if (self->port != NULL)
    ho_port_hold (self->port, hold);
}

/**
 * ho_server_rest:
 * @self: a server that is ready
 * @ms: see ho_port_rest()
 */
void
ho_server_rest (HoServer *self, guint ms)
{
  if (self->port != NULL)
    ho_port_rest (self->port, ms);
}

/**
 * ho_server_look:
 * @self: a server
 * @urgent: see ho_port_look()
 */
void
ho_server_look (HoServer *self, gboolean urgent)
{
  if (self->port != NULL)
    ho_port_look (self->port, urgent);
}

/**
 * ho_server_get_queued:
 * @self: a server
 *
 * Returns: the bytes that wait for the server to take them
 */
gsize
ho_server_get_queued (HoServer *self)
{
  return self->port != NULL ? ho_port_get_queued (self->port) : 0;
}
