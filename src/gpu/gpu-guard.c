/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "gpu-guard.h"

#include "busy-marker.h"
#include "error.h"
#include "gpu-command.h"

#include <glib/gi18n.h>

/* While somebody is known to be letting go of a card it is looked at again this often, in
 * milliseconds: the kernel does not tell when a device is closed. */
#define LOOK_AGAIN 200

/* A sound server that has only just found a card may not know it yet when it is asked, and open it
 * after that. It is asked again this often, in microseconds. */
#define ASK_AGAIN G_TIME_SPAN_SECOND

/**
 * HoGpuGuard:
 *
 * The gate that lets no guest start while its card is in use: a driver that is unbound then may
 * hang until the next boot of the host. On the way it runs the user's command that frees the card,
 * and has the sound server let go of the card's audio function.
 *
 * The signal `refused` (with the guest, the card and what the error says) precedes the error of a
 * start that was refused since the card is in use or may be; who uses it is in the card.
 */
struct _HoGpuGuard
{
  GObject parent;

  HoGpuList *gpus;
  HoGuestList *guests;
  HoSettings *settings;
  HoSoundReleaser *releaser; /* nullable */
  GCancellable *cancellable;
  HoStartWatch *starts; /* those that were let through */
  GHashTable *released; /* uuid → GPtrArray of addresses that the sound server has let go of */
};

static void ho_gpu_guard_gate_init (HoStartGateInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoGpuGuard, ho_gpu_guard, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_START_GATE, ho_gpu_guard_gate_init))

enum
{
  REFUSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* The gate on its way: the task's data. */
typedef struct
{
  HoGuest *guest;
  HoStartFlags flags;
  GPtrArray *gpus;       /* of HoGpu: those with a function that has to leave a host driver */
  guint commands_run;    /* for so many of @gpus */
  gint64 sound_asked;    /* when, last; 0: it was not */
  guint sound_waiting;   /* answers of the sound server that are still to come */
  gboolean expects_more; /* somebody was asked to let go */
  gint64 deadline;       /* of that */
  guint again;
} Open;

static void run_next_command (GTask *task);
static void look (GTask *task);

static void
open_free (gpointer data)
{
  Open *open = data;

  g_clear_handle_id (&open->again, g_source_remove);
  g_object_unref (open->guest);
  g_clear_pointer (&open->gpus, g_ptr_array_unref);
  g_free (open);
}

static guint
get_patience (HoGpuGuard *self)
{
  return g_settings_get_uint (ho_settings_get_global (self->settings), HO_KEY_GPU_TIMEOUT);
}

/* The guest does not start, or has stopped. */
static void
undo (HoGpuGuard *self, HoGuest *guest)
{
  GPtrArray *addresses = g_hash_table_lookup (self->released, ho_guest_get_uuid (guest));

  ho_start_watch_forget (self->starts, guest);
  for (guint i = 0; addresses != NULL && i < addresses->len; i++)
    ho_sound_releaser_restore (self->releaser, addresses->pdata[i]);
  g_hash_table_remove (self->released, ho_guest_get_uuid (guest));
}

static void
end (GTask *task, GError *error)
{
  const Open *open = g_task_get_task_data (task);

  if (error != NULL)
    {
      undo (g_task_get_source_object (task), open->guest);
      g_task_return_error (task, error);
    }
  else
    {
      g_task_return_boolean (task, TRUE);
    }
  g_object_unref (task);
}

/* The hook asks for itself, so it has to be told what the user has said to us. */
static gboolean
tell_hook (const Open *open, GError **error)
{
  return (open->flags & HO_START_IGNORE_BUSY) == 0 || !ho_busy_hook_is_installed ()
         || ho_busy_marker_put (ho_guest_get_uuid (open->guest), error);
}

static void
let_through (GTask *task)
{
  HoGpuGuard *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  GError *error = NULL;

  if (open->gpus != NULL && open->gpus->len > 0)
    {
      ho_start_watch_follow (self->starts, open->guest, open->gpus, get_patience (self));
      tell_hook (open, &error);
    }
  end (task, error);
}

/* The verdict. */

static gboolean
is_trusted (HoGpuGuard *self, HoGpu *gpu)
{
  g_auto (GStrv) cards
      = g_settings_get_strv (ho_settings_get_global (self->settings), HO_KEY_TRUSTED_CARDS);

  return g_strv_contains ((const char *const *) cards, ho_gpu_get_address (gpu));
}

static gboolean
is_all_session (const HoHolders *holders)
{
  for (guint i = 0; i < holders->list->len; i++)
    {
      if (((const HoHolder *) holders->list->pdata[i])->kind != HO_HOLDER_SESSION)
        return FALSE;
    }
  return TRUE;
}

static GError *
make_error (HoGpu *gpu, HoGuest *guest)
{
  const HoHolders *holders = ho_gpu_get_holders (gpu);
  g_autofree char *names = NULL;

  if (holders == NULL || holders->list->len == 0)
    return g_error_new (
        HO_ERROR, HO_ERROR_REFUSED,
        ngettext ("Whether %s is in use can't be seen: %u process of another user could not be "
                  "read. Install Handover's libvirt hook, which can, or start %s anyway "
                  "(--ignore-busy) if you are sure.",
                  "Whether %s is in use can't be seen: %u processes of other users could not be "
                  "read. Install Handover's libvirt hook, which can, or start %s anyway "
                  "(--ignore-busy) if you are sure.",
                  holders != NULL ? holders->unread : 0),
        ho_gpu_get_name (gpu), holders != NULL ? holders->unread : 0, ho_guest_get_name (guest));
  names = ho_holders_dup_names (holders);
  if (is_all_session (holders))
    return g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                        _ ("%s is in use by your desktop session: %s. Keep the session off the "
                           "card, as handover(1) says under CARDS IN USE, then log in again."),
                        ho_gpu_get_name (gpu), names);
  return g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                      _ ("%s is in use by %s. Close what uses it, then start %s again."),
                      ho_gpu_get_name (gpu), names, ho_guest_get_name (guest));
}

static gboolean
look_again (gpointer user_data)
{
  GTask *task = user_data;
  Open *open = g_task_get_task_data (task);

  open->again = 0;
  look (task);
  return G_SOURCE_REMOVE;
}

/* The first card that may be in use. */
static HoGpu *
find_obstacle (HoGpuGuard *self, Open *open)
{
  for (guint i = 0; i < open->gpus->len; i++)
    {
      HoGpu *gpu = open->gpus->pdata[i];
      const HoHolders *holders = ho_gpu_get_holders (gpu);

      if (ho_gpu_find_on_host (gpu) == NULL || (holders != NULL && holders->proven))
        continue;
      if (holders == NULL || holders->list->len > 0
          || !(ho_busy_hook_is_installed () || is_trusted (self, gpu)))
        return gpu;
    }
  return NULL;
}

static void
judge (GTask *task)
{
  HoGpuGuard *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  HoGpu *obstacle = find_obstacle (self, open);

  if (obstacle == NULL || (open->flags & HO_START_IGNORE_BUSY) != 0)
    {
      let_through (task);
    }
  else if (open->expects_more && g_get_monotonic_time () < open->deadline)
    {
      open->again = g_timeout_add (LOOK_AGAIN, look_again, task);
    }
  else
    {
      GError *error = make_error (obstacle, open->guest);

      g_signal_emit (self, signals[REFUSED], 0, open->guest, obstacle, error->message);
      end (task, error);
    }
}

/* The sound server. */

static void
report_release (GObject *object, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  if (!ho_sound_releaser_release_finish (HO_SOUND_RELEASER (object), result, &error))
    g_message ("the sound server does not let go of the card: %s", error->message);
}

static void
on_sound_released (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Open *open = g_task_get_task_data (task);

  report_release (object, result);
  if (--open->sound_waiting == 0)
    look (task);
}

/* Whether the sound server uses the card, and whether it does so @alone. */
static gboolean
is_held_by_sound (HoGpu *gpu, gboolean *alone)
{
  const HoHolders *holders = ho_gpu_get_holders (gpu);
  gboolean held = FALSE;

  *alone = TRUE;
  for (guint i = 0; holders != NULL && i < holders->list->len; i++)
    {
      if (((const HoHolder *) holders->list->pdata[i])->kind == HO_HOLDER_SOUND)
        held = TRUE;
      else
        *alone = FALSE;
    }
  return held;
}

static void
remember_released (HoGpuGuard *self, HoGuest *guest, const char *address)
{
  GPtrArray *addresses = g_hash_table_lookup (self->released, ho_guest_get_uuid (guest));

  if (addresses == NULL)
    {
      addresses = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->released, g_strdup (ho_guest_get_uuid (guest)), addresses);
    }
  if (!g_ptr_array_find_with_equal_func (addresses, address, g_str_equal, NULL))
    g_ptr_array_add (addresses, g_strdup (address));
}

static void
ask_to_release (HoGpuGuard *self, HoGuest *guest, const char *address, GAsyncReadyCallback callback,
                gpointer user_data)
{
  remember_released (self, guest, address);
  ho_sound_releaser_release_async (self->releaser, address, self->cancellable, callback, user_data);
}

/* Returns whether the sound server was asked; then on_sound_released() goes on. */
static gboolean
ask_sound (GTask *task)
{
  HoGpuGuard *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  gint64 now = g_get_monotonic_time ();

  if (self->releaser == NULL
      || (open->sound_asked != 0 && (now - open->sound_asked < ASK_AGAIN || now >= open->deadline)))
    return FALSE;
  for (guint i = 0; i < open->gpus->len; i++)
    {
      const GPtrArray *functions = ho_gpu_get_functions (open->gpus->pdata[i]);
      gboolean alone, held = is_held_by_sound (open->gpus->pdata[i], &alone);

      /* It need not be disturbed as long as the start would be refused all the same. */
      if (!alone && (open->flags & HO_START_IGNORE_BUSY) == 0)
        return FALSE;
      for (guint j = 0; held && j < functions->len; j++)
        {
          const HoPciFunction *function = functions->pdata[j];

          if (function->kind == HO_PCI_AUDIO && !ho_pci_function_is_set_aside (function))
            g_ptr_array_add (addresses, g_strdup (function->address));
        }
    }
  if (addresses->len == 0)
    return FALSE;
  if (open->sound_asked == 0)
    {
      open->expects_more = TRUE;
      open->deadline = now + get_patience (self) * (gint64) G_USEC_PER_SEC;
    }
  open->sound_asked = now;
  open->sound_waiting = addresses->len;
  for (guint i = 0; i < addresses->len; i++)
    ask_to_release (self, open->guest, addresses->pdata[i], on_sound_released, task);
  return TRUE;
}

static void
on_released_late (GObject *object, GAsyncResult *result, gpointer user_data)
{
  report_release (object, result);
}

/* A sound server that has just found the card, since a guest gave it back or the session began, had
 * not opened it yet when the guard looked. */
static void
on_held (HoGpuGuard *self, HoGuest *guest, HoGpu *gpu, const HoPciFunction *function)
{
  gboolean alone;

  if (self->releaser != NULL && function->kind == HO_PCI_AUDIO && is_held_by_sound (gpu, &alone))
    ask_to_release (self, guest, function->address, on_released_late, NULL);
}

static void
on_holders_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;

  ho_gpu_list_look_finish (HO_GPU_LIST (object), result, NULL);
  if (!ask_sound (task))
    judge (task);
}

static void
look (GTask *task)
{
  HoGpuGuard *self = g_task_get_source_object (task);

  if (!g_task_return_error_if_cancelled (task))
    ho_gpu_list_look_async (self->gpus, TRUE, NULL, on_holders_looked, task);
  else
    g_object_unref (task);
}

/* The user's command that frees a card. */

static void
on_command_ended (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  HoGpuGuard *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!ho_gpu_command_run_finish (result, &error) && (open->flags & HO_START_IGNORE_BUSY) == 0)
    {
      end (task, g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                              _ ("%s It is to free the card, so %s was not started."),
                              error->message, ho_guest_get_name (open->guest)));
      return;
    }
  open->expects_more = TRUE;
  open->deadline = g_get_monotonic_time () + get_patience (self) * (gint64) G_USEC_PER_SEC;
  open->commands_run++;
  run_next_command (task);
}

static void
run_next_command (GTask *task)
{
  HoGpuGuard *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  g_autofree char *command
      = g_settings_get_string (ho_settings_get_global (self->settings), HO_KEY_GPU_FREE_COMMAND);

  if (*command == '\0' || open->commands_run == open->gpus->len)
    look (task);
  else
    ho_gpu_command_run_async (command, open->gpus->pdata[open->commands_run], open->guest,
                              get_patience (self), NULL, on_command_ended, task);
}

/* The gate. */

static HoGuest *
find_rival (HoGpuGuard *self, HoGpu *gpu, HoGuest *guest)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) other = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      if (other != guest && ho_guest_is_active (other) && ho_gpu_is_passed_to (gpu, other))
        return other; /* the list keeps it */
    }
  return NULL;
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  HoGpuGuard *self = g_task_get_source_object (task);
  Open *open = g_task_get_task_data (task);
  g_autoptr (GPtrArray) gpus = ho_gpu_list_list_for_guest (self->gpus, open->guest);

  ho_gpu_list_look_finish (HO_GPU_LIST (object), result, NULL);
  open->gpus = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < gpus->len; i++)
    {
      HoGuest *rival = find_rival (self, gpus->pdata[i], open->guest);

      if (rival != NULL)
        {
          end (task, g_error_new (HO_ERROR, HO_ERROR_REFUSED,
                                  _ ("%s has %s now. Shut that guest down, then start %s."),
                                  ho_guest_get_name (rival), ho_gpu_get_name (gpus->pdata[i]),
                                  ho_guest_get_name (open->guest)));
          return;
        }
      if (ho_gpu_find_on_host (gpus->pdata[i]) != NULL)
        g_ptr_array_add (open->gpus, g_object_ref (gpus->pdata[i]));
    }
  if (open->gpus->len == 0)
    let_through (task);
  else
    run_next_command (task);
}

static void
ho_gpu_guard_open (HoStartGate *gate, HoGuest *guest, HoStartFlags flags, GTask *task)
{
  HoGpuGuard *self = HO_GPU_GUARD (gate);
  Open *open = g_new0 (Open, 1);

  open->guest = g_object_ref (guest);
  open->flags = flags;
  g_task_set_task_data (task, open, open_free);
  if (ho_gpu_monitor_get_root (ho_gpu_list_get_monitor (self->gpus)) == NULL)
    end (task, NULL); /* its cards are not on this machine */
  else
    ho_gpu_list_look_async (self->gpus, FALSE, NULL, on_looked, task);
}

static void
ho_gpu_guard_close (HoStartGate *gate, HoGuest *guest)
{
  undo (HO_GPU_GUARD (gate), guest);
}

static gboolean
ho_gpu_guard_holds_up (HoStartGate *gate, HoGuest *guest)
{
  g_autoptr (GPtrArray) gpus = ho_gpu_list_list_for_guest (HO_GPU_GUARD (gate)->gpus, guest);

  for (guint i = 0; i < gpus->len; i++)
    {
      if (ho_gpu_find_held (gpus->pdata[i]) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
ho_gpu_guard_gate_init (HoStartGateInterface *iface)
{
  iface->open = ho_gpu_guard_open;
  iface->close = ho_gpu_guard_close;
  iface->holds_up = ho_gpu_guard_holds_up;
}

static void
ho_gpu_guard_dispose (GObject *object)
{
  HoGpuGuard *self = HO_GPU_GUARD (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->starts);
  g_clear_object (&self->releaser);
  g_clear_object (&self->gpus);
  g_clear_object (&self->guests);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_gpu_guard_parent_class)->dispose (object);
}

static void
ho_gpu_guard_finalize (GObject *object)
{
  HoGpuGuard *self = HO_GPU_GUARD (object);

  g_object_unref (self->cancellable);
  g_hash_table_unref (self->released);

  G_OBJECT_CLASS (ho_gpu_guard_parent_class)->finalize (object);
}

static void
ho_gpu_guard_class_init (HoGpuGuardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_gpu_guard_dispose;
  object_class->finalize = ho_gpu_guard_finalize;

  signals[REFUSED] = g_signal_new ("refused", HO_TYPE_GPU_GUARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 3, HO_TYPE_GUEST, HO_TYPE_GPU, G_TYPE_STRING);
}

static void
ho_gpu_guard_init (HoGpuGuard *self)
{
  self->cancellable = g_cancellable_new ();
  self->released
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * ho_gpu_guard_new:
 * @gpus: the cards
 * @guests: whose starts are guarded
 * @starts: what follows the starts that are let through
 * @settings: the time that things may take, the command that frees a card, and which cards the user
 *   trusts to be free
 *
 * Returns: (transfer full): the guard
 */
HoGpuGuard *
ho_gpu_guard_new (HoGpuList *gpus, HoGuestList *guests, HoStartWatch *starts, HoSettings *settings)
{
  HoGpuGuard *self = g_object_new (HO_TYPE_GPU_GUARD, NULL);

  self->gpus = g_object_ref (gpus);
  self->guests = g_object_ref (guests);
  self->starts = g_object_ref (starts);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (starts, "held", G_CALLBACK (on_held), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * ho_gpu_guard_set_sound_releaser:
 * @self: a guard
 * @releaser: how to take the sound server off a card
 */
void
ho_gpu_guard_set_sound_releaser (HoGpuGuard *self, HoSoundReleaser *releaser)
{
  g_set_object (&self->releaser, releaser);
}

/**
 * ho_gpu_guard_trust:
 * @self: a guard
 * @gpu: a card
 *
 * Remembers that the user takes @gpu for free when no process that can be read uses it.
 */
void
ho_gpu_guard_trust (HoGpuGuard *self, HoGpu *gpu)
{
  GSettings *global = ho_settings_get_global (self->settings);
  g_auto (GStrv) cards = g_settings_get_strv (global, HO_KEY_TRUSTED_CARDS);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  if (is_trusted (self, gpu))
    return;
  g_strv_builder_addv (builder, (const char **) cards);
  g_strv_builder_add (builder, ho_gpu_get_address (gpu));
  all = g_strv_builder_end (builder);
  g_settings_set_strv (global, HO_KEY_TRUSTED_CARDS, (const char *const *) all);
}
