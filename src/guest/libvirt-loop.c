/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-loop.h"

#include <glib-unix.h>
#include <libvirt/libvirt.h>

/* libvirt's event loop, in a thread of its own. libvirt-glib and libvirt's default implementation
 * both use the main context, and then the daemon's keep-alive, every five seconds, wakes a desktop
 * program that has nothing to do; and reading from the daemon would be the main loop's work.
 *
 * libvirt keeps one implementation for the whole process and offers no way to end it, so this is
 * the one place with a global. https://libvirt.org/html/libvirt-libvirt-event.html */

typedef struct
{
  int id;
  int fd;    /* -1: a timer */
  int value; /* VIR_EVENT_HANDLE_* of a descriptor; milliseconds of a timer, -1: stopped */
  virEventHandleCallback on_handle;
  virEventTimeoutCallback on_timeout;
  void *opaque;
  virFreeCallback free_opaque;
  GSource *source; /* NULL while nothing is watched */
} Watch;

typedef struct
{
  GMainContext *context;
  GMutex mutex;
  GHashTable *watches; /* id → Watch */
  int last_id;
} Loop;

static Loop *loop;

static GIOCondition
condition_from_events (int events)
{
  GIOCondition condition = 0;

  if ((events & VIR_EVENT_HANDLE_READABLE) != 0)
    condition |= G_IO_IN;
  if ((events & VIR_EVENT_HANDLE_WRITABLE) != 0)
    condition |= G_IO_OUT;
  /* Errors and hang-ups are always told by poll(). */
  return condition;
}

static int
events_from_condition (GIOCondition condition)
{
  int events = 0;

  if ((condition & G_IO_IN) != 0)
    events |= VIR_EVENT_HANDLE_READABLE;
  if ((condition & G_IO_OUT) != 0)
    events |= VIR_EVENT_HANDLE_WRITABLE;
  if ((condition & (G_IO_ERR | G_IO_NVAL)) != 0)
    events |= VIR_EVENT_HANDLE_ERROR;
  if ((condition & G_IO_HUP) != 0)
    events |= VIR_EVENT_HANDLE_HANGUP;
  return events;
}

/* A watch is freed in this thread only, so it lives as long as these two run. */

static gboolean
on_ready (int fd, GIOCondition condition, gpointer data)
{
  Watch *watch = data;

  watch->on_handle (watch->id, fd, events_from_condition (condition), watch->opaque);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time (gpointer data)
{
  Watch *watch = data;

  watch->on_timeout (watch->id, watch->opaque);
  return G_SOURCE_CONTINUE;
}

/* With the mutex held: makes the source what the watch says. */
static void
rearm (Watch *watch)
{
  if (watch->source != NULL)
    {
      g_source_destroy (watch->source);
      g_clear_pointer (&watch->source, g_source_unref);
    }
  if (watch->fd >= 0 && watch->value != 0)
    {
      watch->source = g_unix_fd_source_new (watch->fd, condition_from_events (watch->value));
      g_source_set_callback (watch->source, G_SOURCE_FUNC (on_ready), watch, NULL);
    }
  else if (watch->fd < 0 && watch->value >= 0)
    {
      watch->source = g_timeout_source_new ((guint) watch->value);
      g_source_set_callback (watch->source, on_time, watch, NULL);
    }
  if (watch->source != NULL)
    g_source_attach (watch->source, loop->context);
}

static int
add (Watch *watch)
{
  g_mutex_lock (&loop->mutex);
  watch->id = ++loop->last_id;
  g_hash_table_insert (loop->watches, GINT_TO_POINTER (watch->id), watch);
  rearm (watch);
  g_mutex_unlock (&loop->mutex);
  return watch->id;
}

static void
update (int id, int value)
{
  Watch *watch;

  g_mutex_lock (&loop->mutex);
  watch = g_hash_table_lookup (loop->watches, GINT_TO_POINTER (id));
  if (watch != NULL && watch->value != value)
    {
      watch->value = value;
      rearm (watch);
    }
  g_mutex_unlock (&loop->mutex);
}

static gboolean
free_watch (gpointer data)
{
  Watch *watch = data;

  if (watch->free_opaque != NULL)
    watch->free_opaque (watch->opaque);
  g_free (watch);
  return G_SOURCE_REMOVE;
}

/* libvirt may hold locks that its free function takes, so that is called later, in the thread. */
static int
remove_watch (int id)
{
  Watch *watch;

  g_mutex_lock (&loop->mutex);
  watch = g_hash_table_lookup (loop->watches, GINT_TO_POINTER (id));
  if (watch != NULL)
    {
      g_hash_table_remove (loop->watches, GINT_TO_POINTER (id));
      watch->value = watch->fd >= 0 ? 0 : -1;
      rearm (watch);
    }
  g_mutex_unlock (&loop->mutex);
  if (watch == NULL)
    return -1;

  ho_libvirt_loop_later (free_watch, watch);
  return 0;
}

static int
add_handle (int fd, int events, virEventHandleCallback callback, void *opaque,
            virFreeCallback free_opaque)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->fd = fd;
  watch->value = events;
  watch->on_handle = callback;
  watch->opaque = opaque;
  watch->free_opaque = free_opaque;
  return add (watch);
}

static int
add_timeout (int milliseconds, virEventTimeoutCallback callback, void *opaque,
             virFreeCallback free_opaque)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->fd = -1;
  watch->value = milliseconds;
  watch->on_timeout = callback;
  watch->opaque = opaque;
  watch->free_opaque = free_opaque;
  return add (watch);
}

static gpointer
run (gpointer data)
{
  g_main_context_push_thread_default (loop->context);
  for (;;)
    g_main_context_iteration (loop->context, TRUE);
  return NULL;
}

/**
 * ho_libvirt_loop_start:
 *
 * Gives libvirt an event loop in a thread, once for the process and before the first connection is
 * opened. libvirt's callbacks come in that thread from then on.
 */
void
ho_libvirt_loop_start (void)
{
  static gsize started;

  if (!g_once_init_enter (&started))
    return;
  loop = g_new0 (Loop, 1);
  loop->context = g_main_context_new ();
  loop->watches = g_hash_table_new (NULL, NULL);
  g_mutex_init (&loop->mutex);
  virEventRegisterImpl (add_handle, update, remove_watch, add_timeout, update, remove_watch);
  g_thread_unref (g_thread_new ("libvirt", run, NULL));
  g_once_init_leave (&started, 1);
}

/**
 * ho_libvirt_loop_later:
 * @function: what to do, once if it returns %G_SOURCE_REMOVE
 * @data: for @function
 *
 * Calls @function soon in libvirt's thread, never from within this call.
 */
void
ho_libvirt_loop_later (GSourceFunc function, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, function, data, NULL);
  g_source_attach (source, loop->context);
}
