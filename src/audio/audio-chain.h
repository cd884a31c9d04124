/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "domain-facts.h"
#include "sound-server.h"

G_BEGIN_DECLS

/**
 * HoAudioChain:
 * @domain: what the guest is
 * @socket: the path of Handover's socket
 * @active: whether the guest runs
 * @way: (nullable): why there is no way for sound; %NULL if there is
 * @silenced: whether the sound server was restarted under it
 * @apparmor_lacks_rule: whether AppArmor is in force and has no rule for the socket
 * @stream: (nullable): what the guest plays
 * @sink_muted: whether the output device of @stream is mute
 *
 * All that decides whether a guest is heard, in the order of its sound.
 */
typedef struct
{
  const HoDomainFacts *domain;
  const char *socket;
  gboolean active;
  const char *way;
  gboolean silenced;
  gboolean apparmor_lacks_rule;
  const HoSoundStream *stream;
  gboolean sink_muted;
} HoAudioChain;

char *ho_audio_chain_explain (const HoAudioChain *chain);

G_END_DECLS
