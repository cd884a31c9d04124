/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define HO_TYPE_SOUND_RELEASER (ho_sound_releaser_get_type ())
G_DECLARE_INTERFACE (HoSoundReleaser, ho_sound_releaser, HO, SOUND_RELEASER, GObject)

/**
 * HoSoundReleaserInterface:
 * @release: makes the session's sound server close the audio function at @address, and returns
 *   %TRUE through the task when the server says that it has; owns the task
 * @restore: the function stays with the host after all, or is back: the server may use it as before
 *
 * What the gpu room needs of the sound server, which it does not know.
 */
struct _HoSoundReleaserInterface
{
  GTypeInterface parent_iface;

  void (*release) (HoSoundReleaser *self, const char *address, GTask *task);
  void (*restore) (HoSoundReleaser *self, const char *address);
};

void ho_sound_releaser_release_async (HoSoundReleaser *self, const char *address,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean ho_sound_releaser_release_finish (HoSoundReleaser *self, GAsyncResult *result,
                                           GError **error);
void ho_sound_releaser_restore (HoSoundReleaser *self, const char *address);

G_END_DECLS
