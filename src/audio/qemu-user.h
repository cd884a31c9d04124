/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * HoQemuUser:
 * @user: the account that libvirt runs QEMU as
 * @group: a group that QEMU is in
 * @is_self: whether that is the user's own account, as with qemu:///session
 * @others: (nullable): who else is in @group, as a list for people; %NULL if nobody is
 * @source: how it was found, as the end of a sentence
 */
typedef struct
{
  uid_t uid;
  char *user;
  char *group;
  gboolean is_self;
  char *others;
  char *source;
} HoQemuUser;

HoQemuUser *ho_qemu_user_find (const char *setting, const char *uri, GError **error);
void ho_qemu_user_free (HoQemuUser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoQemuUser, ho_qemu_user_free)

G_END_DECLS
