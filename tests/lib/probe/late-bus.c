/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <gio/gio.h>

/* Preloaded in tests: whoever asks for the session bus gets it a second later than whoever watches
 * a name on it, as on a machine that is busy at the wrong moment. */

typedef void (*BusGet) (GBusType, GCancellable *, GAsyncReadyCallback, gpointer);

typedef struct
{
  BusGet get;
  GCancellable *cancellable;
  GAsyncReadyCallback callback;
  gpointer user_data;
} Asked;

static gboolean
ask_at_last (gpointer data)
{
  Asked *asked = data;

  asked->get (G_BUS_TYPE_SESSION, asked->cancellable, asked->callback, asked->user_data);
  g_clear_object (&asked->cancellable);
  g_free (asked);
  return G_SOURCE_REMOVE;
}

void
g_bus_get (GBusType type, GCancellable *cancellable, GAsyncReadyCallback callback,
           gpointer user_data)
{
  BusGet get = (BusGet) dlsym (RTLD_NEXT, "g_bus_get");
  Asked *asked;

  if (type != G_BUS_TYPE_SESSION)
    {
      get (type, cancellable, callback, user_data);
      return;
    }
  asked = g_new0 (Asked, 1);
  asked->get = get;
  asked->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  asked->callback = callback;
  asked->user_data = user_data;
  g_timeout_add_seconds (1, ask_at_last, asked);
}
