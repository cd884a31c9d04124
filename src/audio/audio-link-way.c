/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "audio-link-private.h"

#include "audio-socket.h"
#include "error.h"

#include <glib/gi18n.h>

/* The way for guests' sound: making it and taking it away. */

static void
end_work (HoAudioLink *self, GError *error)
{
  self->working = FALSE;
  g_clear_pointer (&self->failure, g_free);
  if (error != NULL)
    {
      g_message ("%s", error->message);
      self->failure = g_strdup (error->message);
    }
  ho_audio_link_update (self);
}

/* An answer that came too late tells that the server answers again, and no more: a socket that the
 * bridge has by now it leaves alone. */
static void
end_module_work (HoAudioLink *self, GError *error)
{
  if (!self->ignores)
    {
      end_work (self, error);
      return;
    }
  self->ignores = self->gave_up = FALSE;
  ho_audio_link_update (self);
}

static void
on_loaded (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoAudioLink) self = user_data;
  g_autoptr (GError) error = NULL;

  ho_sound_server_load_module_finish (HO_SOUND_SERVER (object), result, &error);
  end_module_work (self, error);
}

static void
on_unloaded (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoAudioLink) self = user_data;
  g_autoptr (GError) error = NULL;

  ho_sound_server_unload_module_finish (HO_SOUND_SERVER (object), result, &error);
  end_module_work (self, error);
}

static void
on_bridge_started (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoAudioLink) self = user_data;
  g_autoptr (GError) error = NULL;

  ho_audio_bridge_start_finish (HO_AUDIO_BRIDGE (object), result, &error);
  end_work (self, error);
}

/* Whether nothing is in the way of a new socket. */
static gboolean
check_place (HoAudioLink *self, GError **error)
{
  HoAudioSocketState state;
  pid_t listener;

  if (!ho_audio_socket_make_folder (self->socket, error)
      || !ho_audio_socket_check (self->socket, &state, &listener, error))
    return FALSE;
  if (state == HO_AUDIO_SOCKET_LIVE)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                   _ ("Another program of yours (process %d) listens on %s. End it first."),
                   (int) listener, self->socket);
      return FALSE;
    }
  return TRUE;
}

static void
open_way (HoAudioLink *self)
{
  g_autoptr (GError) error = NULL;

  if (!check_place (self, &error))
    {
      /* Not by end_work(), which looks again at once. */
      self->failure = g_strdup (error->message);
      return;
    }
  self->working = TRUE;
  self->remade = self->lost;
  if (self->mode == HO_AUDIO_MODE_MODULE)
    ho_sound_server_load_module_async (self->server, HO_AUDIO_MODULE, self->argument,
                                       self->cancellable, on_loaded, g_object_ref (self));
  else
    ho_audio_bridge_start_async (
        self->bridge, self->qemu->uid,
        g_settings_get_boolean (ho_settings_get_global (self->settings), HO_KEY_AUDIO_MICROPHONE),
        self->cancellable, on_bridge_started, g_object_ref (self));
}

/* Whoever waits for a server that is there and does not answer goes on with the bridge, which will
 * find the server whenever it does. FALSE if that was done before, or is not for us to choose. */
gboolean
ho_audio_link_give_up_server (HoAudioLink *self)
{
  if (self->gave_up || self->ignores || ho_audio_link_get_setting (self) != HO_AUDIO_MODE_AUTO
      || self->mode == HO_AUDIO_MODE_BRIDGE || !ho_hypervisor_is_local (self->hypervisor))
    return FALSE;
  self->gave_up = TRUE;
  self->ignores = self->working;
  self->working = FALSE;
  return TRUE;
}

/* Takes away what is there and is ours; `changed` of server or bridge tells when it is gone. */
static void
close_way (HoAudioLink *self, HoAudioMode mode)
{
  if (mode == HO_AUDIO_MODE_BRIDGE)
    {
      ho_audio_bridge_stop (self->bridge);
      return;
    }
  self->working = TRUE;
  ho_sound_server_unload_module_async (self->server, ho_audio_link_find_module (self)->index,
                                       self->cancellable, on_unloaded, g_object_ref (self));
}

/* Notices when the way was cut and made again: QEMU does not. Returns the guests that were cut off.
 */
GPtrArray *
ho_audio_link_follow_cuts (HoAudioLink *self)
{
  GPtrArray *silenced = g_ptr_array_new_with_free_func (g_object_unref);
  HoAudioMode has = HO_AUDIO_MODE_OFF;
  gboolean cut;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  if (ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE))
    has = HO_AUDIO_MODE_BRIDGE;
  else if (ho_audio_link_exists (self, HO_AUDIO_MODE_MODULE))
    has = HO_AUDIO_MODE_MODULE;
  if (has == HO_AUDIO_MODE_OFF)
    {
      if (self->had != HO_AUDIO_MODE_OFF)
        self->lost = TRUE;
      self->had = HO_AUDIO_MODE_OFF;
      return silenced;
    }

  /* A module that is there again without our doing was never away: only our connection was. */
  cut = self->lost && (self->remade || has == HO_AUDIO_MODE_BRIDGE);
  self->had = has;
  self->lost = self->remade = FALSE;
  for (guint i = 0; cut && i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      /* One that is about to start has its QEMU still to come. */
      if (!ho_audio_link_is_used_by (self, guest) || !ho_guest_has_process (guest))
        continue;
      g_hash_table_add (self->silenced, g_strdup (ho_guest_get_uuid (guest)));
      g_ptr_array_add (silenced, g_steal_pointer (&guest));
    }
  return silenced;
}

/* The module is the server's to load. */
static gboolean
can_load (HoAudioLink *self)
{
  if (ho_sound_server_get_kind (self->server) == HO_SOUND_SERVER_PIPEWIRE)
    self->failure = g_strdup (_ ("PipeWire cannot open a socket for the guest. Set “audio-mode” to "
                                 "'auto' or 'bridge'."));
  return ho_sound_server_get_kind (self->server) == HO_SOUND_SERVER_PULSEAUDIO
         && ho_sound_server_get_state (self->server) == HO_SOUND_SERVER_READY;
}

/* Does the next thing that brings what is there to what is wanted. */
void
ho_audio_link_act (HoAudioLink *self)
{
  gboolean wanted = self->waiting->len > 0 || (self->keeps && ho_audio_link_is_wanted (self));
  HoAudioMode other
      = self->mode == HO_AUDIO_MODE_BRIDGE ? HO_AUDIO_MODE_MODULE : HO_AUDIO_MODE_BRIDGE;

  if (self->failure != NULL)
    return;
  if (self->mode == HO_AUDIO_MODE_OFF || !wanted)
    {
      if (!self->keeps && !self->closes)
        return;
      if (ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE))
        close_way (self, HO_AUDIO_MODE_BRIDGE);
      if (ho_audio_link_exists (self, HO_AUDIO_MODE_MODULE))
        close_way (self, HO_AUDIO_MODE_MODULE);
      return;
    }
  if (self->mode == HO_AUDIO_MODE_AUTO || self->qemu == NULL
      || (self->mode == HO_AUDIO_MODE_MODULE && !can_load (self)))
    return;
  if (ho_audio_link_exists (self, other))
    close_way (self, other);
  else if (ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE)
           && !ho_audio_link_names_socket (self, TRUE)
           && !ho_audio_bridge_matches (self->bridge, self->qemu->uid,
                                        ho_audio_link_records (self)))
    close_way (self, HO_AUDIO_MODE_BRIDGE);
  else if (!ho_audio_link_exists (self, self->mode))
    open_way (self);
}
