/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** HO_APPARMOR_LOCAL: where a machine's own additions to the rules for QEMU belong. */
#define HO_APPARMOR_LOCAL "/etc/apparmor.d/local/abstractions/libvirt-qemu"

/**
 * HoApparmor:
 * @HO_APPARMOR_ABSENT: AppArmor does not keep QEMU from sockets here
 * @HO_APPARMOR_ALLOWS: a rule lets QEMU reach the socket
 * @HO_APPARMOR_LACKS_RULE: no rule does, so a guest that names the socket does not start
 * @HO_APPARMOR_UNKNOWN: the rules cannot be read
 */
typedef enum
{
  HO_APPARMOR_ABSENT,
  HO_APPARMOR_ALLOWS,
  HO_APPARMOR_LACKS_RULE,
  HO_APPARMOR_UNKNOWN,
} HoApparmor;

HoApparmor ho_apparmor_judge (const char *root, const char *socket, const char **file);
char *ho_apparmor_get_command (const char *socket);

G_END_DECLS
