/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "audio-link-private.h"

#include <glib/gi18n.h>

/* The way for guests' sound: what is wanted, what is there, and how that is told. */

HoAudioMode
ho_audio_link_get_setting (HoAudioLink *self)
{
  return (HoAudioMode) g_settings_get_enum (ho_settings_get_global (self->settings),
                                            HO_KEY_AUDIO_MODE);
}

/* Whether guests may record through the bridge. */
gboolean
ho_audio_link_records (HoAudioLink *self)
{
  return g_settings_get_boolean (ho_settings_get_global (self->settings), HO_KEY_AUDIO_MICROPHONE);
}

/* What is there. */

gboolean
ho_audio_link_names_socket (HoAudioLink *self, gboolean active_only)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      if (ho_audio_link_is_used_by (self, guest) && (!active_only || ho_guest_is_active (guest)))
        return TRUE;
    }
  return FALSE;
}

const HoSoundModule *
ho_audio_link_find_module (HoAudioLink *self)
{
  return self->argument != NULL
             ? ho_sound_server_find_module (self->server, HO_AUDIO_MODULE, self->argument)
             : NULL;
}

/* Whether the way is there that @mode would make. */
gboolean
ho_audio_link_exists (HoAudioLink *self, HoAudioMode mode)
{
  if (mode == HO_AUDIO_MODE_BRIDGE)
    return ho_audio_bridge_is_running (self->bridge);
  return mode == HO_AUDIO_MODE_MODULE && ho_audio_link_find_module (self) != NULL;
}

gboolean
ho_audio_link_is_wanted (HoAudioLink *self)
{
  return ho_hypervisor_is_local (self->hypervisor)
         && ho_audio_link_get_setting (self) != HO_AUDIO_MODE_OFF
         && (self->forced || ho_audio_link_names_socket (self, FALSE));
}

/* Which way it is to be. One that a running guest uses stays: QEMU never connects again. Who only
 * looks sees what is there. */
HoAudioMode
ho_audio_link_choose_mode (HoAudioLink *self)
{
  HoAudioMode setting = ho_audio_link_get_setting (self);
  HoSoundServerState server = ho_sound_server_get_state (self->server);

  if (!ho_hypervisor_is_local (self->hypervisor) || setting == HO_AUDIO_MODE_OFF)
    return HO_AUDIO_MODE_OFF;
  if (ho_audio_link_names_socket (self, TRUE) || (!self->keeps && self->waiting->len == 0))
    {
      if (ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE))
        return HO_AUDIO_MODE_BRIDGE;
      if (ho_audio_link_exists (self, HO_AUDIO_MODE_MODULE))
        return HO_AUDIO_MODE_MODULE;
    }
  if (setting != HO_AUDIO_MODE_AUTO)
    return setting;
  if (self->gave_up)
    return HO_AUDIO_MODE_BRIDGE;
  switch (ho_sound_server_get_kind (self->server))
    {
    case HO_SOUND_SERVER_PULSEAUDIO:
      /* With the module, whoever is in QEMU's group may do with the server what the user may. */
      return self->qemu == NULL || self->qemu->others == NULL ? HO_AUDIO_MODE_MODULE
                                                              : HO_AUDIO_MODE_BRIDGE;
    case HO_SOUND_SERVER_PIPEWIRE:
      return HO_AUDIO_MODE_BRIDGE;
    case HO_SOUND_SERVER_UNKNOWN:
    case HO_SOUND_SERVER_REMOTE:
    default:
      break;
    }
  /* A guest that starts before the sound server needs a way all the same. */
  if (ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE)
      || (server == HO_SOUND_SERVER_AWAY && self->waiting->len > 0))
    return HO_AUDIO_MODE_BRIDGE;
  return HO_AUDIO_MODE_AUTO;
}

/* In words. */

static char *
describe_module (HoAudioLink *self)
{
  const char *others = self->qemu != NULL ? self->qemu->others : NULL;

  if (self->qemu != NULL && self->qemu->is_self)
    return g_strdup (_ ("PulseAudio opens the socket, to you alone."));
  if (others != NULL)
    return g_strdup_printf (_ ("PulseAudio opens the socket to group %s: QEMU, and %s, may do with "
                               "your sound server whatever you may, recording and loading modules "
                               "included."),
                            self->qemu->group, others);
  return g_strdup (
      _ ("PulseAudio opens the socket to QEMU, which may then do with your sound server "
         "whatever you may, recording and loading modules included; the bridge lets it "
         "only play."));
}

static char *
describe_bridge (HoAudioLink *self)
{
  if (self->gave_up)
    return g_strdup (
        _ ("The sound server does not answer. Guests start all the same, and are heard "
           "as soon as it does."));
  if (ho_sound_server_get_state (self->server) == HO_SOUND_SERVER_AWAY)
    return g_strdup (_ ("No sound server is running. Guests start all the same, and are heard as "
                        "soon as one runs."));
  if (ho_audio_link_records (self))
    return g_strdup (_ ("The bridge lets QEMU play and record, and nothing else."));
  return g_strdup (_ ("The bridge lets QEMU play, and nothing else."));
}

/* Why the mode is what it is, or why there is no sound. */
char *
ho_audio_link_describe_reason (HoAudioLink *self)
{
  HoAudioMode setting = ho_audio_link_get_setting (self);

  if (!ho_hypervisor_is_local (self->hypervisor))
    return g_strdup (_ ("The guests run on another machine."));
  if (setting == HO_AUDIO_MODE_OFF)
    return g_strdup (_ ("Sound is switched off; “handover audio on” switches it on."));
  if (!ho_audio_link_is_wanted (self) && !ho_audio_link_exists (self, self->mode))
    return g_strdup (_ ("No guest plays to Handover; “handover setup GUEST audio” changes that."));
  if (!self->keeps && !ho_audio_link_exists (self, self->mode))
    return g_strdup (
        _ ("The way is made when a guest starts; with the applet it is always there."));
  if (self->mode == HO_AUDIO_MODE_MODULE)
    return describe_module (self);
  if (self->mode == HO_AUDIO_MODE_BRIDGE)
    return describe_bridge (self);
  return NULL;
}

char *
ho_audio_link_describe_wait (HoAudioLink *self)
{
  if (ho_sound_server_get_state (self->server) == HO_SOUND_SERVER_AWAY)
    return g_strdup (_ ("No sound server is running; Handover waits for it."));
  return g_strdup (_ ("Asking the sound server."));
}

HoAudioState
ho_audio_link_find_state (HoAudioLink *self, char **problem)
{
  HoSoundServerState server = ho_sound_server_get_state (self->server);

  *problem = NULL;
  if (self->mode == HO_AUDIO_MODE_OFF)
    return HO_AUDIO_OFF;
  if (ho_audio_link_exists (self, self->mode))
    return HO_AUDIO_ON;
  if (!ho_audio_link_is_wanted (self) && self->waiting->len == 0)
    return HO_AUDIO_OFF;
  if (ho_sound_server_get_fault (self->server) != NULL)
    {
      *problem = g_strdup (ho_sound_server_get_fault (self->server));
      return HO_AUDIO_ERROR;
    }
  if (self->qemu == NULL || self->failure != NULL)
    {
      *problem = g_strdup (self->qemu == NULL ? self->qemu_fault : self->failure);
      return HO_AUDIO_ERROR;
    }
  if (ho_sound_server_get_kind (self->server) == HO_SOUND_SERVER_REMOTE)
    {
      *problem = g_strdup (_ ("Your sound server is on another machine, where no guest of this one "
                              "gets to."));
      return HO_AUDIO_ERROR;
    }
  if (server != HO_SOUND_SERVER_READY || self->working || self->keeps || self->waiting->len > 0)
    return HO_AUDIO_WAITING;
  return HO_AUDIO_OFF;
}
