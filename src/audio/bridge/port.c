/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "port.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FIRST_INPUT 4096u
#define MOST_INPUT (HO_FRAME_HEADER + HO_FRAME_MAX_AUDIO)
/* Between two looks at the other ports. */
#define READS_AT_ONCE 4
/* So close to its end a rest is over when there is something else to do. */
#define NEARLY_US 1000

/**
 * HoPort:
 *
 * One end of a connection that carries frames: reads whole frames, writes what it is given at once
 * or as soon as the peer takes it. Input is bounded by the longest frame; output by its user, who
 * looks at ho_port_get_queued() and stops what feeds it.
 */
struct _HoPort
{
  int fd;
  const HoPortFuncs *funcs;
  gpointer data;

  GSource *source;
  GPollFD poll;
  gboolean reading;
  gboolean held;
  gboolean broken;
  gboolean due;     /* there is something to do, whatever the peer does */
  gboolean resting; /* until @rest_end, in monotonic time */
  gint64 rest_end;

  guint8 *input;
  gsize input_size;
  gsize input_filled;

  GByteArray *output;
  gsize output_written;
};

typedef struct
{
  GSource parent;
  HoPort *port;
} HoPortSource;

/* Hands on the whole frames in the input; FALSE if one is bad. */
static gboolean
deliver (HoPort *self)
{
  gsize done = 0;
  gboolean good = TRUE;

  while (good && self->reading)
    {
      HoFrame frame;
      HoFrameResult result = ho_frame_read (self->input + done, self->input_filled - done, &frame);

      if (result == HO_FRAME_SHORT)
        break;
      good = result == HO_FRAME_WHOLE && self->funcs->frame (&frame, self->data);
      done += HO_FRAME_HEADER + frame.size;
      if (self->broken)
        good = FALSE;
    }
  if (!good)
    return FALSE;

  memmove (self->input, self->input + done, self->input_filled - done);
  self->input_filled -= done;
  return TRUE;
}

/* Reads once; FALSE if the peer has gone. */
static gboolean
fill (HoPort *self, gboolean *more)
{
  gsize space;
  gssize got;

  if (self->input_filled == self->input_size)
    {
      /* A longer frame than that is never waited for: deliver () would have found it bad. */
      self->input_size = MIN (self->input_size * 2, MOST_INPUT);
      self->input = g_realloc (self->input, self->input_size);
    }
  space = self->input_size - self->input_filled;
  got = read (self->fd, self->input + self->input_filled, space);
  *more = got == (gssize) space;
  if (got > 0)
    self->input_filled += (gsize) got;
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean
read_frames (HoPort *self)
{
  gboolean more = TRUE;

  /* What was left when reading stopped comes first. */
  if (!deliver (self))
    return FALSE;
  for (int i = 0; i < READS_AT_ONCE && more && self->reading; i++)
    if (!fill (self, &more) || !deliver (self))
      return FALSE;
  return TRUE;
}

/* Writes what the peer takes now. */
static gsize
write_parts (HoPort *self, struct iovec *parts, gsize n_parts)
{
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = n_parts };
  gssize put = sendmsg (self->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (put < 0 && errno != EAGAIN && errno != EINTR)
    {
      /* The owner is told from the main loop, wherever this was called from. */
      self->broken = TRUE;
      self->due = TRUE;
    }
  return put > 0 ? (gsize) put : 0;
}

/* Writes what is queued, as far as the peer takes it. */
static void
flush (HoPort *self)
{
  struct iovec part = { self->output->data + self->output_written, ho_port_get_queued (self) };

  if (self->broken || part.iov_len == 0)
    return;
  self->output_written += write_parts (self, &part, 1);
  if (self->output_written == self->output->len)
    {
      g_byte_array_set_size (self->output, 0);
      self->output_written = 0;
    }
}

static void
send_parts (HoPort *self, struct iovec *parts, gsize n_parts)
{
  gsize put = 0;

  if (self->broken)
    return;
  if (self->output->len == 0 && !self->held)
    put = write_parts (self, parts, n_parts);
  for (gsize i = 0; i < n_parts; i++)
    {
      gsize written = MIN (put, parts[i].iov_len);

      put -= written;
      g_byte_array_append (self->output, (const guint8 *) parts[i].iov_base + written,
                           (guint) (parts[i].iov_len - written));
    }
}

static gboolean
read_batch (HoPort *self)
{
  gboolean alive;

  self->resting = FALSE;
  self->funcs->batch (TRUE, self->data);
  alive = read_frames (self);
  self->funcs->batch (FALSE, self->data);
  return alive;
}

/* The source polls for what the port wants at the moment. (GLib's own functions for that wake the
 * main loop each time, from itself.) */
static gboolean
prepare (GSource *source, int *timeout)
{
  HoPort *self = ((HoPortSource *) source)->port;
  gint64 rest = self->resting ? self->rest_end - g_source_get_time (source) : 0;

  self->poll.events = 0;
  if (self->reading && !self->resting)
    self->poll.events |= G_IO_IN;
  if (self->output->len > 0 && !self->held)
    self->poll.events |= G_IO_OUT;
  *timeout = self->resting ? (int) (MAX (rest, 0) + 999) / 1000 : -1;
  return self->due || (self->resting && rest <= 0);
}

static gboolean
check (GSource *source)
{
  HoPort *self = ((HoPortSource *) source)->port;

  return self->poll.revents != 0 || self->due
         || (self->resting && self->rest_end <= g_source_get_time (source));
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  HoPort *self = ((HoPortSource *) source)->port;
  GIOCondition condition = self->poll.revents;
  gboolean due = self->due || (self->resting && self->rest_end <= g_source_get_time (source));
  gboolean alive = TRUE;

  self->poll.revents = 0;
  self->due = FALSE;
  if (condition & G_IO_OUT)
    {
      flush (self);
      if (self->output->len == 0)
        self->funcs->drained (self->data);
    }
  /* What a peer said before it hung up is heard, in a rest as well. */
  if (self->broken)
    alive = FALSE;
  else if (condition & G_IO_IN || due || (condition & G_IO_HUP && self->resting))
    alive = read_batch (self);
  else if (condition & (G_IO_HUP | G_IO_ERR))
    alive = FALSE;

  if (alive && !self->broken)
    return G_SOURCE_CONTINUE;
  /* May free the port. */
  self->funcs->closed (self->data);
  return G_SOURCE_REMOVE;
}

static GSourceFuncs source_funcs = { .prepare = prepare, .check = check, .dispatch = dispatch };

/**
 * ho_port_new:
 * @fd: (transfer full): a connected socket; made non-blocking by the caller
 * @funcs: what is called; static
 * @data: for @funcs
 *
 * Returns: (transfer full): a port on the default main context, already reading
 */
HoPort *
ho_port_new (int fd, const HoPortFuncs *funcs, gpointer data)
{
  HoPort *self = g_new0 (HoPort, 1);

  self->fd = fd;
  self->funcs = funcs;
  self->data = data;
  self->reading = TRUE;
  self->input_size = FIRST_INPUT;
  self->input = g_malloc (self->input_size);
  self->output = g_byte_array_new ();
  self->source = g_source_new (&source_funcs, sizeof (HoPortSource));
  ((HoPortSource *) self->source)->port = self;
  g_source_set_static_name (self->source, "port");
  /* There is no main loop within the main loop here; and keeping one from this source would cost a
   * wake-up for each frame. */
  g_source_set_can_recurse (self->source, TRUE);
  self->poll.fd = fd;
  g_source_add_poll (self->source, &self->poll);
  g_source_attach (self->source, NULL);
  return self;
}

void
ho_port_free (HoPort *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->fd);
  g_free (self->input);
  g_byte_array_unref (self->output);
  g_free (self);
}

/**
 * ho_port_send:
 * @self: a port
 * @data: whole frames
 * @size: their bytes
 *
 * Writes @data, now or when the peer can take it. If the peer has gone, `closed` tells later.
 */
void
ho_port_send (HoPort *self, const guint8 *data, gsize size)
{
  struct iovec part = { (void *) data, size };

  send_parts (self, &part, 1);
}

/**
 * ho_port_send_frame:
 * @self: a port
 * @channel: the stream's number for this peer
 * @payload: samples
 * @size: their bytes
 *
 * Writes a frame of audio, like ho_port_send().
 */
void
ho_port_send_frame (HoPort *self, guint32 channel, const guint8 *payload, guint32 size)
{
  guint8 header[HO_FRAME_HEADER];
  struct iovec parts[] = { { header, sizeof header }, { (void *) payload, size } };

  ho_frame_write_header (header, channel, size);
  send_parts (self, parts, G_N_ELEMENTS (parts));
}

/**
 * ho_port_get_queued:
 * @self: a port
 *
 * Returns: the bytes that wait for the peer to take them
 */
gsize
ho_port_get_queued (HoPort *self)
{
  return self->output->len - self->output_written;
}

/**
 * ho_port_hold:
 * @self: a port
 * @hold: whether what is sent from now on waits for more; else it is written now
 *
 * Makes one write of many: each may wake the peer.
 */
void
ho_port_hold (HoPort *self, gboolean hold)
{
  self->held = hold;
  if (!hold)
    flush (self);
}

/**
 * ho_port_rest:
 * @self: a port
 * @ms: milliseconds
 *
 * Lets what the peer sends pile up for a while: for what is not urgent and comes in small pieces.
 */
void
ho_port_rest (HoPort *self, guint ms)
{
  if (self->resting || self->due)
    return;
  self->resting = TRUE;
  self->rest_end = g_get_monotonic_time () + ms * 1000ll;
}

/**
 * ho_port_look:
 * @self: a port
 * @urgent: whether a rest ends now; else only if it is nearly over, which saves a wake-up for that
 *
 * Reads what has piled up in a rest. Not to be called from this port's own functions.
 */
void
ho_port_look (HoPort *self, gboolean urgent)
{
  gboolean over = self->resting && self->rest_end - g_get_monotonic_time () <= NEARLY_US;

  if (!self->resting || self->broken || !(urgent || over) || read_batch (self))
    return;
  /* As in write_parts(). */
  self->broken = TRUE;
  self->due = TRUE;
}

/**
 * ho_port_set_reading:
 * @self: a port
 * @reading: whether frames are wanted
 *
 * While not reading, the peer fills its socket and then waits.
 */
void
ho_port_set_reading (HoPort *self, gboolean reading)
{
  if (self->reading == reading)
    return;
  self->reading = reading;
  self->due |= reading;
}
