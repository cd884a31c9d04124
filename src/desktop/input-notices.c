/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "input-notices.h"

#include "input-text.h"

#include <glib/gi18n.h>

#define ICON "org.handover.Handover-input"
#define ICON_HOME "input-keyboard"
#define ICON_PROBLEM "dialog-warning"

#define SUBJECT "input"
#define SUBJECT_PROBLEM "input-problem"
#define SUBJECT_STUCK "input-stuck"
#define SUBJECT_SHORTCUT "shortcut"

/**
 * HoInputNotices:
 *
 * Tells where keyboard and mouse went, and counts the time down until they come home: the user may
 * be looking at a screen without a mouse. What fails is told whatever the settings say, for nobody
 * can use a computer whose keyboard is elsewhere.
 *
 * The countdown has a timer while it is shown, and none otherwise.
 */
struct _HoInputNotices
{
  GObject parent;

  HoCore *core;
  HoActions *actions;
  HoShortcut *shortcut;
  HoNoticeBoard *board;

  guint tick;
  gboolean counting; /* the shown notice has the time in it */
  char *told_shortcut;
};

G_DEFINE_FINAL_TYPE (HoInputNotices, ho_input_notices, G_TYPE_OBJECT)

static gboolean
is_wanted (HoInputNotices *self)
{
  return g_settings_get_boolean (ho_settings_get_global (ho_core_get_settings (self->core)),
                                 HO_KEY_NOTIFY_INPUT);
}

static HoInput *
get_input (HoInputNotices *self)
{
  return ho_core_get_input (self->core);
}

/* Away. */

static gboolean
has_keyboard (HoInputNotices *self)
{
  const HoUsbScan *scan = ho_input_get_view (get_input (self))->scan;

  if (scan->other_keyboards->len > 0)
    return TRUE;
  for (guint i = 0; i < scan->devices->len; i++)
    if (((const HoUsbDevice *) scan->devices->pdata[i])->drives_keyboard)
      return TRUE;
  return FALSE;
}

/* How they come home, for the body of the notice. */
static char *
describe_return (HoInputNotices *self)
{
  HoInput *input = get_input (self);
  const char *keys = ho_shortcut_get_label (self->shortcut);
  g_autofree char *left = NULL;

  if (ho_input_get_return_at (input) != 0)
    {
      left = ho_input_text_describe_left (ho_input_get_seconds_left (input));
      if (!ho_input_is_unasked (input))
        return g_steal_pointer (&left);
      return g_strdup_printf (_ ("%s Nothing else would have brought this machine's last keyboard "
                                 "back."),
                              left);
    }
  if (keys != NULL && has_keyboard (self))
    return g_strdup_printf (_ ("%s on another keyboard brings them back."), keys);
  return NULL;
}

static void
put_away (HoInputNotices *self, gboolean again)
{
  HoInput *input = get_input (self);
  HoGuest *guest = ho_input_get_guest (input);
  g_autofree char *body = describe_return (self);
  HoNotice *notice
      = ho_notice_new (ICON, ho_input_text_describe (ho_input_get_location (input), guest), body);

  self->counting = ho_input_get_return_at (input) != 0;
  notice->lasting = self->counting;
  notice->update = again;
  if (self->counting)
    {
      ho_notice_add_action (notice, "return", _ ("Return now"));
      ho_notice_add_action (notice, "stay", _ ("Stay"));
    }
  ho_notice_board_put (self->board, SUBJECT, notice);
}

/* The time is told ever more often as it runs out. */
static guint
get_pause (guint left)
{
  if (left <= 10)
    return 1;
  if (left <= 60)
    return left % 5 == 0 ? 5 : left % 5;
  return left % 30 == 0 ? 30 : left % 30;
}

static gboolean on_tick (gpointer user_data);

static void
schedule (HoInputNotices *self)
{
  guint left = ho_input_get_seconds_left (get_input (self));

  if (left > 0)
    self->tick = g_timeout_add_seconds (get_pause (left), on_tick, self);
}

static gboolean
on_tick (gpointer user_data)
{
  HoInputNotices *self = user_data;

  self->tick = 0;
  /* Without a connection to libvirt the guest is not known, and the time still runs. */
  if (ho_input_get_guest (get_input (self)) != NULL
      && ho_input_get_seconds_left (get_input (self)) > 0)
    put_away (self, TRUE);
  schedule (self);
  return G_SOURCE_REMOVE;
}

static void
tell_away (HoInputNotices *self)
{
  g_clear_handle_id (&self->tick, g_source_remove);
  if (ho_input_get_guest (get_input (self)) == NULL
      || !(is_wanted (self) || ho_input_is_unasked (get_input (self))))
    return;
  put_away (self, FALSE);
  schedule (self);
}

static void
on_left (HoInputNotices *self)
{
  tell_away (self);
}

/* Often it comes with the switch itself. Taken back, the notice loses its time. */
static void
on_return_at_changed (HoInputNotices *self)
{
  if (ho_input_get_guest (get_input (self)) != NULL
      && (ho_input_get_return_at (get_input (self)) != 0 || self->counting))
    tell_away (self);
}

/* Home. */

static void
on_came_home (HoInputNotices *self, const char *reason)
{
  gboolean counted = self->counting;
  g_autofree char *body = NULL;

  g_clear_handle_id (&self->tick, g_source_remove);
  self->counting = FALSE;
  if (!is_wanted (self))
    {
      if (counted)
        ho_notice_board_remove (self->board, SUBJECT);
      return;
    }
  /* Whoever asked knows why. */
  if (reason != NULL && g_strcmp0 (reason, _ ("you asked for it")) != 0)
    /* Translators: %s is a reason such as “the time was over” */
    body = g_strdup_printf (_ ("The reason: %s."), reason);
  ho_notice_board_put (
      self->board, SUBJECT,
      ho_notice_new (ICON_HOME, g_strdup (_ ("Keyboard and mouse are back")), body));
}

/* What goes wrong. */

static void
on_problem_changed (HoInputNotices *self)
{
  HoInput *input = get_input (self);
  const char *problem = ho_input_get_problem (input);
  HoNotice *notice;
  char *title;

  if (problem == NULL)
    {
      ho_notice_board_remove (self->board, SUBJECT_PROBLEM);
      return;
    }
  title = ho_input_get_location (input) == HO_INPUT_PARTIAL
              ? ho_input_text_describe (HO_INPUT_PARTIAL, ho_input_get_guest (input))
              : g_strdup (_ ("Trouble with keyboard and mouse"));
  notice = ho_notice_new (ICON_PROBLEM, title, problem);
  notice->urgent = TRUE;
  if (ho_input_get_guest (input) != NULL)
    ho_notice_add_action (notice, "return", _ ("Try again"));
  ho_notice_board_put (self->board, SUBJECT_PROBLEM, notice);
}

static void
on_stuck_changed (HoInputNotices *self)
{
  HoGuest *guest = ho_input_get_guest (get_input (self));
  HoNotice *notice;

  if (!ho_input_is_stuck (get_input (self)) || guest == NULL)
    {
      ho_notice_board_remove (self->board, SUBJECT_STUCK);
      return;
    }
  notice = ho_notice_new (
      ICON_PROBLEM,
      g_strdup_printf (_ ("%s does not give keyboard and mouse back"), ho_guest_get_name (guest)),
      _ ("The guest is frozen. Forcing it off brings them home and loses unsaved work."));
  notice->urgent = TRUE;
  ho_notice_add_action (notice, "force-off", _ ("Force off"));
  ho_notice_add_action (notice, "wait", _ ("Keep waiting"));
  ho_notice_board_put (self->board, SUBJECT_STUCK, notice);
}

static void
on_failed (HoInputNotices *self, const GError *error)
{
  HoInput *input = get_input (self);

  ho_notice_board_put (self->board, SUBJECT,
                       ho_notice_new (ICON_PROBLEM,
                                      ho_input_text_describe (ho_input_get_location (input),
                                                              ho_input_get_guest (input)),
                                      error->message));
}

/* A desktop without shortcuts is no news at each start, so that is only in the menu. */
static void
on_shortcut_changed (HoInputNotices *self)
{
  const char *problem = ho_shortcut_get_problem (self->shortcut);
  HoShortcutState state = ho_shortcut_get_state (self->shortcut);
  gboolean tell = problem != NULL && state != HO_SHORTCUT_UNAVAILABLE;

  if (state == HO_SHORTCUT_PENDING || g_strcmp0 (self->told_shortcut, tell ? problem : NULL) == 0)
    return;
  g_free (self->told_shortcut);
  self->told_shortcut = g_strdup (tell ? problem : NULL);
  if (tell)
    ho_notice_board_put (
        self->board, SUBJECT_SHORTCUT,
        ho_notice_new (ICON_PROBLEM,
                       state == HO_SHORTCUT_ACTIVE ? g_strdup_printf (
                           _ ("The shortcut is %s"), ho_shortcut_get_label (self->shortcut))
                                                   : g_strdup (_ ("There is no shortcut")),
                       problem));
  else
    ho_notice_board_remove (self->board, SUBJECT_SHORTCUT);
}

static void
on_action (HoInputNotices *self, const char *subject, const char *action)
{
  HoGuest *guest = ho_input_get_guest (get_input (self));

  if (!g_str_has_prefix (subject, SUBJECT))
    return;
  if (g_str_equal (action, "return"))
    ho_actions_move_input (self->actions, NULL, HO_RETURN_AS_SET);
  else if (g_str_equal (action, "stay"))
    ho_input_stay (get_input (self));
  else if (g_str_equal (action, "force-off") && guest != NULL)
    ho_actions_force_off (self->actions, guest);
}

static void
ho_input_notices_dispose (GObject *object)
{
  HoInputNotices *self = HO_INPUT_NOTICES (object);

  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_pointer (&self->told_shortcut, g_free);
  g_clear_object (&self->board);
  g_clear_object (&self->shortcut);
  g_clear_object (&self->actions);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_input_notices_parent_class)->dispose (object);
}

static void
ho_input_notices_class_init (HoInputNoticesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_input_notices_dispose;
}

static void
ho_input_notices_init (HoInputNotices *self)
{
}

/**
 * ho_input_notices_new:
 * @core: what is to be told of
 * @actions: what the buttons do; its failures are told as well
 * @shortcut: whose keys are told, and what is wrong with them
 * @board: where it is shown
 *
 * Returns: (transfer full): the notices
 */
HoInputNotices *
ho_input_notices_new (HoCore *core, HoActions *actions, HoShortcut *shortcut, HoNoticeBoard *board)
{
  HoInputNotices *self = g_object_new (HO_TYPE_INPUT_NOTICES, NULL);

  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->shortcut = g_object_ref (shortcut);
  self->board = g_object_ref (board);
  g_object_connect (ho_core_get_input (core), "swapped-object-signal::left", on_left, self,
                    "swapped-object-signal::came-home", on_came_home, self,
                    "swapped-object-signal::notify::return-at", on_return_at_changed, self,
                    "swapped-object-signal::notify::problem", on_problem_changed, self,
                    "swapped-object-signal::notify::stuck", on_stuck_changed, self, NULL);
  g_signal_connect_object (actions, "input-failed", G_CALLBACK (on_failed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (shortcut, "notify::state", G_CALLBACK (on_shortcut_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (board, "action", G_CALLBACK (on_action), self, G_CONNECT_SWAPPED);
  return self;
}
