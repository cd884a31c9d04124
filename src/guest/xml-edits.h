/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libxml/tree.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HoXmlAudio:
 * @socket: the path at which QEMU finds the user's sound server
 * @passed_device: (nullable): the sound device that is passed through to the guest, in words
 * @apparmor: (nullable): the command that adds the rule without which AppArmor keeps QEMU from
 *   @socket
 *
 * What ho_xml_edit_audio() must be told.
 */
typedef struct
{
  const char *socket;
  const char *passed_device;
  const char *apparmor;
} HoXmlAudio;

/* Each is a HoXmlEdit. */
gboolean ho_xml_edit_return_channel (xmlDoc *doc, gpointer data, GError **error);
gboolean ho_xml_edit_audio (xmlDoc *doc, gpointer data, GError **error);

G_END_DECLS
