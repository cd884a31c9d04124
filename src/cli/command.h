/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  HO_VERB_STATUS,
  HO_VERB_START,
  HO_VERB_STOP,
  HO_VERB_TOGGLE,
  HO_VERB_MONITOR,
  HO_VERB_GPU,
  HO_VERB_DOCTOR,
  HO_VERB_SETUP,
  HO_VERB_SWITCH,
  HO_VERB_DEVICES,
  HO_VERB_AUDIO,
} HoVerb;

/** HoAudioAct: what `audio` is to do. */
typedef enum
{
  HO_AUDIO_ACT_STATUS,
  HO_AUDIO_ACT_ON,
  HO_AUDIO_ACT_OFF,
} HoAudioAct;

/**
 * HoCommand:
 *
 * A command line that makes sense.
 */
typedef struct
{
  HoVerb verb;
  char *guest;      /* NULL: the primary guest */
  char *to;         /* switch: `guest`, `host` or `toggle` */
  int return_after; /* switch: seconds, -1: as the settings say */
  HoAudioAct audio;
  gboolean json;
  gboolean ignore_busy;
  gboolean force;
  gboolean no_wait;
  char **parts; /* setup: NULL or what to set up */
  gboolean yes;
  gboolean undo;
  char *report; /* doctor: NULL or the file to write */
  char *fix;    /* doctor: NULL or the check whose change is wanted */
  char *connect;  /* NULL: as the settings say */
  char *settings; /* NULL: the user's file */
} HoCommand;

HoCommand *ho_command_new (int argc, char **argv, char **answer, GError **error);
void ho_command_free (HoCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoCommand, ho_command_free)

gboolean ho_command_is_local (const HoCommand *self);
int ho_command_fail (const GError *error);

G_END_DECLS
