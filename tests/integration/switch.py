#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving keyboard and mouse, as far as it needs no USB: what the command and D-Bus refuse, and the keeper's life. A device
that was seen in the guest and is pulled out is away without being there; that is how a keeper is made to have a promise.
The lab moves real ones."""

import glob
import json
import os
import re
import signal
import stat
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import jsonschema  # noqa: E402

import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
from gi.repository import GLib  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []
ABSENT = 'fedc:ba98'  # no such device


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('win10')
    bed.start_tray()
    settings(bed)


def settings(bed, **more):
    lines = ''.join(f'{key.replace("_", "-")}={value}\n' for key, value in more.items())
    bed.write_settings(f"[settings]\ninput-devices=['{ABSENT}']\n{lines}")


def keepers():
    """Process ids of the keepers of this test: not of the parents that they are just leaving, whose session still has its
    leader."""
    found = []
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            words = open(path, 'rb').read().split(b'\0')
        except OSError:
            continue
        if words[0].endswith(b'handover-keeper') and BED[0].root.encode() in b' '.join(words):
            pid = int(path.split('/')[2])
            try:
                leader = os.getsid(pid)
            except ProcessLookupError:
                continue
            if not os.path.exists(f'/proc/{leader}'):
                found.append(pid)
    return found


def wait_for_keeper(predicate, what, seconds=60):
    result = []

    def look():
        result[:] = [keepers()]
        return predicate(result[0])
    loop.until(look, what, seconds, look_again=0.1)
    return result[0]


def uuid():
    return BED[0].libvirt.virsh('domuuid', 'win10').strip()


def promise(seconds=None):
    """Leaves what a keeper leaves that is killed while a device is away. Returns the file."""
    bed = BED[0]
    bed.handover('switch', 'host')  # its keeper makes the place
    place, = glob.glob(f'{bed.env["XDG_RUNTIME_DIR"]}/handover/keeper-*.lock')
    for keeper in keepers():
        os.kill(keeper, signal.SIGTERM)
    wait_for_keeper(lambda pids: not pids, 'the end of the keeper')
    path = place.replace('.lock', '.state')
    deadline = int((time.monotonic() + seconds) * 1e6) if seconds else 0
    with open(path, 'w') as stream:
        stream.write(f'[keeper]\nphase=away\nguest={uuid()}\ndeadline={deadline}\n'
                     f'return-after={seconds or 0}\n[seen]\ndevice-1={ABSENT};9:9;\n')
    return path


def check_refusals():
    bed, run = BED[0], BED[0].handover
    for words, code, text in (
            (('switch',), 2, 'guest|host|toggle'), (('switch', 'away'), 2, 'guest|host|toggle'),
            (('switch', 'guest', 'win10'), 2, 'one word too many'),
            (('switch', 'host', '--return-after', '-5'), 2, '86400'),
            (('switch', 'host', '--return-after', 'soon'), 2, 'soon'),
            (('switch', 'host', '--force'), 2, '--force'), (('start', '--guest', 'win10'), 2, '--guest'),
            (('devices', '--return-after', '3'), 2, '--return-after'),
            (('switch', 'guest', '--guest', 'nobody'), 3, 'nobody'),
            (('switch', 'guest'), 4, 'not running')):
        result = run(*words)
        equal(result.code, code, repr(result))
        equal(len(result.err.strip().split('\n')), 1, repr(result))
        assert text in result.err, result
    bed.libvirt.virsh('start', 'win10')
    result = run('switch', 'toggle', '--guest', 'win10', '--return-after', '30')
    equal(result.code, 3, repr(result))
    assert 'plugged in' in result.err, result
    equal(run('switch', 'host').code, 0)
    bed.libvirt.virsh('destroy', 'win10')


@test
def refusals_without_an_applet():
    check_refusals()


@test
def another_machines_guests_cannot_have_them():
    bed = BED[0]
    for words in (('switch', 'guest', '--guest', 'win10'), ('switch', 'host')):
        result = bed.handover(*words, '--connect', 'qemu+ssh://nowhere.invalid/system')
        assert result.code in (1, 5) and result.err, result
        if words[1] == 'host':
            assert 'on another' in result.err, result


@test
def the_keepers_place_is_private():
    bed = BED[0]
    bed.handover('switch', 'host')
    wait_for_keeper(lambda pids: len(pids) == 1, 'a keeper')
    folder = f'{bed.env["XDG_RUNTIME_DIR"]}/handover'
    equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
    bed.handover('switch', 'host')
    equal(len(keepers()), 1, 'keepers')
    wait_for_keeper(lambda pids: not pids, 'the end of a keeper that nobody needs')


@test
def a_promise_outlives_the_keeper():
    """Killed, and followed by one that the next command starts"""
    bed = BED[0]
    bed.libvirt.virsh('start', 'win10')
    path = promise(60)
    bed.handover('switch', 'guest')  # fails, but there is a keeper now
    first, = wait_for_keeper(lambda pids: len(pids) == 1, 'a keeper')
    os.kill(first, signal.SIGKILL)
    wait_for_keeper(lambda pids: not pids, 'its end')
    assert os.path.exists(path), 'the promise is gone'
    bed.handover('switch', 'guest')
    wait_for_keeper(lambda pids: len(pids) == 1, 'the next one')
    loop.until(lambda: not os.path.exists(path), 'the end of the time', 120, look_again=0.1)
    bed.libvirt.virsh('destroy', 'win10')


@test
def refusals_with_an_applet():
    BED[0].start_applet()
    check_refusals()


@test
def status_and_devices_are_told():
    bed = BED[0]
    with open(os.path.join(session.SOURCE, 'data', 'status.schema.json')) as stream:
        schema = json.load(stream)
    status = bed.status()
    jsonschema.validate(status, schema)
    equal(status['input']['location'], 'host')
    equal(status['input']['devices'], [{'id': ABSENT, 'name': ABSENT, 'location': 'absent'}])
    devices = json.loads(bed.handover('devices', '--json').out)
    for name, value in (('Input', status['input']), ('Devices', devices)):
        seen = loop.call(bed.bus, beds.NAME, beds.PATH, 'org.freedesktop.DBus.Properties', 'Get',
                         GLib.Variant('(ss)', (beds.INTERFACE, name)))[0]
        equal(json.loads(json.dumps(seen)), value, name)
    equal(bed.handover('devices').code, 0)


@test
def bad_wishes_on_the_bus_are_named():
    bed = BED[0]
    for to, options, name in (
            ('away', {}, 'Usage'), ('guest', {'return-after': GLib.Variant('s', 'soon')}, 'Usage'),
            ('guest', {'speed': GLib.Variant('u', 1)}, 'Usage'),
            ('guest', {'guest': GLib.Variant('s', 'nobody')}, 'NotFound'),
            ('guest', {}, 'Refused')):
        try:
            loop.call(bed.bus, beds.NAME, beds.PATH, beds.INTERFACE, 'SwitchInput',
                      GLib.Variant('(sa{sv})', (to, options)))
            raise AssertionError(f'{to} {options}: accepted')
        except GLib.Error as error:
            assert f'org.handover.Error.{name}' in error.message, error


@test
def monitor_tells_of_input():
    bed = BED[0]
    lines = bed.lines('monitor', [beds.program('handover'), 'monitor'])
    lines.wait_for(lambda line: json.loads(line)['event'] == 'status', 'the first line')
    bed.write_settings('[settings]\n')
    lines.wait_for(lambda line: json.loads(line).get('location') == 'unconfigured', 'the change')
    settings(bed)
    lines.wait_for(lambda line: json.loads(line).get('location') == 'host', 'the change back')
    lines.stop()


@test
def the_applet_replaces_a_killed_keeper():
    """Where no systemd does; and it has one ready as soon as a guest runs"""
    bed = BED[0]
    wait_for_keeper(lambda pids: not pids, 'the end of a keeper that nobody needs')
    bed.libvirt.virsh('start', 'win10')
    first, = wait_for_keeper(lambda pids: len(pids) == 1, 'a keeper beside a running guest')
    os.kill(first, signal.SIGKILL)
    wait_for_keeper(lambda pids: len(pids) == 1 and pids != [first], 'another one')
    bed.libvirt.virsh('destroy', 'win10')
    wait_for_keeper(lambda pids: not pids, 'the end of it when no guest runs')


@test
def what_is_started_has_nothing_of_the_applets():
    """Every descriptor of the applet and the keeper closes when they start a program"""
    for pid in (BED[0].applet.pid, *keepers()):
        for path in glob.glob(f'/proc/{pid}/fdinfo/*'):
            number = int(os.path.basename(path))
            flags = int(re.search(r'^flags:\s*(\d+)', open(path).read(), re.M)[1], 8)
            what = f'{pid}: {number} {os.readlink(f"/proc/{pid}/fd/{number}")}'
            assert number <= 2 or flags & os.O_CLOEXEC, what


@test
def switch_on_start_tells_what_hinders_it():
    bed = BED[0]
    path = bed.settings_file
    bed.write_settings(open(path).read() + f'\n[guests/{uuid()}]\nswitch-on-start=true\n')
    lines = bed.lines('monitor', [beds.program('handover'), 'monitor'])
    lines.wait_for(lambda line: json.loads(line)['event'] == 'status', 'the first line')
    bed.libvirt.virsh('start', 'win10')
    lines.wait_for(lambda line: 'plugged in' in json.loads(line).get('problem', ''), 'the problem')
    lines.stop()
    bed.libvirt.virsh('destroy', 'win10')
    settings(bed)


@test
def a_promise_outlives_applet_and_bus():
    """The applet takes up what was left, is killed with it, and so is its bus: the keeper keeps its time"""
    bed = BED[0]
    bed.applet.stop()
    bed.libvirt.virsh('start', 'win10')
    path = promise(60)
    bed.start_applet()
    status = {}

    def counts_down():
        status.update(bed.status()['input'])
        return 'return-in' in status
    loop.until(counts_down, 'the count-down', 60, look_again=0.2)
    diag(status)
    assert 0 < status['return-in'] <= 60, status
    keeper, = keepers()
    bed.applet.kill()
    equal(keepers(), [keeper])
    assert os.path.exists(path)
    loop.until(lambda: not os.path.exists(path), 'the end of the time', 120, look_again=0.1)
    bed.libvirt.virsh('destroy', 'win10')


@test
def quitting_brings_them_home():
    bed = BED[0]
    bed.libvirt.virsh('start', 'win10')
    for returns in (False, True):
        settings(bed, return_on_quit=str(returns).lower())
        path = promise(900)
        bed.start_applet()
        loop.until(lambda: 'return-in' in bed.status()['input'] and keepers(), 'the keeper\'s promise', 60, look_again=0.2)
        keeper, = keepers()
        bed.applet.stop()
        if returns:
            loop.until(lambda: not os.path.exists(path), 'the return', 60, look_again=0.1)
        else:
            loop.spin(1)
            assert os.path.exists(path), 'they came home unasked'
            os.kill(keeper, signal.SIGTERM)
            loop.until(lambda: not os.path.exists(path), 'the return at the end of the session', 60, look_again=0.1)
        wait_for_keeper(lambda pids: not pids, 'the end of the keeper')


beds.main(BED, set_up=set_up)
