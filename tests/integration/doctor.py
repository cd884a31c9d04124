#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`handover doctor` on this machine and on real guests: what it prints, how it ends, what it changes and takes back."""

import glob
import json
import os
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import jsonschema  # noqa: E402

import bed as beds  # noqa: E402
import session  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []

# What people had years ago, with a card that is not there, so that every change of the XML can be offered.
OLD = '''<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>old</name>
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/><hyperv><relaxed state='on'/></hyperv></features>
  <devices>
    <disk type='block' device='disk'>
      <driver name='qemu' type='raw'/>
      <source dev='/dev/null'/>
      <target dev='vda' bus='virtio'/>
      <serial>WD-PLANTED-99</serial>
    </disk>
    <interface type='user'>
      <mac address='52:54:00:ab:cd:ef'/>
    </interface>
    <input type='tablet' bus='usb'/>
    <sound model='ich9'/>
    <hostdev mode='subsystem' type='pci' managed='no'>
      <source><address domain='0x0000' bus='0xfe' slot='0x1f' function='0x0'/></source>
    </hostdev>
    <hostdev mode='subsystem' type='usb'>
      <source><vendor id='0xdead'/><product id='0xbeef'/></source>
    </hostdev>
    <memballoon model='virtio'/>
  </devices>
  <qemu:commandline>
    <qemu:env name='QEMU_AUDIO_DRV' value='pa'/>
  </qemu:commandline>
</domain>'''


def set_up():
    bed = beds.Bed(display=False)
    BED.append(bed)
    beds.with_qemu(bed).add_guest('plain')
    bed.libvirt.define(OLD, 'old')


def xml(guest='old'):
    return BED[0].libvirt.virsh('dumpxml', '--inactive', '--security-info', guest)


def diagnose(*words):
    with open(os.path.join(session.SOURCE, 'data', 'doctor.schema.json')) as stream:
        schema = json.load(stream)
    result = BED[0].handover('doctor', '--json', *words)
    equal(result.code, 0, repr(result))
    told = json.loads(result.out)
    jsonschema.validate(told, schema)
    return told, {check['id']: check for check in told['checks']}


@test
def json_keeps_to_the_schema():
    """With a guest, and with the host alone when it is not clear which guest is meant"""
    told, checks = diagnose('old')
    equal(told['guest'], 'old')
    equal(checks['libvirt-connection']['verdict'], 'ok')
    equal(checks['qemu-version']['verdict'], 'ok')
    equal(checks['hostdev-present']['verdict'], 'error' if os.path.exists('/sys/bus/pci/devices') else 'unknown')
    equal(checks['sound-variables']['verdict'], 'warning')
    told, checks = diagnose('plain')
    assert 'memballoon' not in checks, 'nothing is passed to this guest'


@test
def exit_codes():
    bed = BED[0]
    for words, code in ((('doctor', 'plain'), 0), (('doctor', 'nobody'), 3), (('doctor', 'old', 'x'), 2),
                        (('doctor', 'old', '--force'), 2), (('doctor', '--fix', 'memballoon'), 2),
                        (('doctor', 'old', '--fix', 'nonsense'), 2), (('doctor', 'plain', '--fix', 'memballoon'), 1),
                        (('doctor', 'old', '--fix', 'hostdev-present'), 1),
                        (('doctor', 'plain', '--undo'), 1)):
        result = bed.handover(*words)
        if words == ('doctor', '--fix', 'memballoon'):
            # Of two guests only one has a card, so that is the one that is meant; there is no terminal to ask on.
            assert 'no terminal' in result.err, repr(result)
        equal(result.code, code, repr(result))
        if code:
            equal(len(result.err.strip().split('\n')), 1, repr(result))


@test
def without_a_connection_the_host_is_looked_at():
    result = BED[0].handover('doctor', '--json', '--connect', f'qemu:///session?socket={BED[0].root}/none')
    equal(result.code, 5, repr(result))
    checks = {check['id']: check for check in json.loads(result.out)['checks']}
    equal(checks['libvirt-connection']['verdict'], 'error')
    assert 'cpu-virtualisation' in checks and 'memballoon' not in checks, checks.keys()


@test
def for_people():
    """Grouped, in words, without colour where there is no terminal"""
    result = BED[0].handover('doctor', 'old')
    diag(result.out)
    assert '\033' not in result.out
    for words in ('libvirt and QEMU\n', 'IOMMU\n', 'Why:', 'What to do:', 'handover doctor old --fix memballoon'):
        assert words in result.out, words


@test
def every_change_that_is_offered():
    """is made through libvirt, leaves nothing to say for its check, and is taken back to the byte"""
    bed = BED[0]
    at_first = xml()
    done = []
    while True:
        offered = [check for check in diagnose('old')[0]['checks'] if check['fixable'] and check['id'] not in done]
        if not offered:
            break
        wanted = offered[0]['id']
        result = bed.handover('doctor', 'old', '--fix', wanted, '--yes')
        equal(result.code, 0, f'{wanted}: {result!r}')
        assert '\n+' in result.out or '\n-' in result.out, result.out
        after = diagnose('old')[1][wanted]
        equal(after['verdict'], 'ok', f'{wanted}: {after}')
        done.append(wanted)
    diag(f'{len(done)} changes: {" ".join(done)}')
    for wanted in ('hostdev-managed', 'memballoon', 'emulated-tablet', 'return-channel', 'sound-link',
                   'iothread', 'iothread-scheduler', 'disk-cache', 'hyperv', 'hyperv-clock', 'cpu-topology',
                   *(['kvm-used', 'cpu-model'] if os.access('/dev/kvm', os.R_OK | os.W_OK) else []),
                   *(['usb-hostdev'] if os.path.exists('/sys/bus/usb/devices') else [])):
        assert wanted in done, wanted
    root = ElementTree.fromstring(xml())
    equal(root.find('devices/memballoon').get('model'), 'none')
    equal(root.find('devices/input[@type="tablet"]'), None)
    equal(root.find('devices/audio').get('type'), 'pulseaudio')
    for _change in done:
        equal(bed.handover('doctor', 'old', '--undo', '--yes').code, 0)
    equal(xml(), at_first)


@test
def a_report_for_a_bug():
    bed = BED[0]
    path = f'{bed.root}/report.md'
    result = bed.handover('doctor', 'old', '--report', path)
    equal(result.code, 0, repr(result))
    text = open(path).read()
    uuid = bed.libvirt.virsh('domuuid', 'old')
    # A name of two letters would be found in half of all words, so it is not looked for.
    host = [name for name in (os.uname().nodename, os.uname().nodename.split('.')[0]) if len(name) > 2]
    for secret in (uuid, '52:54:00:ab:cd:ef', 'WD-PLANTED-99', *host):
        assert secret.lower() not in text.lower(), secret
    for mac in glob.glob('/sys/class/net/*/address'):
        address = open(mac).read().strip()
        assert address == '' or address not in text, address
    assert '| memballoon | advice |' in text and '0000:fe:1f.0' in text, text
    equal(bed.handover('doctor', 'old', '--report', f'{bed.root}/none/report.md').code, 1)


beds.main(BED, set_up=set_up)
