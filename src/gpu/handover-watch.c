/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "handover-watch.h"

#include "gpu-command.h"

/* A card has changed hands when nothing has happened to it for so long, in milliseconds. libvirt
 * takes a function every 50 ms, and a failed start gives all back within 1.5 s. */
#define SETTLE 1000

/**
 * HoHandoverWatch:
 *
 * Tells when a card has changed hands: once, and only when it is true of every function.
 *
 * The signal `handed-over` (with the card and the #HoGuest that has it now or had it before, or
 * %NULL) follows a hand-over that is complete: all functions have the drivers that they should have
 * and, with the host, their device nodes are there again. `incomplete` (with the card and the
 * #HoPciFunction that is not where it should be) tells of one that is not after the time set for
 * it; the card's owner says where it is.
 */
struct _HoHandoverWatch
{
  GObject parent;

  HoGpuList *gpus;
  HoGuestList *guests;
  HoSettings *settings;
  GHashTable *tracks; /* slot → Track */
};

G_DEFINE_FINAL_TYPE (HoHandoverWatch, ho_handover_watch, G_TYPE_OBJECT)

enum
{
  HANDED_OVER,
  INCOMPLETE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* What is known of one card's way. */
typedef struct
{
  HoHandoverWatch *watch;
  HoGpu *gpu;
  HoGpuOwner owner; /* as it was told last */
  HoGuest *guest;   /* nullable: who had it then */
  GPtrArray *home;  /* of HoPciFunction: as they were when the host had all of it; NULL: unknown */
  gboolean known;   /* whether all of libvirt's guests were known when @owner was seen */
  gboolean was_reserved; /* before a guest got it */
  guint settle;
  guint deadline;
  gboolean moving;  /* since the last time when all was as told */
  gboolean overdue; /* the deadline has passed */
  gboolean problem; /* and that was told */
} Track;

typedef enum
{
  UNDECIDED, /* it is on its way, or may be */
  COMPLETE,
  FAULTY,
} Verdict;

static void
track_free (gpointer data)
{
  Track *track = data;

  g_clear_handle_id (&track->settle, g_source_remove);
  g_clear_handle_id (&track->deadline, g_source_remove);
  g_clear_object (&track->guest);
  g_clear_pointer (&track->home, g_ptr_array_unref);
  g_object_unref (track->gpu);
  g_free (track);
}

static const HoPciFunction *
find_at_home (Track *track, const HoPciFunction *function)
{
  for (guint i = 0; track->home != NULL && i < track->home->len; i++)
    {
      const HoPciFunction *before = track->home->pdata[i];

      if (g_str_equal (before->address, function->address))
        return before;
    }
  return NULL;
}

static gboolean
is_in_xml (HoGuest *guest, const char *address)
{
  const GPtrArray *hostdevs = ho_guest_get_facts (guest)->pci_hostdevs;

  for (guint i = 0; i < hostdevs->len; i++)
    {
      if (g_str_equal (((const HoPciHostdev *) hostdevs->pdata[i])->address, address))
        return TRUE;
    }
  return FALSE;
}

/* Whether each kind of node that the function had at home is there again, and in /dev. */
static gboolean
has_its_nodes (const HoPciFunction *function, const HoPciFunction *before)
{
  for (guint i = 0; before != NULL && i < before->nodes->len; i++)
    {
      const HoDeviceNode *node = before->nodes->pdata[i];

      if (!ho_pci_function_has_node_of (function, node->subsystem))
        return FALSE;
    }
  return ho_pci_function_has_all_nodes (function);
}

/* Whether @function is as it should be while the host has the card. What was set aside or without a
 * driver then may be so again; of a card that was never seen there, only the display needs one. */
static gboolean
is_at_home (Track *track, const HoPciFunction *function)
{
  const HoPciFunction *before = find_at_home (track, function);

  if (function->driver == NULL)
    return before != NULL ? before->driver == NULL : function->kind != HO_PCI_DISPLAY;
  if (ho_pci_function_is_set_aside (function))
    return before != NULL && ho_pci_function_is_set_aside (before);
  return has_its_nodes (function, before);
}

/* The first function that is not where the card as a whole is; %NULL: all are. */
static HoPciFunction *
find_straggler (Track *track)
{
  const GPtrArray *functions = ho_gpu_get_functions (track->gpu);
  HoGuest *guest = ho_gpu_get_guest (track->gpu);

  for (guint i = 0; i < functions->len; i++)
    {
      HoPciFunction *function = functions->pdata[i];
      gboolean good;

      switch (ho_gpu_get_owner (track->gpu))
        {
        case HO_GPU_GUEST:
          good = ho_pci_function_is_set_aside (function) || !is_in_xml (guest, function->address);
          break;
        case HO_GPU_RESERVED:
          good = ho_pci_function_is_set_aside (function) || function->driver == NULL;
          break;
        case HO_GPU_HOST:
          good = is_at_home (track, function);
          break;
        case HO_GPU_NONE:
        default:
          good = FALSE;
        }
      if (!good)
        return function;
    }
  return NULL;
}

static gboolean
is_about_to_start (Track *track)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (track->watch->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (track->watch->guests), i);

      if (ho_guest_get_state (guest) == HO_GUEST_STARTING && !ho_guest_has_process (guest)
          && ho_gpu_is_passed_to (track->gpu, guest))
        return TRUE;
    }
  return FALSE;
}

static Verdict
judge (Track *track, HoPciFunction **straggler)
{
  HoGpuOwner owner = ho_gpu_get_owner (track->gpu);

  *straggler = find_straggler (track);
  /* A start takes the card long before libvirt tells of it, and fails without a word. */
  if (is_about_to_start (track))
    return UNDECIDED;
  /* Whether a guest has it nobody knows while there is no connection. */
  if (owner == HO_GPU_RESERVED && !ho_guest_list_is_current (track->watch->guests))
    return UNDECIDED;
  if (owner == HO_GPU_RESERVED && track->owner == HO_GPU_GUEST && !track->was_reserved
      && track->home != NULL && *straggler == NULL)
    /* It came from the host and does not go back there. */
    *straggler = g_ptr_array_index (ho_gpu_get_functions (track->gpu), 0);
  if (*straggler != NULL)
    return track->overdue ? FAULTY : UNDECIDED;
  /* It may be on its way to a guest, or from one. */
  if (owner == HO_GPU_RESERVED && track->owner != HO_GPU_RESERVED && !track->was_reserved
      && !track->overdue)
    return UNDECIDED;
  return COMPLETE;
}

/* With a new connection to libvirt a guest is another object, and the same guest. */
static gboolean
is_as_told (Track *track)
{
  HoGuest *guest = ho_gpu_get_guest (track->gpu);

  return ho_gpu_get_owner (track->gpu) == track->owner
         && (guest == track->guest
             || (guest != NULL && track->guest != NULL
                 && g_str_equal (ho_guest_get_uuid (guest), ho_guest_get_uuid (track->guest))));
}

static void
remember_home (Track *track)
{
  if (ho_gpu_get_owner (track->gpu) != HO_GPU_HOST)
    return;
  g_clear_pointer (&track->home, g_ptr_array_unref);
  track->home = g_ptr_array_ref (ho_gpu_get_functions (track->gpu));
}

static void
on_command_ended (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!ho_gpu_command_run_finish (result, &error))
    g_message ("%s", error->message);
}

static void
run_command (Track *track, HoGuest *guest)
{
  HoGpuOwner owner = ho_gpu_get_owner (track->gpu);
  const char *key = owner == HO_GPU_GUEST  ? HO_KEY_GPU_GUEST_COMMAND
                    : owner == HO_GPU_HOST ? HO_KEY_GPU_HOST_COMMAND
                                           : NULL;
  g_autofree char *command
      = key != NULL ? g_settings_get_string (ho_settings_get_global (track->watch->settings), key)
                    : NULL;

  if (command != NULL && *command != '\0')
    ho_gpu_command_run_async (command, track->gpu, guest, 0, NULL, on_command_ended, NULL);
}

static void
tell_handed_over (Track *track)
{
  HoGpuOwner owner = ho_gpu_get_owner (track->gpu);
  HoGuest *now = ho_gpu_get_guest (track->gpu);
  g_autoptr (HoGuest) guest = now != NULL            ? g_object_ref (now)
                              : track->guest != NULL ? g_object_ref (track->guest)
                                                     : NULL;

  if (owner == HO_GPU_GUEST)
    track->was_reserved = track->owner == HO_GPU_RESERVED;
  track->owner = owner;
  g_set_object (&track->guest, now);
  run_command (track, guest);
  g_signal_emit (track->watch, signals[HANDED_OVER], 0, track->gpu, guest);
}

static void
rest (Track *track)
{
  g_clear_handle_id (&track->settle, g_source_remove);
  g_clear_handle_id (&track->deadline, g_source_remove);
  track->moving = track->overdue = track->problem = FALSE;
}

static void
decide (Track *track)
{
  HoPciFunction *straggler;
  Verdict verdict = judge (track, &straggler);
  gboolean was_problem = track->problem;

  if (verdict == COMPLETE)
    {
      rest (track);
      remember_home (track);
      if (!is_as_told (track) || was_problem)
        tell_handed_over (track);
      else
        g_set_object (&track->guest, ho_gpu_get_guest (track->gpu));
    }
  else if (verdict == FAULTY && !track->problem)
    {
      track->problem = TRUE;
      g_signal_emit (track->watch, signals[INCOMPLETE], 0, track->gpu, straggler);
    }
}

typedef struct
{
  GWeakRef watch;
  HoGpu *gpu;
} LastLook;

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  LastLook *what = user_data;
  g_autoptr (HoHandoverWatch) self = g_weak_ref_get (&what->watch);
  Track *track
      = self != NULL ? g_hash_table_lookup (self->tracks, ho_gpu_get_slot (what->gpu)) : NULL;

  ho_gpu_list_look_finish (HO_GPU_LIST (object), result, NULL);
  if (track != NULL && track->settle == 0)
    decide (track);
  g_weak_ref_clear (&what->watch);
  g_object_unref (what->gpu);
  g_free (what);
}

/* What is told has to be true: where the kernel's events can't be had the last look was too early.
 */
static void
look_and_decide (Track *track)
{
  LastLook *what = g_new0 (LastLook, 1);

  g_weak_ref_init (&what->watch, track->watch);
  what->gpu = g_object_ref (track->gpu);
  ho_gpu_list_look_async (track->watch->gpus, FALSE, NULL, on_looked, what);
}

static gboolean
on_settled (gpointer user_data)
{
  Track *track = user_data;

  track->settle = 0;
  look_and_decide (track);
  return G_SOURCE_REMOVE;
}

static gboolean
on_deadline (gpointer user_data)
{
  Track *track = user_data;

  if (is_about_to_start (track))
    return G_SOURCE_CONTINUE; /* the guard watches that */
  track->deadline = 0;
  track->overdue = TRUE;
  if (track->settle == 0)
    look_and_decide (track);
  return G_SOURCE_REMOVE;
}

/* Whether a function of a card that the host has was taken from it. */
static gboolean
is_partly_away (Track *track)
{
  const GPtrArray *functions = ho_gpu_get_functions (track->gpu);

  for (guint i = 0; i < functions->len; i++)
    {
      const HoPciFunction *function = functions->pdata[i];
      const HoPciFunction *before = find_at_home (track, function);

      if (ho_pci_function_is_set_aside (function) && before != NULL
          && !ho_pci_function_is_set_aside (before))
        return TRUE;
    }
  return FALSE;
}

/* The card is as it is found; nobody is told. */
static void
accept (Track *track)
{
  track->owner = ho_gpu_get_owner (track->gpu);
  g_set_object (&track->guest, ho_gpu_get_guest (track->gpu));
  if (find_straggler (track) == NULL)
    remember_home (track);
}

static void
on_gpu_changed (HoHandoverWatch *self, HoGpu *gpu)
{
  Track *track = g_hash_table_lookup (self->tracks, ho_gpu_get_slot (gpu));
  guint patience
      = g_settings_get_uint (ho_settings_get_global (self->settings), HO_KEY_GPU_TIMEOUT);

  if (track == NULL)
    return;
  if (!track->known)
    {
      accept (track);
      return;
    }
  if (!track->moving && is_as_told (track)
      && (track->owner != HO_GPU_HOST || !is_partly_away (track)))
    {
      remember_home (track); /* what comes and goes at home is the user's business */
      return;
    }
  track->moving = TRUE;
  g_clear_handle_id (&track->settle, g_source_remove);
  track->settle = g_timeout_add (SETTLE, on_settled, track);
  if (track->deadline == 0 && !track->overdue)
    track->deadline = g_timeout_add_seconds (patience, on_deadline, track);
}

static void
on_gpu_added (HoHandoverWatch *self, HoGpu *gpu)
{
  Track *track = g_hash_table_lookup (self->tracks, ho_gpu_get_slot (gpu));

  if (track != NULL)
    {
      g_set_object (&track->gpu, gpu);
      on_gpu_changed (self, gpu);
      return;
    }
  track = g_new0 (Track, 1);
  track->watch = self;
  track->gpu = g_object_ref (gpu);
  track->known = ho_guest_list_is_current (self->guests);
  accept (track);
  g_hash_table_insert (self->tracks, g_strdup (ho_gpu_get_slot (gpu)), track);
}

static void
on_gpu_removed (HoHandoverWatch *self, HoGpu *gpu)
{
  Track *track = g_hash_table_lookup (self->tracks, ho_gpu_get_slot (gpu));

  /* With the connection go the guests, and with them the cards that are known by their XML only:
   * they come again with what was told of them. */
  if (track != NULL && !ho_guest_list_is_current (self->guests))
    rest (track);
  else
    g_hash_table_remove (self->tracks, ho_gpu_get_slot (gpu));
}

/* At first libvirt tells of one guest after the other: only then is it known which of those that
 * share a card has it. */
static void
on_current_changed (HoHandoverWatch *self)
{
  GHashTableIter iter;
  gpointer track;

  if (!ho_guest_list_is_current (self->guests))
    return;
  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &track))
    ((Track *) track)->known = TRUE;
}

/* A start that failed leaves the card as it was, which is then to be seen as such. */
static void
on_guest_state_changed (HoHandoverWatch *self, HoGuest *guest)
{
  g_autoptr (GPtrArray) gpus = ho_gpu_list_list_for_guest (self->gpus, guest);

  for (guint i = 0; i < gpus->len; i++)
    on_gpu_changed (self, gpus->pdata[i]);
}

static void
ho_handover_watch_dispose (GObject *object)
{
  HoHandoverWatch *self = HO_HANDOVER_WATCH (object);

  g_hash_table_remove_all (self->tracks);
  g_clear_object (&self->gpus);
  g_clear_object (&self->guests);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_handover_watch_parent_class)->dispose (object);
}

static void
ho_handover_watch_finalize (GObject *object)
{
  HoHandoverWatch *self = HO_HANDOVER_WATCH (object);

  g_hash_table_unref (self->tracks);

  G_OBJECT_CLASS (ho_handover_watch_parent_class)->finalize (object);
}

static void
ho_handover_watch_class_init (HoHandoverWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_handover_watch_dispose;
  object_class->finalize = ho_handover_watch_finalize;

  signals[HANDED_OVER]
      = g_signal_new ("handed-over", HO_TYPE_HANDOVER_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, HO_TYPE_GPU, HO_TYPE_GUEST);
  signals[INCOMPLETE]
      = g_signal_new ("incomplete", HO_TYPE_HANDOVER_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, HO_TYPE_GPU, G_TYPE_POINTER);
}

static void
ho_handover_watch_init (HoHandoverWatch *self)
{
  self->tracks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, track_free);
}

/**
 * ho_handover_watch_new:
 * @gpus: the cards
 * @guests: who may get them
 * @settings: how long a hand-over may take, and the user's commands after it
 *
 * Returns: (transfer full): a watch; how the cards are now is not told
 */
HoHandoverWatch *
ho_handover_watch_new (HoGpuList *gpus, HoGuestList *guests, HoSettings *settings)
{
  HoHandoverWatch *self = g_object_new (HO_TYPE_HANDOVER_WATCH, NULL);

  self->gpus = g_object_ref (gpus);
  self->guests = g_object_ref (guests);
  self->settings = g_object_ref (settings);
  g_object_connect (gpus, "swapped-object-signal::gpu-added", on_gpu_added, self,
                    "swapped-object-signal::gpu-changed", on_gpu_changed, self,
                    "swapped-object-signal::gpu-removed", on_gpu_removed, self, NULL);
  g_object_connect (guests, "swapped-object-signal::guest-changed::state", on_guest_state_changed,
                    self, "swapped-object-signal::guest-added", on_guest_state_changed, self,
                    "swapped-object-signal::notify::current", on_current_changed, self, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (gpus)); i++)
    {
      g_autoptr (HoGpu) gpu = g_list_model_get_item (G_LIST_MODEL (gpus), i);

      on_gpu_added (self, gpu);
    }
  return self;
}
