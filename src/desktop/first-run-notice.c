/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "first-run-notice.h"

#include <glib/gi18n.h>

#define SUBJECT "first-run"
#define ACTION_SET_UP "set-up"

/**
 * HoFirstRunNotice:
 *
 * Welcomes whoever starts Handover for the first time: opens the window in which it is set up, and
 * tells where Handover is when that is closed.
 */
struct _HoFirstRunNotice
{
  GObject parent;

  HoNoticeBoard *board;
  GActionGroup *application; /* not owned: it owns this */
};

G_DEFINE_FINAL_TYPE (HoFirstRunNotice, ho_first_run_notice, G_TYPE_OBJECT)

static void
on_action (HoFirstRunNotice *self, const char *subject, const char *action)
{
  if (g_str_equal (subject, SUBJECT) && g_str_equal (action, ACTION_SET_UP))
    g_action_group_activate_action (self->application, "first-run", NULL);
}

static void
ho_first_run_notice_dispose (GObject *object)
{
  g_clear_object (&HO_FIRST_RUN_NOTICE (object)->board);

  G_OBJECT_CLASS (ho_first_run_notice_parent_class)->dispose (object);
}

static void
ho_first_run_notice_class_init (HoFirstRunNoticeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_first_run_notice_dispose;
}

static void
ho_first_run_notice_init (HoFirstRunNotice *self)
{
}

/**
 * ho_first_run_notice_new:
 * @board: where the welcome is shown
 * @application: has the action `first-run`; outlives this
 *
 * Returns: (transfer full): what welcomes the user, at once
 */
HoFirstRunNotice *
ho_first_run_notice_new (HoNoticeBoard *board, GActionGroup *application)
{
  HoFirstRunNotice *self = g_object_new (HO_TYPE_FIRST_RUN_NOTICE, NULL);
  HoNotice *notice
      = ho_notice_new ("org.handover.Handover", g_strdup (_ ("Welcome to Handover")),
                       _ ("Its icon is in the system tray. Choose your guest, keyboard and mouse "
                          "in a minute."));

  self->board = g_object_ref (board);
  self->application = application;
  g_signal_connect_object (board, "action", G_CALLBACK (on_action), self, G_CONNECT_SWAPPED);
  ho_notice_add_action (notice, ACTION_SET_UP, _ ("Set up"));
  ho_notice_board_put (board, SUBJECT, notice);
  g_action_group_activate_action (application, "first-run", NULL);
  return self;
}
