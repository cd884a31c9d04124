/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_NOTICE_BOARD (ho_notice_board_get_type ())
G_DECLARE_FINAL_TYPE (HoNoticeBoard, ho_notice_board, HO, NOTICE_BOARD, GObject)

/**
 * HoNotice:
 * @urgent: whether it must not go away by itself, and is to be seen above all else
 * @lasting: whether it must not go away by itself
 * @update: whether it only brings the subject's last notice up to date: if the user has dismissed
 * that one, nothing is shown
 *
 * What a notification says. Made by ho_notice_new(), owned by the board once it was put there.
 */
typedef struct
{
  char *title;
  char *body;
  char *icon;
  gboolean urgent;
  gboolean lasting;
  gboolean update;
  GPtrArray *actions; /* id, label, id, label … */
} HoNotice;

HoNotice *ho_notice_new (const char *icon, char *title, const char *body);
void ho_notice_add_action (HoNotice *notice, const char *id, const char *label);
void ho_notice_free (HoNotice *notice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoNotice, ho_notice_free)

HoNoticeBoard *ho_notice_board_new (void);

void ho_notice_board_put (HoNoticeBoard *self, const char *subject, HoNotice *notice);
void ho_notice_board_remove (HoNoticeBoard *self, const char *subject);
gboolean ho_notice_board_has_actions (HoNoticeBoard *self);

G_END_DECLS
