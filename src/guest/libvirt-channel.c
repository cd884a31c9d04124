/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-channel.h"

#include "error.h"
#include "guest-channel.h"
#include "libvirt-error.h"
#include "libvirt-loop.h"

#include <glib/gi18n.h>

/* A guest's channel as a libvirt stream. libvirt tells in its own thread when there is something to
 * read; one piece is read then and carried to the main loop, and libvirt is told to be quiet until
 * the reader asks for more. */

/* The most that is read at a time. */
#define PIECE 1024

typedef struct
{
  gatomicrefcount refs;
  virStreamPtr stream;
  HoGuestChannel *channel; /* main thread only, not owned; NULL once closed */
} Backend;

/* A piece of data, or the end of the stream, on its way to the main thread. */
typedef struct
{
  Backend *backend;
  GBytes *data; /* NULL: the end */
} Piece;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)

static gboolean
free_stream (gpointer data)
{
  Backend *backend = data;

  virStreamFree (backend->stream);
  g_free (backend);
  return G_SOURCE_REMOVE;
}

static void
backend_unref (gpointer data)
{
  Backend *backend = data;

  if (g_atomic_ref_count_dec (&backend->refs))
    ho_libvirt_loop_later (free_stream, backend);
}

static Backend *
backend_ref (Backend *backend)
{
  g_atomic_ref_count_inc (&backend->refs);
  return backend;
}

static void
piece_free (gpointer data)
{
  Piece *piece = data;

  g_clear_pointer (&piece->data, g_bytes_unref);
  backend_unref (piece->backend);
  g_free (piece);
}

static gboolean
deliver (gpointer user_data)
{
  Piece *piece = user_data;
  HoGuestChannel *channel = piece->backend->channel;

  if (channel == NULL)
    return G_SOURCE_REMOVE;
  g_object_ref (channel);
  if (piece->data != NULL)
    ho_guest_channel_emit_data (channel, piece->data);
  else
    ho_guest_channel_emit_closed (channel);
  g_object_unref (channel);
  return G_SOURCE_REMOVE;
}

/* In libvirt's thread. */
static void
on_stream (virStreamPtr stream, int events, void *opaque)
{
  Backend *backend = opaque;
  g_autofree char *buffer = g_malloc (PIECE);
  int n = virStreamRecv (stream, buffer, PIECE);
  Piece *piece;

  if (n == -2)
    return; /* nothing yet */
  if (n > 0)
    virStreamEventUpdateCallback (stream, 0);
  else
    virStreamEventRemoveCallback (stream);

  piece = g_new0 (Piece, 1);
  piece->backend = backend_ref (backend);
  if (n > 0)
    piece->data = g_bytes_new (buffer, (gsize) n);
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, piece, piece_free);
}

static gboolean
listen_in_loop (gpointer data)
{
  Backend *backend = data;

  /* Fails once the stream has ended, and then there is nothing to listen to. */
  virStreamEventUpdateCallback (backend->stream, VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR
                                                     | VIR_STREAM_EVENT_HANGUP);
  backend_unref (backend);
  return G_SOURCE_REMOVE;
}

static void
backend_more (gpointer data)
{
  ho_libvirt_loop_later (listen_in_loop, backend_ref (data));
}

static gpointer
abort_in_thread (gpointer data)
{
  Backend *backend = data;

  virStreamEventRemoveCallback (backend->stream);
  virStreamAbort (backend->stream);
  backend_unref (backend);
  return NULL;
}

static void
backend_close (gpointer data)
{
  Backend *backend = data;

  backend->channel = NULL;
  /* Waits for the daemon, as every call does. */
  g_thread_unref (g_thread_new ("libvirt-abort", abort_in_thread, backend));
}

static const HoGuestChannelFuncs funcs = { .more = backend_more, .close = backend_close };

/* Returns a #HoGuestChannel of the port that args->text names. */
void
ho_libvirt_call_open_channel (GTask *task, virConnectPtr conn, const HoLibvirtArgs *args)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (conn, args->uuid);
  virStreamPtr stream = domain != NULL ? virStreamNew (conn, VIR_STREAM_NONBLOCK) : NULL;
  Backend *backend;

  if (stream == NULL || virDomainOpenChannel (domain, args->text, stream, 0) < 0)
    {
      const virError *failure = virGetLastError ();

      if (failure != NULL && failure->code == VIR_ERR_OPERATION_FAILED)
        g_task_return_new_error (task, HO_ERROR, HO_ERROR_BUSY,
                                 _ ("Another program listens to the guest's channel %s (%s)."),
                                 args->text, failure->message);
      else
        g_task_return_error (task, ho_libvirt_error_to_error (failure));
      if (stream != NULL)
        virStreamFree (stream);
      return;
    }

  backend = g_new0 (Backend, 1);
  g_atomic_ref_count_init (&backend->refs);
  backend->stream = stream;
  backend->channel = ho_guest_channel_new (&funcs, backend);
  /* Quiet until the reader asks. */
  if (virStreamEventAddCallback (stream, 0, on_stream, backend_ref (backend), backend_unref) < 0)
    {
      g_task_return_error (task, ho_libvirt_error_to_error (virGetLastError ()));
      backend_unref (backend);
      g_object_unref (backend->channel);
      return;
    }
  g_task_return_pointer (task, backend->channel, g_object_unref);
}
