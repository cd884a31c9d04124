/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * HoKeeperPhase:
 * @HO_KEEPER_IDLE: everything is at home, as far as the keeper is concerned
 * @HO_KEEPER_GOING: the devices are just being moved to the guest
 * @HO_KEEPER_AWAY: they are there
 * @HO_KEEPER_RETURNING: they are wanted back, and not all have come yet
 */
typedef enum
{
  HO_KEEPER_IDLE,
  HO_KEEPER_GOING,
  HO_KEEPER_AWAY,
  HO_KEEPER_RETURNING,
} HoKeeperPhase;

/**
 * HoKeeperState:
 * @uuid: (nullable): the guest that the devices are with
 * @deadline: when they come home, in microseconds of g_get_monotonic_time(); 0: not by time
 * @return_after: the seconds that @deadline was set by, for heartbeats that set it anew
 * @unasked: whether nobody but the last-keyboard guard has set @deadline
 * @stays: whether the user has said that they stay until they are asked home
 * @seen: id → `bus:device`: the numbers under which a device was in the guest
 * @absent: ids that were not plugged in when the devices went
 *
 * What a keeper has to know again if it is started anew in the midst of it.
 */
typedef struct
{
  HoKeeperPhase phase;
  char *uuid;
  gint64 deadline;
  guint return_after;
  gboolean unasked;
  gboolean stays;
  GHashTable *seen;
  GHashTable *absent;
} HoKeeperState;

const char *ho_keeper_phase_to_string (HoKeeperPhase phase);

void ho_keeper_state_init (HoKeeperState *self);
void ho_keeper_state_clear (HoKeeperState *self);
void ho_keeper_state_reset (HoKeeperState *self);
void ho_keeper_state_save (const HoKeeperState *self, const char *file);
void ho_keeper_state_load (HoKeeperState *self, const char *file);

G_END_DECLS
