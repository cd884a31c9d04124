/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-input"

#include "switch-on-start.h"

/**
 * HoSwitchOnStart:
 *
 * Moves keyboard and mouse to a guest as soon as it runs, where its settings say so, whoever has
 * started it. A guest that ran already when it was first seen, or that goes on after a pause, was
 * not started.
 */
struct _HoSwitchOnStart
{
  GObject parent;

  HoInput *input;
  HoSettings *settings;
  GHashTable *off; /* UUIDs of guests that were seen off, or on their way from it */
};

G_DEFINE_FINAL_TYPE (HoSwitchOnStart, ho_switch_on_start, G_TYPE_OBJECT)

static void
on_moved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!ho_input_move_finish (HO_INPUT (object), result, &error))
    ho_input_tell_problem (HO_INPUT (object), error->message);
}

static void
on_guest_changed (HoSwitchOnStart *self, HoGuest *guest)
{
  const char *uuid = ho_guest_get_uuid (guest);

  if (ho_guest_get_state (guest) == HO_GUEST_OFF || ho_guest_get_state (guest) == HO_GUEST_CRASHED)
    g_hash_table_add (self->off, g_strdup (uuid));
  if (ho_guest_get_state (guest) != HO_GUEST_RUNNING || !g_hash_table_remove (self->off, uuid))
    return;
  if (ho_switch_on_start_is_wanted (self->settings, guest))
    ho_input_move_async (self->input, guest, HO_RETURN_AS_SET, NULL, on_moved, NULL);
}

static void
on_guest_removed (HoSwitchOnStart *self, HoGuest *guest)
{
  g_hash_table_remove (self->off, ho_guest_get_uuid (guest));
}

static void
ho_switch_on_start_finalize (GObject *object)
{
  HoSwitchOnStart *self = HO_SWITCH_ON_START (object);

  g_object_unref (self->input);
  g_object_unref (self->settings);
  g_hash_table_unref (self->off);

  G_OBJECT_CLASS (ho_switch_on_start_parent_class)->finalize (object);
}

static void
ho_switch_on_start_class_init (HoSwitchOnStartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ho_switch_on_start_finalize;
}

static void
ho_switch_on_start_init (HoSwitchOnStart *self)
{
  self->off = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * ho_switch_on_start_new:
 * @input: keyboard and mouse
 * @guests: the guests
 * @settings: which of them want it
 *
 * Returns: (transfer full): what sees to it
 */
HoSwitchOnStart *
ho_switch_on_start_new (HoInput *input, HoGuestList *guests, HoSettings *settings)
{
  HoSwitchOnStart *self = g_object_new (HO_TYPE_SWITCH_ON_START, NULL);

  self->input = g_object_ref (input);
  self->settings = g_object_ref (settings);
  g_object_connect (guests, "swapped-object-signal::guest-added", on_guest_changed, self,
                    "swapped-object-signal::guest-changed::state", on_guest_changed, self,
                    "swapped-object-signal::guest-removed", on_guest_removed, self, NULL);
  return self;
}

/**
 * ho_switch_on_start_is_wanted:
 * @settings: the settings
 * @guest: a guest that has just been started
 *
 * Returns: whether keyboard and mouse are to go to it
 */
gboolean
ho_switch_on_start_is_wanted (HoSettings *settings, HoGuest *guest)
{
  return g_settings_get_boolean (ho_settings_get_guest (settings, ho_guest_get_uuid (guest)),
                                 HO_KEY_SWITCH_ON_START);
}
