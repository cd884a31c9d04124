/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "actions.h"

#include "error.h"

/**
 * HoActions:
 *
 * What a user can ask for with the mouse, in the tray and on notifications: started and left to
 * itself. Nobody waits for an answer, so an error becomes the signal `failed`, with the guest and
 * the #GError, or `input-failed`, with the #GError alone. A handler of `failed` that has told the
 * user returns %TRUE, and no other is called.
 */
struct _HoActions
{
  GObject parent;

  HoCore *core;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (HoActions, ho_actions, G_TYPE_OBJECT)

enum
{
  FAILED,
  INPUT_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  HoActions *actions;
  HoGuest *guest;
} Request;

static Request *
request_new (HoActions *self, HoGuest *guest)
{
  Request *request = g_new0 (Request, 1);

  request->actions = g_object_ref (self);
  request->guest = g_object_ref (guest);
  return request;
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = NULL;
  gboolean told;

  ho_guest_control_finish (HO_GUEST_CONTROL (object), result, &error);
  /* A guest that does not shut down is told of by the ladder's own signal, which asks what to do.
   */
  if (error != NULL && !ho_error_is_silent (error)
      && !g_error_matches (error, HO_ERROR, HO_ERROR_TIMED_OUT))
    g_signal_emit (request->actions, signals[FAILED], 0, request->guest, error, &told);
  g_object_unref (request->actions);
  g_object_unref (request->guest);
  g_free (request);
}

static void
ho_actions_dispose (GObject *object)
{
  HoActions *self = HO_ACTIONS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_actions_parent_class)->dispose (object);
}

static void
ho_actions_finalize (GObject *object)
{
  HoActions *self = HO_ACTIONS (object);

  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (ho_actions_parent_class)->finalize (object);
}

static void
ho_actions_class_init (HoActionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_actions_dispose;
  object_class->finalize = ho_actions_finalize;

  signals[INPUT_FAILED] = g_signal_new ("input-failed", HO_TYPE_ACTIONS, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[FAILED] = g_signal_new ("failed", HO_TYPE_ACTIONS, G_SIGNAL_RUN_LAST, 0,
                                  g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 2,
                                  HO_TYPE_GUEST, G_TYPE_ERROR);
}

static void
ho_actions_init (HoActions *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * ho_actions_new:
 * @core: what does the work
 *
 * Returns: (transfer full): the actions
 */
HoActions *
ho_actions_new (HoCore *core)
{
  HoActions *self = g_object_new (HO_TYPE_ACTIONS, NULL);

  self->core = g_object_ref (core);
  return self;
}

void
ho_actions_start (HoActions *self, HoGuest *guest)
{
  ho_guest_control_start_async (ho_core_get_control (self->core), guest, HO_START_NONE,
                                self->cancellable, on_done, request_new (self, guest));
}

/**
 * ho_actions_start_anyway:
 * @self: the actions
 * @guest: the guest
 *
 * Starts @guest although its card is in use, or may be.
 */
void
ho_actions_start_anyway (HoActions *self, HoGuest *guest)
{
  ho_guest_control_start_async (ho_core_get_control (self->core), guest, HO_START_IGNORE_BUSY,
                                self->cancellable, on_done, request_new (self, guest));
}

void
ho_actions_stop (HoActions *self, HoGuest *guest)
{
  ho_guest_control_stop_async (ho_core_get_control (self->core), guest, FALSE, self->cancellable,
                               on_done, request_new (self, guest));
}

void
ho_actions_force_off (HoActions *self, HoGuest *guest)
{
  ho_guest_control_stop_async (ho_core_get_control (self->core), guest, TRUE, self->cancellable,
                               on_done, request_new (self, guest));
}

void
ho_actions_pause (HoActions *self, HoGuest *guest)
{
  ho_guest_control_pause_async (ho_core_get_control (self->core), guest, self->cancellable, on_done,
                                request_new (self, guest));
}

/**
 * ho_actions_toggle:
 * @self: the actions
 * @guest: the guest
 *
 * Starts or shuts down; a guest that does either already is left alone, since whoever clicks twice
 * means it once.
 */
void
ho_actions_toggle (HoActions *self, HoGuest *guest)
{
  HoGuestState state = ho_guest_get_state (guest);

  if (state == HO_GUEST_STARTING || state == HO_GUEST_STOPPING)
    return;
  if (ho_guest_control_would_start (guest))
    ho_actions_start (self, guest);
  else
    ho_actions_stop (self, guest);
}

static void
on_input_moved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoActions) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ho_input_move_finish (HO_INPUT (object), result, &error) && !ho_error_is_silent (error))
    g_signal_emit (self, signals[INPUT_FAILED], 0, error);
}

/**
 * ho_actions_move_input:
 * @self: the actions
 * @guest: (nullable): the guest that keyboard and mouse are to go to; %NULL: the host
 * @return_after: see ho_input_move_async()
 */
void
ho_actions_move_input (HoActions *self, HoGuest *guest, int return_after)
{
  ho_input_move_async (ho_core_get_input (self->core), guest, return_after, self->cancellable,
                       on_input_moved, g_object_ref (self));
}

/**
 * ho_actions_toggle_input:
 * @self: the actions
 *
 * Brings keyboard and mouse home from wherever they are, or moves them to the primary guest. While
 * they are just being moved it does nothing, since whoever presses twice means it once.
 */
void
ho_actions_toggle_input (HoActions *self)
{
  HoInput *input = ho_core_get_input (self->core);
  HoInputLocation location = ho_input_get_location (input);
  g_autoptr (GError) error = NULL;
  HoGuest *guest = NULL;

  if (ho_input_is_busy (input))
    return;
  if (location != HO_INPUT_GUEST && location != HO_INPUT_PARTIAL)
    {
      guest = ho_core_find_guest (self->core, NULL, &error);
      if (guest == NULL)
        {
          g_signal_emit (self, signals[INPUT_FAILED], 0, error);
          return;
        }
    }
  ho_actions_move_input (self, guest, HO_RETURN_AS_SET);
}
