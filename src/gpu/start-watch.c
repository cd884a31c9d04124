/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "start-watch.h"

#include "busy-marker.h"

/* A driver lets a function go within a second unless somebody uses it; in seconds. */
#define FIRST_LOOK 2

/**
 * HoStartWatch:
 *
 * Follows the starts of guests whose cards the host's drivers still have, from when libvirt is
 * asked until they run or have failed.
 *
 * The signal `stalled` (with the guest, the card and the #HoPciFunction) tells of one that has not
 * taken a function from its driver after the time set for it; `moved-on` (with the guest) that such
 * a start has ended, one way or another. `held` (with the same as `stalled`) precedes it, after a
 * time in which most drivers let go: there is still time to do something about it. Who uses the
 * function is then in the card.
 */
struct _HoStartWatch
{
  GObject parent;

  HoGpuList *gpus;
  GPtrArray *starts; /* of Start */
};

G_DEFINE_FINAL_TYPE (HoStartWatch, ho_start_watch, G_TYPE_OBJECT)

enum
{
  HELD,
  STALLED,
  MOVED_ON,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  HoStartWatch *watch;
  HoGuest *guest;
  GPtrArray *gpus; /* of HoGpu */
  gulong handler;
  guint timeout; /* until the next look */
  guint left;    /* seconds that it may take after that look */
  gboolean told;
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_clear_signal_handler (&start->handler, start->guest);
  g_clear_handle_id (&start->timeout, g_source_remove);
  g_object_unref (start->guest);
  g_ptr_array_unref (start->gpus);
  g_free (start);
}

static Start *
find_start (HoStartWatch *self, HoGuest *guest)
{
  for (guint i = 0; i < self->starts->len; i++)
    {
      Start *start = self->starts->pdata[i];

      if (start->guest == guest)
        return start;
    }
  return NULL;
}

static void
on_state_changed (HoGuest *guest, GParamSpec *pspec, Start *start)
{
  if (ho_guest_get_state (guest) != HO_GUEST_STARTING)
    ho_start_watch_forget (start->watch, guest);
}

typedef struct
{
  GWeakRef watch;
  HoGuest *guest;
  gboolean last;
} Look;

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Look *what = user_data;
  g_autoptr (HoStartWatch) self = g_weak_ref_get (&what->watch);
  Start *start = self != NULL ? find_start (self, what->guest) : NULL;

  ho_gpu_list_look_finish (HO_GPU_LIST (object), result, NULL);
  for (guint i = 0; start != NULL && i < start->gpus->len; i++)
    {
      HoGpu *gpu = start->gpus->pdata[i];
      HoPciFunction *function = ho_gpu_find_held (gpu);

      if (function == NULL)
        continue;
      g_signal_emit (self, signals[HELD], 0, start->guest, gpu, function);
      if (what->last)
        {
          start->told = TRUE;
          g_signal_emit (self, signals[STALLED], 0, start->guest, gpu, function);
        }
      break;
    }
  g_weak_ref_clear (&what->watch);
  g_object_unref (what->guest);
  g_free (what);
}

static gboolean on_time_to_look (gpointer user_data);

/* Looks in @seconds, and once more after @left; 0 is never. */
static void
look_in (Start *start, guint seconds, guint left)
{
  start->left = left;
  if (seconds > 0)
    start->timeout = g_timeout_add_seconds (seconds, on_time_to_look, start);
}

static gboolean
on_time_to_look (gpointer user_data)
{
  Start *start = user_data;
  Look *what = g_new0 (Look, 1);

  g_weak_ref_init (&what->watch, start->watch);
  what->guest = g_object_ref (start->guest);
  what->last = start->left == 0;
  start->timeout = 0;
  look_in (start, start->left, 0);
  ho_gpu_list_look_async (start->watch->gpus, TRUE, NULL, on_looked, what);
  return G_SOURCE_REMOVE;
}

static void
ho_start_watch_dispose (GObject *object)
{
  HoStartWatch *self = HO_START_WATCH (object);

  g_ptr_array_set_size (self->starts, 0);
  g_clear_object (&self->gpus);

  G_OBJECT_CLASS (ho_start_watch_parent_class)->dispose (object);
}

static void
ho_start_watch_finalize (GObject *object)
{
  g_ptr_array_unref (HO_START_WATCH (object)->starts);

  G_OBJECT_CLASS (ho_start_watch_parent_class)->finalize (object);
}

static void
ho_start_watch_class_init (HoStartWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_start_watch_dispose;
  object_class->finalize = ho_start_watch_finalize;

  signals[HELD] = g_signal_new ("held", HO_TYPE_START_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 3, HO_TYPE_GUEST, HO_TYPE_GPU, G_TYPE_POINTER);
  signals[STALLED]
      = g_signal_new ("stalled", HO_TYPE_START_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 3, HO_TYPE_GUEST, HO_TYPE_GPU, G_TYPE_POINTER);
  signals[MOVED_ON] = g_signal_new ("moved-on", HO_TYPE_START_WATCH, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, HO_TYPE_GUEST);
}

static void
ho_start_watch_init (HoStartWatch *self)
{
  self->starts = g_ptr_array_new_with_free_func (start_free);
}

/**
 * ho_start_watch_new:
 * @gpus: the cards
 *
 * Returns: (transfer full): a watch that follows nothing yet
 */
HoStartWatch *
ho_start_watch_new (HoGpuList *gpus)
{
  HoStartWatch *self = g_object_new (HO_TYPE_START_WATCH, NULL);

  self->gpus = g_object_ref (gpus);
  return self;
}

/**
 * ho_start_watch_follow:
 * @self: a watch
 * @guest: a guest that is about to start
 * @gpus: (element-type HoGpu): those of its cards that have to leave a driver of the host
 * @seconds: how long that may take
 */
void
ho_start_watch_follow (HoStartWatch *self, HoGuest *guest, GPtrArray *gpus, guint seconds)
{
  Start *start = g_new0 (Start, 1);
  guint first = MIN (FIRST_LOOK, seconds);

  ho_start_watch_forget (self, guest);
  start->watch = self;
  start->guest = g_object_ref (guest);
  start->gpus = g_ptr_array_ref (gpus);
  start->handler = g_signal_connect (guest, "notify::state", G_CALLBACK (on_state_changed), start);
  look_in (start, first, seconds - first);
  g_ptr_array_add (self->starts, start);
}

/**
 * ho_start_watch_forget:
 * @self: a watch
 * @guest: a guest whose start has ended, or need not be followed any more
 */
void
ho_start_watch_forget (HoStartWatch *self, HoGuest *guest)
{
  Start *start = find_start (self, guest);
  gboolean told = start != NULL && start->told;

  /* What the user has said to the hook was said of this start. */
  ho_busy_marker_remove (ho_guest_get_uuid (guest));
  if (start != NULL)
    g_ptr_array_remove_fast (self->starts, start);
  if (told)
    g_signal_emit (self, signals[MOVED_ON], 0, guest);
}
