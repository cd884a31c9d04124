/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "node-watch.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sys/inotify.h>

/* Programs that start open a node many times: they are told of once, in milliseconds. */
#define PAUSE 500

/**
 * HoNodeWatch:
 *
 * Tells when somebody opens or closes a device node of a card, for whoever shows who uses it. The
 * kernel says that something happened to a file, not who did it: look with
 * ho_gpu_list_look_async(). Nodes that this user may not read cannot be watched. See inotify(7).
 *
 * The signal `used` comes at most twice a second.
 */
struct _HoNodeWatch
{
  GObject parent;

  HoGpuList *gpus;
  int fd;
  guint source;
  guint pause;
};

G_DEFINE_FINAL_TYPE (HoNodeWatch, ho_node_watch, G_TYPE_OBJECT)

enum
{
  USED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gboolean
on_pause_over (gpointer user_data)
{
  HoNodeWatch *self = user_data;

  self->pause = 0;
  g_signal_emit (self, signals[USED], 0);
  return G_SOURCE_REMOVE;
}

static gboolean
on_events (int fd, GIOCondition condition, gpointer user_data)
{
  HoNodeWatch *self = user_data;
  char events[4096];

  /* What happened does not matter, only that it did. */
  while (read (fd, events, sizeof events) > 0)
    continue;
  if (self->pause == 0)
    self->pause = g_timeout_add (PAUSE, on_pause_over, self);
  return G_SOURCE_CONTINUE;
}

static void
watch_function (HoNodeWatch *self, const char *root, const HoPciFunction *function)
{
  for (guint i = 0; i < function->nodes->len; i++)
    {
      const HoDeviceNode *node = function->nodes->pdata[i];
      g_autofree char *path = g_build_filename (root, "dev", node->name, NULL);

      /* A node that is watched already stays one watch. */
      if (inotify_add_watch (self->fd, path, IN_OPEN | IN_CLOSE) < 0)
        g_debug ("%s is not watched: %s", path, g_strerror (errno));
    }
}

/* The watches of nodes that are gone went with them. */
static void
on_cards_changed (HoNodeWatch *self)
{
  const char *root = ho_gpu_monitor_get_root (ho_gpu_list_get_monitor (self->gpus));
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->gpus));

  for (guint i = 0; i < n && root != NULL && self->fd >= 0; i++)
    {
      g_autoptr (HoGpu) gpu = g_list_model_get_item (G_LIST_MODEL (self->gpus), i);
      const GPtrArray *functions = ho_gpu_get_functions (gpu);

      for (guint j = 0; j < functions->len; j++)
        watch_function (self, root, functions->pdata[j]);
    }
}

static void
ho_node_watch_dispose (GObject *object)
{
  HoNodeWatch *self = HO_NODE_WATCH (object);

  g_clear_handle_id (&self->pause, g_source_remove);
  g_clear_handle_id (&self->source, g_source_remove);
  if (self->fd >= 0)
    g_close (self->fd, NULL);
  self->fd = -1;
  g_clear_object (&self->gpus);

  G_OBJECT_CLASS (ho_node_watch_parent_class)->dispose (object);
}

static void
ho_node_watch_class_init (HoNodeWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_node_watch_dispose;

  signals[USED] = g_signal_new ("used", HO_TYPE_NODE_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
ho_node_watch_init (HoNodeWatch *self)
{
  self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->fd >= 0)
    self->source = g_unix_fd_add (self->fd, G_IO_IN, on_events, self);
}

/**
 * ho_node_watch_new:
 * @gpus: the cards
 *
 * Returns: (transfer full): a watch over all of their nodes, for as long as it lives
 */
HoNodeWatch *
ho_node_watch_new (HoGpuList *gpus)
{
  HoNodeWatch *self = g_object_new (HO_TYPE_NODE_WATCH, NULL);

  self->gpus = g_object_ref (gpus);
  g_object_connect (gpus, "swapped-object-signal::items-changed", on_cards_changed, self,
                    "swapped-object-signal::gpu-changed", on_cards_changed, self, NULL);
  on_cards_changed (self);
  return self;
}
