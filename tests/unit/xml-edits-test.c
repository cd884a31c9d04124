/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xml-edits.h"

#include <glib/gstdio.h>
#include <libxml/c14n.h>

#include "apparmor.h"
#include "error.h"
#include "guest-edit.h"
#include "passed-sound.h"

/* Each edit on descriptions as users have them: what it adds, word for word, and that all the rest
 * is canonically the same. */

#define SOCKET "/run/handover/1000/pulse.sock"

static const HoXmlAudio wish = { SOCKET, NULL, NULL };

static char *
canonicalize (xmlDoc *doc)
{
  xmlChar *text = NULL;
  char *copy;

  g_assert_cmpint (xmlC14NDocDumpMemory (doc, NULL, XML_C14N_1_0, NULL, TRUE, &text), >=, 0);
  copy = g_strdup ((const char *) text);
  xmlFree (text);
  return copy;
}

static void
assert_same (xmlDoc *doc, const char *expected_xml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoXmlDoc) expected = ho_xml_parse_domain (expected_xml, &error);
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  g_assert_no_error (error);
  a = canonicalize (doc);
  b = canonicalize (expected);
  g_assert_cmpstr (a, ==, b);
}

/* @before becomes @after, and stays so. */
static void
assert_edit (HoXmlEdit edit, const HoXmlAudio *data, const char *before, const char *after)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (before, &error);

  g_assert_no_error (error);
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (edit (doc, (gpointer) data, &error));
      g_assert_no_error (error);
      assert_same (doc, after);
    }
}

static void
assert_left_alone (const HoXmlAudio *data, const char *xml, const char *reason)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (xml, &error);

  g_assert_no_error (error);
  g_assert_false (ho_xml_edit_audio (doc, (gpointer) data, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, reason));
  assert_same (doc, xml);
}

#define HEAD                                                                                       \
  "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"                  \
  "  <name>win10</name>\n"                                                                         \
  "  <metadata>\n"                                                                                 \
  "    <l:os xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0' id='win10'/>\n"               \
  "  </metadata>\n"                                                                                \
  "  <vcpu placement='static'>4</vcpu>  <!-- all of them -->\n"                                    \
  "  <devices>\n"                                                                                  \
  "    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
#define TAIL                                                                                       \
  "    <unknown-to-us a='1'>\n\ttext\n    </unknown-to-us>\n"                                      \
  "  </devices>\n"                                                                                 \
  "  <x:thing xmlns:x='urn:x'><x:a/> <x:b/></x:thing>\n"
#define END "</domain>\n"
#define CONTROLLER "    <controller type='virtio-serial' index='0'/>\n"
#define CHANNEL                                                                                    \
  "    <channel type='unix'>\n"                                                                    \
  "      <target type='virtio' name='org.handover.return.0'/>\n"                                   \
  "    </channel>\n"
#define AGENT                                                                                      \
  "    <channel type='unix'>\n"                                                                    \
  "      <target type='virtio' name='org.qemu.guest_agent.0'/>\n"                                  \
  "    </channel>\n"

static void
test_channel (void)
{
  HoXmlEdit edit = ho_xml_edit_return_channel;

  assert_edit (edit, NULL, HEAD TAIL END,
               HEAD "    <unknown-to-us a='1'>\n\ttext\n    </unknown-to-us>\n" CONTROLLER CHANNEL
                    "  </devices>\n  <x:thing xmlns:x='urn:x'><x:a/> <x:b/></x:thing>\n" END);
  assert_edit (edit, NULL, HEAD CONTROLLER AGENT TAIL END, HEAD CONTROLLER AGENT CHANNEL TAIL END);
  assert_edit (edit, NULL, HEAD CONTROLLER CHANNEL TAIL END, HEAD CONTROLLER CHANNEL TAIL END);
  /* Another way to the same port will do. */
  assert_edit (edit, NULL,
               HEAD "<channel type='pty'><target type='virtio' name='org.handover.return.0'/>"
                    "</channel>" TAIL END,
               HEAD "<channel type='pty'><target type='virtio' name='org.handover.return.0'/>"
                    "</channel>" TAIL END);
}

static void
test_channel_without_devices (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain ("<domain><name>a</name></domain>", NULL);

  g_assert_false (ho_xml_edit_return_channel (doc, NULL, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (ho_xml_edit_audio (doc, (gpointer) &wish, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
}

#define AUDIO(id)                                                                                  \
  "    <audio id='" id "' type='pulseaudio' serverName='unix:" SOCKET "' timerPeriod='2000'>\n"    \
  "      <input mixingEngine='no'/>\n"                                                             \
  "      <output mixingEngine='no' streamName='win10 sound' latency='20000' "                      \
  "bufferLength='10000'/>\n"                                                                       \
  "    </audio>\n"
#define SOUND(id)                                                                                  \
  "    <sound model='ich9'>\n"                                                                     \
  "      <codec type='output'/>\n"                                                                 \
  "      <audio id='" id "'/>\n"                                                                   \
  "    </sound>\n"

static void
test_audio_new (void)
{
  assert_edit (ho_xml_edit_audio, &wish, HEAD "    <a/>\n  </devices>\n" END,
               HEAD "    <a/>\n" AUDIO ("1") SOUND ("1") "  </devices>\n" END);
  /* The PC speaker goes its own way. */
  assert_edit (ho_xml_edit_audio, &wish, HEAD "    <sound model='pcspk'/>\n  </devices>\n" END,
               HEAD "    <sound model='pcspk'/>\n" SOUND ("1") AUDIO ("1") "  </devices>\n" END);
}

/* What libvirt itself adds for VNC, and for SPICE where no device uses it, leads nowhere. */
static void
test_audio_unused (void)
{
  for (int i = 0; i < 2; i++)
    {
      g_autofree char *before = g_strdup_printf (HEAD "    <audio id='3' type='%s'/>\n  "
                                                      "</devices>\n" END,
                                                 i == 0 ? "none" : "spice");

      assert_edit (ho_xml_edit_audio, &wish, before,
                   HEAD AUDIO ("3") SOUND ("3") "  </devices>\n" END);
    }
}

/* Other devices and ways stay; so does what the user has chosen. */
static void
test_audio_there (void)
{
  assert_edit (ho_xml_edit_audio, &wish, HEAD SOUND ("1") AUDIO ("1") TAIL END,
               HEAD SOUND ("1") AUDIO ("1") TAIL END);
  assert_edit (ho_xml_edit_audio, &wish,
               HEAD "    <sound model='ac97'/>\n"
                    "    <audio id='1' type='pulseaudio' serverName='/tmp/pulse-socket' "
                    "timerPeriod='9000'>\n"
                    "      <output latency='5'/>\n"
                    "    </audio>\n"
                    "    <audio id='2' type='jack'/>\n" TAIL END,
               HEAD "    <sound model='ac97'>\n"
                    "      <audio id='1'/>\n"
                    "    </sound>\n"
                    "    <audio id='1' type='pulseaudio' serverName='unix:" SOCKET "' "
                    "timerPeriod='9000'>\n"
                    "      <output latency='5' mixingEngine='no' streamName='win10 sound' "
                    "bufferLength='10000'/>\n"
                    "      <input mixingEngine='no'/>\n"
                    "    </audio>\n"
                    "    <audio id='2' type='jack'/>\n" TAIL END);
  assert_edit (ho_xml_edit_audio, &wish,
               HEAD "    <sound model='ich6'>\n"
                    "      <codec type='duplex'/>\n"
                    "      <audio id='1'/>\n"
                    "    </sound>\n" AUDIO ("1") TAIL END,
               HEAD "    <sound model='ich6'>\n"
                    "      <codec type='duplex'/>\n"
                    "      <audio id='1'/>\n"
                    "    </sound>\n" AUDIO ("1") TAIL END);
}

#define LEGACY                                                                                     \
  "    <qemu:env name='QEMU_AUDIO_DRV' value='pa'/>\n"                                             \
  "    <qemu:env name='QEMU_PA_SERVER' value='/run/user/1000/pulse/native'/>\n"
#define BARE_SOUND "    <sound model='ich9'/>\n"

static void
test_audio_legacy (void)
{
  assert_edit (ho_xml_edit_audio, &wish,
               HEAD BARE_SOUND "  </devices>\n  <qemu:commandline>\n" LEGACY
                               "  </qemu:commandline>\n" END,
               HEAD SOUND ("1") AUDIO ("1") "  </devices>\n" END);
  assert_edit (ho_xml_edit_audio, &wish,
               HEAD BARE_SOUND "  </devices>\n  <qemu:commandline>\n" LEGACY
                               "    <qemu:arg value='-newarg'/>\n"
                               "    <qemu:env name='OTHER' value='QEMU_AUDIO_DRV'/>\n"
                               "  </qemu:commandline>\n" END,
               HEAD SOUND ("1") AUDIO ("1") "  </devices>\n  <qemu:commandline>\n"
                                            "    <qemu:arg value='-newarg'/>\n"
                                            "    <qemu:env name='OTHER' value='QEMU_AUDIO_DRV'/>\n"
                                            "  </qemu:commandline>\n" END);
}

static void
test_audio_other_ways (void)
{
  const HoXmlAudio passed = { SOCKET, "PCI device 0000:05:00.0", NULL };

  assert_left_alone (&passed, HEAD TAIL END, "PCI device 0000:05:00.0");
  assert_left_alone (&wish, HEAD BARE_SOUND "<audio id='1' type='spice'/>" TAIL END, "SPICE");
  assert_left_alone (&wish,
                     HEAD "<sound model='ich9'><audio id='2'/></sound><audio id='1' type='none'/>"
                          "<audio id='2' type='jack'/>" TAIL END,
                     "JACK");
  assert_left_alone (&wish, HEAD BARE_SOUND "<audio id='1' type='alsa'/>" TAIL END, "alsa");
  assert_left_alone (&wish,
                     HEAD TAIL "<qemu:commandline><qemu:arg value='-audiodev'/>"
                               "<qemu:arg value='pa,id=a'/></qemu:commandline>" END,
                     "arguments for QEMU");
  assert_left_alone (&wish,
                     HEAD TAIL "<qemu:commandline><qemu:env name='QEMU_AUDIO_DRV' value='jack'/>"
                               "</qemu:commandline>" END,
                     "JACK");
}

#define EXEMPT "  <seclabel type='none' model='apparmor'/>\n"

/* A guest whose QEMU would be kept from the socket is not changed, unless AppArmor is not for it.
 */
static void
test_audio_confined (void)
{
  const HoXmlAudio confined = { SOCKET, NULL, "add the rule" };
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (HEAD TAIL END, NULL);
  g_autofree char *before = ho_xml_print (doc);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (ho_xml_edit_audio (doc, (gpointer) &confined, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "add the rule"));
  g_assert_nonnull (strstr (error->message, SOCKET));
  after = ho_xml_print (doc);
  g_assert_cmpstr (before, ==, after);

  assert_edit (ho_xml_edit_audio, &confined, HEAD SOUND ("1") AUDIO ("1") TAIL EXEMPT END,
               HEAD SOUND ("1") AUDIO ("1") TAIL EXEMPT END);
  g_clear_error (&error);
  g_clear_pointer (&doc, xmlFreeDoc);
  doc = ho_xml_parse_domain (HEAD TAIL "<seclabel type='none' model='dac'/>" END, NULL);
  g_assert_false (ho_xml_edit_audio (doc, (gpointer) &confined, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_REFUSED);
}

/* Which passed-through devices are sound devices. */

static void
put (const char *root, const char *path, const char *text)
{
  g_autofree char *file = g_build_filename (root, path, NULL);
  g_autofree char *dir = g_path_get_dirname (file);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

static char *
find_sound (const char *root, const char *hostdev)
{
  g_autofree char *xml
      = g_strdup_printf ("<domain><name>a</name><devices>%s</devices></domain>", hostdev);
  g_autoptr (HoDomainFacts) facts = ho_domain_facts_new_from_xml (xml, NULL);

  return ho_passed_sound_find (facts, root);
}

#define PCI(bus, function)                                                                         \
  "<hostdev type='pci'><source><address domain='0' bus='" bus "' slot='0' function='" function     \
  "'/></source></hostdev>"
#define USB(product)                                                                               \
  "<hostdev type='usb'><source><vendor id='0x1234'/><product id='" product "'/></source></"        \
  "hostdev>"

static void
test_passed_sound (void)
{
  g_autofree char *root = g_dir_make_tmp ("handover-sys-XXXXXX", NULL);
  g_autofree char *pci = NULL;
  g_autofree char *usb = NULL;
  const char *remove[] = { "rm", "-r", root, NULL };

  put (root, "bus/pci/devices/0000:01:00.0/class", "0x030000\n");
  put (root, "bus/pci/devices/0000:01:00.1/class", "0x040300\n");
  put (root, "bus/pci/devices/0000:05:00.0/class", "0x040300\n");
  put (root, "bus/usb/devices/1-1/idVendor", "1234\n");
  put (root, "bus/usb/devices/1-1/idProduct", "0001\n");
  put (root, "bus/usb/devices/1-1:1.0/bInterfaceClass", "03\n");
  put (root, "bus/usb/devices/1-10/idVendor", "1234\n");
  put (root, "bus/usb/devices/1-10/idProduct", "0002\n");
  put (root, "bus/usb/devices/1-10:1.0/bInterfaceClass", "01\n");

  g_assert_null (find_sound (root, PCI ("1", "0") PCI ("1", "1") USB ("0x0001") USB ("0x0009")));
  pci = find_sound (root, PCI ("1", "1") PCI ("5", "0"));
  g_assert_cmpstr (pci, ==, "PCI device 0000:05:00.0");
  usb = find_sound (root, USB ("0x0001") USB ("0x0002"));
  g_assert_cmpstr (usb, ==, "USB device 1234:0002");
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

/* What AppArmor's files say. */

#define QEMU_SOCKET "/run/handover/1000/pulse.sock"

static void
assert_rule (const char *root, const char *file, const char *text, HoApparmor verdict)
{
  const char *found;

  put (root, file, text);
  g_assert_cmpint (ho_apparmor_judge (root, QEMU_SOCKET, &found), ==, verdict);
  if (verdict == HO_APPARMOR_ALLOWS)
    g_assert_cmpstr (found + 1, ==, file);
  else
    g_assert_null (found);
}

static void
test_apparmor (void)
{
  static const char local[] = "etc/apparmor.d/local/abstractions/libvirt-qemu";
  static const char shared[] = "etc/apparmor.d/abstractions/libvirt-qemu";
  static const char *const allowing[] = { QEMU_SOCKET " rw,",
                                          "  /run/handover/** rw, # sound",
                                          "/run/handover/*/pulse.sock\trwk,",
                                          "@{run}/handover/[0-9]*/pulse.sock wr,",
                                          "/{,var/}run/handover/*/{pulse,pipewire}.sock rw,",
                                          "# a remark\n/dev/kvm rw,\n/run/handover/** rw,\n" };
  static const char *const useless[] = { "",
                                         "# /run/handover/** rw,",
                                         "/run/handover/** r,",
                                         "owner /run/handover/** rw,",
                                         "deny /run/handover/** rw,",
                                         "/run/handover/*.sock rw,",
                                         "/run/handover/1001/* rw,",
                                         "/run/handover/** rw",
                                         "/run/handoverx/** rw,",
                                         "/run/handover/1000/pulse?sockx rw,",
                                         "/run/handover/*/pulsexsock rw,",
                                         "/run/handover/{1000 rw,",
                                         "( rw,",
                                         "/** [ rw," };
  g_autofree char *root = g_dir_make_tmp ("handover-root-XXXXXX", NULL);
  g_autofree char *command = ho_apparmor_get_command (QEMU_SOCKET);
  const char *remove[] = { "rm", "-r", root, NULL };

  g_assert_cmpint (ho_apparmor_judge (root, QEMU_SOCKET, NULL), ==, HO_APPARMOR_ABSENT);
  put (root, "sys/module/apparmor/parameters/enabled", "N\n");
  g_assert_cmpint (ho_apparmor_judge (root, QEMU_SOCKET, NULL), ==, HO_APPARMOR_ABSENT);
  put (root, "sys/module/apparmor/parameters/enabled", "Y\n");
  g_assert_cmpint (ho_apparmor_judge (root, QEMU_SOCKET, NULL), ==, HO_APPARMOR_UNKNOWN);
  put (root, "sys/kernel/security/apparmor/features/network_v8/af_mask", "unix inet\n");
  assert_rule (root, shared, "", HO_APPARMOR_ABSENT);
  put (root, "sys/kernel/security/apparmor/features/network/af_unix", "yes\n");
  for (gsize i = 0; i < G_N_ELEMENTS (useless); i++)
    assert_rule (root, shared, useless[i], HO_APPARMOR_LACKS_RULE);
  for (gsize i = 0; i < G_N_ELEMENTS (allowing); i++)
    assert_rule (root, shared, allowing[i], HO_APPARMOR_ALLOWS);
  assert_rule (root, shared, "", HO_APPARMOR_LACKS_RULE);
  assert_rule (root, local, allowing[0], HO_APPARMOR_ALLOWS);
  g_assert_nonnull (strstr (command, "'" QEMU_SOCKET " rw,'"));
  g_assert_nonnull (strstr (command, HO_APPARMOR_LOCAL));
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xml-edits/channel", test_channel);
  g_test_add_func ("/xml-edits/channel-without-devices", test_channel_without_devices);
  g_test_add_func ("/xml-edits/audio-new", test_audio_new);
  g_test_add_func ("/xml-edits/audio-unused", test_audio_unused);
  g_test_add_func ("/xml-edits/audio-there", test_audio_there);
  g_test_add_func ("/xml-edits/audio-legacy", test_audio_legacy);
  g_test_add_func ("/xml-edits/audio-other-ways", test_audio_other_ways);
  g_test_add_func ("/xml-edits/audio-confined", test_audio_confined);
  g_test_add_func ("/xml-edits/apparmor", test_apparmor);
  g_test_add_func ("/xml-edits/passed-sound", test_passed_sound);
  return g_test_run ();
}
