/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "driver-rescue.h"
#include "keeper-state.h"
#include "keeper.h"
#include "return-channels.h"
#include "switch-commands.h"

G_BEGIN_DECLS

/* What the files of #HoKeeper share; nobody else includes it. */

struct _HoKeeper
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoUsbBus *bus;
  HoSettings *settings;
  HoInputSwitch *input;
  HoDriverRescue *rescue;
  HoReturnChannels *channels;
  HoSwitchCommands *commands;
  GCancellable *cancellable;
  char *state_file;

  HoKeeperState state;
  gint64 last_replug;
  gboolean returning; /* a call home is under way */
  gboolean rejoining;
  gboolean guarding; /* a way back is looked for */
  gboolean stuck;
  gboolean return_failed; /* and that is the problem which is told */
  guint retry;            /* seconds until a failed return is tried again */
  guint deadline_timer;
  guint heartbeat_timer;
  guint retry_timer;
  char *guest_name;      /* for the commands */
  gboolean commands_due; /* those of the way home, since those of the way there have run */
  char *command_problem;
  char *reason; /* why the devices came home last */
  char *problem;
  GPtrArray *early;  /* of GTask: departures that wait for the connection */
  GPtrArray *homing; /* of GTask: who waits for the return */
};

/* keeper.c */
GSettings *ho_keeper_get_global (HoKeeper *self);
HoGuest *ho_keeper_get_guest (HoKeeper *self);
gboolean ho_keeper_is_connected (HoKeeper *self);
HoInputView *ho_keeper_look_at (HoKeeper *self, HoGuest *guest);
void ho_keeper_tell (HoKeeper *self);
void ho_keeper_set_problem (HoKeeper *self, const char *problem);
void ho_keeper_set_reason (HoKeeper *self, const char *reason);
void ho_keeper_set_deadline (HoKeeper *self, guint seconds);
gboolean ho_keeper_has_heartbeat (HoKeeper *self, const char *uuid);
void ho_keeper_watch_heartbeat (HoKeeper *self);
void ho_keeper_run_commands (HoKeeper *self, HoSwitchMoment moment, guint patience,
                             GAsyncReadyCallback callback, gpointer user_data);
/* keeper-home.c */
void ho_keeper_forget (HoKeeper *self);
/* keeper-away.c */
void ho_keeper_review (HoKeeper *self);
/* keeper-going.c */
void ho_keeper_start_going (HoKeeper *self, GTask *task);

G_END_DECLS
