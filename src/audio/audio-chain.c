/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "audio-chain.h"

#include <glib/gi18n.h>

/* Why a guest is not heard: its sound is followed link by link, and the first that is broken is
 * told. Nothing here looks at anything but its arguments. */

static char *
explain_definition (const HoAudioChain *chain)
{
  const HoDomainFacts *domain = chain->domain;
  const HoDomainAudio *audio = domain->audios->len > 0 ? domain->audios->pdata[0] : NULL;

  if (domain->sounds->len == 0)
    return g_strdup_printf (_ ("It has no sound card; “handover setup %s audio” adds one."),
                            domain->name);
  if (domain->legacy_audio != NULL)
    return g_strdup_printf (
        _ ("It uses QEMU_PA_SERVER, which newer QEMU ignores; “handover setup %s "
           "audio” replaces it."),
        domain->name);
  if (audio == NULL || g_strcmp0 (audio->type, "none") == 0)
    return g_strdup_printf (_ ("Its sound card plays to nowhere; “handover setup %s audio” changes "
                               "that."),
                            domain->name);
  if (g_strcmp0 (audio->type, "pulseaudio") == 0)
    return g_strdup_printf (_ ("It plays to another sound server (%s), not to Handover."),
                            audio->server != NULL ? audio->server : _ ("QEMU's own choice"));
  return g_strdup_printf (_ ("Its sound goes to %s, not to Handover."), audio->type);
}

static char *
explain_stream (const HoAudioChain *chain)
{
  const HoSoundStream *stream = chain->stream;

  if (stream->muted)
    return g_strdup (_ ("It is muted; the icon's menu or your mixer lets it be heard."));
  if (stream->volume == 0)
    return g_strdup (_ ("Its volume is 0; scroll on the icon to turn it up."));
  if (chain->sink_muted)
    return g_strdup_printf (_ ("It plays, but the output device %s is mute."), stream->sink);
  return g_strdup_printf (_ ("It is heard on %s, volume %u %%."),
                          stream->sink != NULL ? stream->sink : "?", stream->volume);
}

/**
 * ho_audio_chain_explain:
 * @chain: what is known
 *
 * Returns: (transfer full): whether the guest is heard, or where its sound gets lost and what to
 * do, in one or two sentences
 */
char *
ho_audio_chain_explain (const HoAudioChain *chain)
{
  if (!ho_domain_facts_plays_to (chain->domain, chain->socket))
    return explain_definition (chain);
  if (chain->silenced)
    return g_strdup (
        _ ("It stays silent until it restarts, since the sound server was restarted."));
  if (chain->way != NULL)
    return g_strdup (chain->way);
  if (chain->apparmor_lacks_rule && chain->stream == NULL)
    return g_strdup_printf (_ ("AppArmor has no rule that lets QEMU reach %s; “handover doctor %s” "
                               "tells which."),
                            chain->socket, chain->domain->name);
  if (!chain->active)
    return g_strdup (_ ("It is off, and will be heard when it runs."));
  if (chain->stream == NULL)
    return g_strdup (_ ("It runs, but has no stream at the sound server; if it was started before "
                        "the way was there, restart it."));
  return explain_stream (chain);
}
