/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "audio-link.h"

#include "audio-bridge.h"

G_BEGIN_DECLS

/** HO_AUDIO_MODULE: what opens a socket at PulseAudio. */
#define HO_AUDIO_MODULE "module-native-protocol-unix"

/**
 * HoAudioLink:
 *
 * The way for guests' sound: a socket that QEMU, and nobody else but the user, may play to. With
 * PulseAudio the server itself opens it (module), otherwise the bridge does. Which of them is there
 * is read from the server and the socket each time, so one that an earlier Handover made is found
 * again. As a start gate it sees to it that the way exists before a guest that names it starts:
 * QEMU ends at once without it. Once ho_audio_link_keep() was called the way is there all the time
 * that a defined guest names it, since guests are started by others, too.
 *
 * The signal `changed` tells of everything that has a getter here; `silenced` (a #HoGuest) of a
 * guest that was cut off by a restart of the server, and stays so until it restarts.
 *
 * audio-link.c has what others see and who waits, audio-link-facts.c what is wanted and what is
 * there, audio-link-way.c how the way is made.
 */
struct _HoAudioLink
{
  GObject parent;

  HoSettings *settings;
  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoSoundServer *server;
  HoAudioBridge *bridge;
  GCancellable *cancellable;
  char *socket;
  HoQemuUser *qemu; /* NULL: unknown, see qemu_fault */
  char *qemu_fault;
  char *argument; /* of the module */

  gboolean keeps;
  gboolean forced;      /* the user has asked for it */
  gboolean looks;       /* the user has asked how things are */
  gboolean closes;      /* the user has switched it off */
  gboolean working;     /* an answer is on its way */
  gboolean gave_up;     /* the server did not answer in time; until it does there is the bridge */
  gboolean ignores;     /* an answer that comes too late */
  char *failure;        /* why the last attempt did not work; it is not repeated by itself */
  HoAudioMode had;      /* what was there last: %HO_AUDIO_MODE_OFF for nothing */
  gboolean lost;        /* what was there has gone … */
  gboolean remade;      /* … and was made again */
  GHashTable *silenced; /* of uuid */
  GPtrArray *waiting;   /* of GTask: for the way to be there */
  GPtrArray *looking;   /* of GTask: for it to be known, or gone while it is being closed */
  guint timeout;
  guint idle;

  HoAudioMode mode;
  HoAudioState state;
  char *reason;
  char *problem;
};

HoAudioMode ho_audio_link_get_setting (HoAudioLink *self);
gboolean ho_audio_link_records (HoAudioLink *self);
gboolean ho_audio_link_names_socket (HoAudioLink *self, gboolean active_only);
const HoSoundModule *ho_audio_link_find_module (HoAudioLink *self);
gboolean ho_audio_link_exists (HoAudioLink *self, HoAudioMode mode);
gboolean ho_audio_link_is_wanted (HoAudioLink *self);
HoAudioMode ho_audio_link_choose_mode (HoAudioLink *self);
char *ho_audio_link_describe_reason (HoAudioLink *self);
char *ho_audio_link_describe_wait (HoAudioLink *self);
HoAudioState ho_audio_link_find_state (HoAudioLink *self, char **problem);
GPtrArray *ho_audio_link_follow_cuts (HoAudioLink *self);
void ho_audio_link_act (HoAudioLink *self);
gboolean ho_audio_link_give_up_server (HoAudioLink *self);
void ho_audio_link_update (HoAudioLink *self);

G_END_DECLS
