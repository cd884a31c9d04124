/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HoKeeperPlace:
 * @uri: the connection to libvirt
 * @settings: the settings file
 * @address: the D-Bus address where it listens
 * @socket: the path of that
 * @state: the file with its promise
 * @lock: the file that a living keeper has locked
 * @unit: what systemd calls it
 *
 * Where the keeper for one connection and settings file is found.
 */
typedef struct
{
  char *uri;
  char *settings;
  char *dir;
  char *address;
  char *socket;
  char *state;
  char *lock;
  char *unit;
} HoKeeperPlace;

#define HO_KEEPER_PATH "/org/handover/Keeper"
#define HO_KEEPER_INTERFACE "org.handover.Keeper1"

HoKeeperPlace *ho_keeper_place_new (const char *uri, const char *settings);
void ho_keeper_place_free (HoKeeperPlace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoKeeperPlace, ho_keeper_place_free)

G_END_DECLS
