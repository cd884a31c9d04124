/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "gpu-notices.h"

#include "error.h"
#include "gpu-text.h"
#include "holder-closer.h"

#include <glib/gi18n.h>

#define ICON "video-display"
#define ICON_PROBLEM "dialog-warning"

#define SUBJECT_GPU_PREFIX "gpu:"         /* … and its slot: where it is */
#define SUBJECT_START_PREFIX "gpu-start:" /* … and a guest's UUID: why it does not start */

#define ACTION_CHECK "check"
#define ACTION_CLOSE "close"
#define ACTION_ANYWAY "anyway"
#define ACTION_TRUST "trust"

/**
 * HoGpuNotices:
 *
 * Tells when a card has changed hands or could not, and offers what can be done about a start that
 * was refused since its card is in use.
 */
struct _HoGpuNotices
{
  GObject parent;

  HoCore *core;
  HoActions *actions;
  HoNoticeBoard *board;
  GCancellable *cancellable;
  GHashTable *refused; /* uuid → HoGpu: of the starts that are told as refused */
};

G_DEFINE_FINAL_TYPE (HoGpuNotices, ho_gpu_notices, G_TYPE_OBJECT)

static void
put_start_notice (HoGpuNotices *self, HoGuest *guest, HoNotice *notice)
{
  g_autofree char *subject = g_strconcat (SUBJECT_START_PREFIX, ho_guest_get_uuid (guest), NULL);

  notice->urgent = TRUE;
  ho_notice_board_put (self->board, subject, notice);
}

static void
remove_start_notice (HoGpuNotices *self, HoGuest *guest)
{
  g_autofree char *subject = g_strconcat (SUBJECT_START_PREFIX, ho_guest_get_uuid (guest), NULL);

  g_hash_table_remove (self->refused, ho_guest_get_uuid (guest));
  ho_notice_board_remove (self->board, subject);
}

static void
put_gpu_notice (HoGpuNotices *self, HoGpu *gpu, HoNotice *notice)
{
  g_autofree char *subject = g_strconcat (SUBJECT_GPU_PREFIX, ho_gpu_get_slot (gpu), NULL);

  ho_notice_board_put (self->board, subject, notice);
}

/* Hand-overs. */

static void
on_handed_over (HoGpuNotices *self, HoGpu *gpu, HoGuest *guest)
{
  HoGpuOwner owner = ho_gpu_get_owner (gpu);
  char *title;

  if (!g_settings_get_boolean (ho_settings_get_global (ho_core_get_settings (self->core)),
                               HO_KEY_NOTIFY_GPU))
    return;
  if (owner == HO_GPU_GUEST)
    title = g_strdup_printf (_ ("%s is with %s now"), ho_gpu_get_name (gpu),
                             ho_guest_get_name (guest));
  else if (owner == HO_GPU_HOST)
    title = g_strdup_printf (_ ("%s is back on the host (%s)"), ho_gpu_get_name (gpu),
                             ho_gpu_get_driver (gpu));
  else
    title = ho_gpu_text_describe (gpu);
  put_gpu_notice (self, gpu, ho_notice_new (ICON, title, NULL));
}

static void
on_incomplete (HoGpuNotices *self, HoGpu *gpu, const HoPciFunction *straggler)
{
  g_autofree char *body = ho_gpu_text_explain_incomplete (gpu, straggler);
  HoNotice *notice
      = ho_notice_new (ICON_PROBLEM, ho_gpu_text_title_incomplete (gpu, straggler), body);

  notice->urgent = TRUE;
  put_gpu_notice (self, gpu, notice);
}

/* Starts. */

static void
on_refused (HoGpuNotices *self, HoGuest *guest, HoGpu *gpu, const char *message)
{
  const HoHolders *holders = ho_gpu_get_holders (gpu);
  HoNotice *notice = ho_notice_new (
      ICON_PROBLEM, g_strdup_printf (_ ("%s was not started"), ho_guest_get_name (guest)), message);

  ho_notice_add_action (notice, ACTION_CHECK, _ ("Check again"));
  if (holders != NULL && ho_holders_count_closable (holders) > 0)
    ho_notice_add_action (notice, ACTION_CLOSE, _ ("Close them"));
  ho_notice_add_action (notice, ACTION_ANYWAY, _ ("Start anyway"));
  if (holders == NULL || holders->list->len == 0)
    ho_notice_add_action (notice, ACTION_TRUST, _ ("Always for this card"));
  g_hash_table_insert (self->refused, g_strdup (ho_guest_get_uuid (guest)), g_object_ref (gpu));
  put_start_notice (self, guest, notice);
}

static void
on_stalled (HoGpuNotices *self, HoGuest *guest, HoGpu *gpu, const HoPciFunction *straggler)
{
  g_autofree char *body = ho_gpu_text_explain_stall (gpu, straggler);

  put_start_notice (
      self, guest,
      ho_notice_new (ICON_PROBLEM,
                     g_strdup_printf (_ ("%s waits for its card"), ho_guest_get_name (guest)),
                     body));
}

static void
on_guest_state_changed (HoGpuNotices *self, HoGuest *guest)
{
  if (ho_guest_is_active (guest))
    remove_start_notice (self, guest);
}

/* The guard has told it already, with what can be done about it. */
static gboolean
on_failed (HoGpuNotices *self, HoGuest *guest, const GError *error)
{
  return g_error_matches (error, HO_ERROR, HO_ERROR_REFUSED)
         && g_hash_table_contains (self->refused, ho_guest_get_uuid (guest));
}

typedef struct
{
  HoGpuNotices *notices;
  HoGuest *guest;
} Closing;

static void
on_closed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Closing *closing = user_data;
  g_autoptr (GError) error = NULL;

  ho_holders_close_finish (result, &error);
  /* Whoever is still there is told by the guard. */
  if (error == NULL)
    ho_actions_start (closing->notices->actions, closing->guest);
  g_object_unref (closing->notices);
  g_object_unref (closing->guest);
  g_free (closing);
}

static void
close_holders (HoGpuNotices *self, HoGuest *guest, HoGpu *gpu)
{
  HoHolders *holders = ho_gpu_get_holders (gpu);
  Closing *closing;

  if (holders == NULL)
    {
      ho_actions_start (self->actions, guest);
      return;
    }
  closing = g_new0 (Closing, 1);
  closing->notices = g_object_ref (self);
  closing->guest = g_object_ref (guest);
  ho_holders_close_async (
      holders,
      g_settings_get_uint (ho_settings_get_global (ho_core_get_settings (self->core)),
                           HO_KEY_GPU_TIMEOUT),
      self->cancellable, on_closed, closing);
}

static void
on_action (HoGpuNotices *self, const char *subject, const char *action)
{
  g_autoptr (HoGpu) gpu = NULL;
  HoGuest *guest;

  if (!g_str_has_prefix (subject, SUBJECT_START_PREFIX))
    return;
  guest = ho_guest_list_get_by_uuid (ho_core_get_guests (self->core),
                                     subject + strlen (SUBJECT_START_PREFIX));
  gpu = guest != NULL ? g_hash_table_lookup (self->refused, ho_guest_get_uuid (guest)) : NULL;
  if (gpu == NULL)
    return;
  g_object_ref (gpu);
  g_hash_table_remove (self->refused, ho_guest_get_uuid (guest));
  if (g_str_equal (action, ACTION_CHECK))
    {
      ho_actions_start (self->actions, guest);
    }
  else if (g_str_equal (action, ACTION_CLOSE))
    {
      close_holders (self, guest, gpu);
    }
  else if (g_str_equal (action, ACTION_ANYWAY))
    {
      ho_actions_start_anyway (self->actions, guest);
    }
  else if (g_str_equal (action, ACTION_TRUST))
    {
      ho_gpu_guard_trust (ho_gpu_room_get_guard (ho_core_get_gpu_room (self->core)), gpu);
      ho_actions_start (self->actions, guest);
    }
}

static void
ho_gpu_notices_dispose (GObject *object)
{
  HoGpuNotices *self = HO_GPU_NOTICES (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->board);
  g_clear_object (&self->actions);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_gpu_notices_parent_class)->dispose (object);
}

static void
ho_gpu_notices_finalize (GObject *object)
{
  HoGpuNotices *self = HO_GPU_NOTICES (object);

  g_object_unref (self->cancellable);
  g_hash_table_unref (self->refused);

  G_OBJECT_CLASS (ho_gpu_notices_parent_class)->finalize (object);
}

static void
ho_gpu_notices_class_init (HoGpuNoticesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_gpu_notices_dispose;
  object_class->finalize = ho_gpu_notices_finalize;
}

static void
ho_gpu_notices_init (HoGpuNotices *self)
{
  self->cancellable = g_cancellable_new ();
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * ho_gpu_notices_new:
 * @core: what is to be told of
 * @actions: what the buttons do; to be made before others who tell of its failures
 * @board: where it is shown
 *
 * Returns: (transfer full): the notices
 */
HoGpuNotices *
ho_gpu_notices_new (HoCore *core, HoActions *actions, HoNoticeBoard *board)
{
  HoGpuNotices *self = g_object_new (HO_TYPE_GPU_NOTICES, NULL);
  HoGpuRoom *room = ho_core_get_gpu_room (core);

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->board = g_object_ref (board);
  g_object_connect (ho_gpu_room_get_watch (room), "swapped-object-signal::handed-over",
                    on_handed_over, self, "swapped-object-signal::incomplete", on_incomplete, self,
                    NULL);
  g_signal_connect_object (ho_gpu_room_get_guard (room), "refused", G_CALLBACK (on_refused), self,
                           G_CONNECT_SWAPPED);
  g_object_connect (ho_gpu_room_get_starts (room), "swapped-object-signal::stalled", on_stalled,
                    self, "swapped-object-signal::moved-on", remove_start_notice, self, NULL);
  g_object_connect (ho_core_get_guests (core), "swapped-object-signal::guest-changed::state",
                    on_guest_state_changed, self, "swapped-object-signal::guest-removed",
                    remove_start_notice, self, NULL);
  g_signal_connect_object (actions, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (board, "action", G_CALLBACK (on_action), self, G_CONNECT_SWAPPED);
  return self;
}
