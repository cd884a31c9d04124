/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio-chain.h"

#include <locale.h>

#define SOCKET "/run/handover/1000/pulse.sock"
#define DOMAIN(devices)                                                                            \
  "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>win10</name>"             \
  "<uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><devices>" devices "</devices></domain>"
#define CARD "<sound model='ich9'><codec type='output'/><audio id='1'/></sound>"
#define OURS CARD "<audio id='1' type='pulseaudio' serverName='unix:" SOCKET "'/>"

/* Whether the explanation of these facts has these words. */
static void
check (const char *xml, HoAudioChain chain, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoDomainFacts) facts = ho_domain_facts_new_from_xml (xml, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  chain.domain = facts;
  chain.socket = SOCKET;
  text = ho_audio_chain_explain (&chain);
  if (strstr (text, words) == NULL)
    g_error ("“%s” has no “%s”", text, words);
}

static void
test_definition (void)
{
  const HoAudioChain chain = { .active = TRUE };

  check (DOMAIN (""), chain, "no sound card");
  check (DOMAIN (CARD), chain, "to nowhere");
  check (DOMAIN (CARD "<audio id='1' type='none'/>"), chain, "to nowhere");
  check (DOMAIN (CARD "<audio id='1' type='spice'/>"), chain, "goes to spice");
  check (DOMAIN (CARD "<audio id='1' type='pulseaudio' serverName='unix:/other'/>"), chain,
         "unix:/other");
  check (DOMAIN (CARD "<audio id='1' type='pulseaudio'/>"), chain, "own choice");
  check ("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>win10</name>"
         "<devices>" CARD "</devices><qemu:commandline>"
         "<qemu:env name='QEMU_PA_SERVER' value='/tmp/old'/></qemu:commandline></domain>",
         chain, "QEMU_PA_SERVER");
}

/* The first broken link is told, whatever is broken after it. */
static void
test_order (void)
{
  HoSoundStream stream = { .sink = (char *) "speakers", .volume = 80 };
  HoAudioChain chain = { .active = TRUE, .stream = &stream };

  check (DOMAIN (OURS), chain, "heard on speakers, volume 80 %");
  chain.sink_muted = TRUE;
  check (DOMAIN (OURS), chain, "output device speakers is mute");
  stream.volume = 0;
  check (DOMAIN (OURS), chain, "volume is 0");
  stream.muted = TRUE;
  check (DOMAIN (OURS), chain, "muted");
  chain.stream = NULL;
  check (DOMAIN (OURS), chain, "no stream");
  chain.active = FALSE;
  check (DOMAIN (OURS), chain, "It is off");
  chain.apparmor_lacks_rule = TRUE;
  check (DOMAIN (OURS), chain, "AppArmor");
  chain.way = "No sound server.";
  check (DOMAIN (OURS), chain, "No sound server.");
  chain.silenced = TRUE;
  check (DOMAIN (OURS), chain, "until it restarts");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio-chain/definition", test_definition);
  g_test_add_func ("/audio-chain/order", test_order);
  return g_test_run ();
}
