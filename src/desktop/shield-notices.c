/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "shield-notices.h"

#include <glib/gi18n.h>

#define SUBJECT_SHIELD "cpu-shield"

/**
 * HoShieldNotices:
 *
 * Tells when processors could not be set aside for a guest that runs already, or not be given back.
 * A start that is refused for it is told by whoever asked for the start.
 */
struct _HoShieldNotices
{
  GObject parent;

  HoCore *core;
  HoNoticeBoard *board;
};

G_DEFINE_FINAL_TYPE (HoShieldNotices, ho_shield_notices, G_TYPE_OBJECT)

static void
on_failed (HoShieldNotices *self, gboolean giving_back, const char *problem)
{
  GSettings *global = ho_settings_get_global (ho_core_get_settings (self->core));
  char *title = g_strdup (giving_back ? _ ("The host does not have all its processors back")
                                      : _ ("The guest shares its processors with the host"));

  if (g_settings_get_boolean (global, HO_KEY_NOTIFY_PROBLEM))
    ho_notice_board_put (self->board, SUBJECT_SHIELD,
                         ho_notice_new ("dialog-warning", title, problem));
  else
    g_free (title);
}

static void
ho_shield_notices_finalize (GObject *object)
{
  HoShieldNotices *self = HO_SHIELD_NOTICES (object);

  g_object_unref (self->core);
  g_object_unref (self->board);

  G_OBJECT_CLASS (ho_shield_notices_parent_class)->finalize (object);
}

static void
ho_shield_notices_class_init (HoShieldNoticesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ho_shield_notices_finalize;
}

static void
ho_shield_notices_init (HoShieldNotices *self)
{
}

/**
 * ho_shield_notices_new:
 * @core: the core
 * @board: where notifications are put
 *
 * Returns: (transfer full): the notices
 */
HoShieldNotices *
ho_shield_notices_new (HoCore *core, HoNoticeBoard *board)
{
  HoShieldNotices *self = g_object_new (HO_TYPE_SHIELD_NOTICES, NULL);

  self->core = g_object_ref (core);
  self->board = g_object_ref (board);
  g_signal_connect_object (ho_core_get_cpu_shield (core), "failed", G_CALLBACK (on_failed), self,
                           G_CONNECT_SWAPPED);
  return self;
}
