/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "sound-releaser.h"

/**
 * HoSoundReleaser:
 *
 * Takes the sound server off the audio function of a card, and puts it back: the HDMI output of a
 * card is in use in most sessions although nobody listens to it.
 */
G_DEFINE_INTERFACE (HoSoundReleaser, ho_sound_releaser, G_TYPE_OBJECT)

static void
ho_sound_releaser_default_init (HoSoundReleaserInterface *iface)
{
}

/**
 * ho_sound_releaser_release_async:
 * @self: a releaser
 * @address: the PCI address of an audio function
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the sound server has let it go, or will not
 * @user_data: for @callback
 */
void
ho_sound_releaser_release_async (HoSoundReleaser *self, const char *address,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_sound_releaser_release_async);
  HO_SOUND_RELEASER_GET_IFACE (self)->release (self, address, task);
}

gboolean
ho_sound_releaser_release_finish (HoSoundReleaser *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_sound_releaser_restore:
 * @self: a releaser
 * @address: what was released
 */
void
ho_sound_releaser_restore (HoSoundReleaser *self, const char *address)
{
  HO_SOUND_RELEASER_GET_IFACE (self)->restore (self, address);
}
