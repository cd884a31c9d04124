/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper-place.h"

#include <gio/gio.h>

#include "paths.h"

/**
 * ho_keeper_place_new:
 * @uri: the connection to libvirt
 * @settings: the settings file
 *
 * Returns: (transfer full): where the keeper for these is
 */
HoKeeperPlace *
ho_keeper_place_new (const char *uri, const char *settings)
{
  HoKeeperPlace *self = g_new0 (HoKeeperPlace, 1);
  g_autofree char *escaped = NULL;
  g_autofree char *both = NULL;
  g_autofree char *sum = NULL;

  self->uri = g_strdup (uri);
  self->settings = g_canonicalize_filename (settings, NULL);
  both = g_strdup_printf ("%s\n%s", self->uri, self->settings);
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);
  sum[12] = '\0'; /* the path of a socket is short */
  self->dir = ho_paths_get_runtime_dir ();
  self->socket = g_strdup_printf ("%s/keeper-%s", self->dir, sum);
  self->state = g_strconcat (self->socket, ".state", NULL);
  self->lock = g_strconcat (self->socket, ".lock", NULL);
  self->unit = g_strdup_printf ("handover-keeper-%s.service", sum);
  escaped = g_dbus_address_escape_value (self->socket);
  self->address = g_strconcat ("unix:path=", escaped, NULL);
  return self;
}

void
ho_keeper_place_free (HoKeeperPlace *self)
{
  g_free (self->uri);
  g_free (self->settings);
  g_free (self->dir);
  g_free (self->address);
  g_free (self->socket);
  g_free (self->state);
  g_free (self->lock);
  g_free (self->unit);
  g_free (self);
}
