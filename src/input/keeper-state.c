/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include "keeper-state.h"

#include <glib/gstdio.h>

/* A key file in the session's runtime directory, which is gone after a restart of the machine, like
 * the time that it counts. */

#define GROUP "keeper"
#define GROUP_SEEN "seen"

static const char *const phases[] = { "idle", "going", "away", "returning" };

const char *
ho_keeper_phase_to_string (HoKeeperPhase phase)
{
  return phases[phase];
}

static HoKeeperPhase
phase_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      if (g_strcmp0 (phases[i], text) == 0)
        return (HoKeeperPhase) i;
    }
  return HO_KEEPER_RETURNING; /* damaged: home is safe */
}

void
ho_keeper_state_init (HoKeeperState *self)
{
  *self = (HoKeeperState){ 0 };
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->absent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
ho_keeper_state_clear (HoKeeperState *self)
{
  g_free (self->uuid);
  g_hash_table_unref (self->seen);
  g_hash_table_unref (self->absent);
}

/* Back to %HO_KEEPER_IDLE. */
void
ho_keeper_state_reset (HoKeeperState *self)
{
  g_hash_table_remove_all (self->seen);
  g_hash_table_remove_all (self->absent);
  g_clear_pointer (&self->uuid, g_free);
  self->phase = HO_KEEPER_IDLE;
  self->deadline = 0;
  self->return_after = 0;
  self->unasked = FALSE;
  self->stays = FALSE;
}

/**
 * ho_keeper_state_save:
 * @self: the state
 * @file: (nullable): where to keep it; %NULL: nowhere
 *
 * Keeps the state, or removes @file when there is nothing to keep. The file is on a file system in
 * memory, so that nothing is waited for.
 */
void
ho_keeper_state_save (const HoKeeperState *self, const char *file)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autoptr (GStrvBuilder) absent = g_strv_builder_new ();
  g_auto (GStrv) absent_ids = NULL;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer id, numbers;

  if (file == NULL)
    return;
  if (self->phase == HO_KEEPER_IDLE)
    {
      g_unlink (file);
      return;
    }
  g_key_file_set_string (keys, GROUP, "phase", phases[self->phase]);
  if (self->uuid != NULL)
    g_key_file_set_string (keys, GROUP, "guest", self->uuid);
  g_key_file_set_int64 (keys, GROUP, "deadline", self->deadline);
  g_key_file_set_integer (keys, GROUP, "return-after", (int) self->return_after);
  g_key_file_set_boolean (keys, GROUP, "unasked", self->unasked);
  g_key_file_set_boolean (keys, GROUP, "stays", self->stays);
  g_hash_table_iter_init (&iter, self->absent);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_strv_builder_add (absent, id);
  absent_ids = g_strv_builder_end (absent);
  g_key_file_set_string_list (keys, GROUP, "absent", (const char *const *) absent_ids,
                              g_strv_length (absent_ids));
  g_hash_table_iter_init (&iter, self->seen);
  while (g_hash_table_iter_next (&iter, &id, &numbers))
    {
      /* An identity is no key of a key file: it may have any character. */
      const char *pair[] = { id, numbers };
      g_autofree char *key = g_strdup_printf ("device-%u", g_str_hash (id));

      g_key_file_set_string_list (keys, GROUP_SEEN, key, pair, G_N_ELEMENTS (pair));
    }
  if (!g_key_file_save_to_file (keys, file, &error))
    g_warning ("the keeper's state cannot be kept: %s", error->message);
}

static void
load_seen (HoKeeperState *self, GKeyFile *keys)
{
  g_auto (GStrv) names = g_key_file_get_keys (keys, GROUP_SEEN, NULL, NULL);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      gsize length = 0;
      g_auto (GStrv) pair = g_key_file_get_string_list (keys, GROUP_SEEN, *name, &length, NULL);

      if (length == 2)
        g_hash_table_insert (self->seen, g_strdup (pair[0]), g_strdup (pair[1]));
    }
}

/**
 * ho_keeper_state_load:
 * @self: a fresh state
 * @file: (nullable): where an earlier keeper kept it
 *
 * Takes up what an earlier keeper left, if there is any.
 */
void
ho_keeper_state_load (HoKeeperState *self, const char *file)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_auto (GStrv) absent = NULL;
  g_autofree char *phase = NULL;

  if (file == NULL || !g_key_file_load_from_file (keys, file, G_KEY_FILE_NONE, NULL))
    return;
  self->uuid = g_key_file_get_string (keys, GROUP, "guest", NULL);
  phase = g_key_file_get_string (keys, GROUP, "phase", NULL);
  self->phase = phase_from_string (phase);
  if (self->uuid == NULL && self->phase != HO_KEEPER_IDLE)
    self->phase = HO_KEEPER_RETURNING;
  self->deadline = g_key_file_get_int64 (keys, GROUP, "deadline", NULL);
  self->return_after = (guint) MAX (0, g_key_file_get_integer (keys, GROUP, "return-after", NULL));
  self->unasked = g_key_file_get_boolean (keys, GROUP, "unasked", NULL);
  self->stays = g_key_file_get_boolean (keys, GROUP, "stays", NULL);
  absent = g_key_file_get_string_list (keys, GROUP, "absent", NULL, NULL);
  for (char **id = absent; id != NULL && *id != NULL; id++)
    g_hash_table_add (self->absent, g_strdup (*id));
  load_seen (self, keys);
}
