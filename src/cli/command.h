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
} HoVerb;

/**
 * HoCommand:
 *
 * A command line that makes sense.
 */
typedef struct
{
  HoVerb verb;
  char *guest; /* NULL: the primary guest */
  gboolean json;
  gboolean ignore_busy;
  gboolean force;
  gboolean no_wait;
  char *connect;  /* NULL: as the settings say */
  char *settings; /* NULL: the user's file */
} HoCommand;

HoCommand *ho_command_new (int argc, char **argv, char **answer, GError **error);
void ho_command_free (HoCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HoCommand, ho_command_free)

int ho_command_fail (const GError *error);

G_END_DECLS
