#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command, with and without a running applet: what it prints and how it ends."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import jsonschema  # noqa: E402

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
from gi.repository import GLib  # noqa: E402
from tap import diag, equal, figure, test  # noqa: E402

BED = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('win10')
    libvirt.add_guest('deaf', guestimage.DEAF)
    bed.write_settings('[settings]\nshutdown-timeout=uint32 2\n')
    bed.start_tray()
    bed.start_notifications()


def check_exit_codes():
    bed, run = BED[0], BED[0].handover
    for words, code in ((('status',), 0), (('status', '--json'), 0), (('gpu',), 0), (('gpu', '--json'), 0), ((), 2), (('dance',), 2),
                        (('status', 'win10'), 2), (('status', '--force'), 2), (('--nope',), 2),
                        (('start',), 2), (('toggle',), 2), (('start', 'nobody'), 3),
                        (('stop', 'nobody'), 3), (('start', 'win10'), 0), (('start', 'win10'), 0),
                        (('--version',), 0), (('--help',), 0)):
        result = run(*words)
        equal(result.code, code, repr(result))
        if code:
            equal(len(result.err.strip().split('\n')), 1, repr(result))
            equal(result.out, '', repr(result))
    equal(bed.libvirt.state('win10'), 'running')
    bed.libvirt.wait_until_ready('win10')
    equal(run('stop', 'win10').code, 0)
    equal(bed.libvirt.state('win10'), 'shut off')
    equal(run('toggle', 'deaf').code, 0)
    bed.libvirt.wait_until_ready('deaf')
    result = run('stop', 'deaf')
    equal(result.code, 1, repr(result))
    assert 'still running' in result.err, result
    equal(run('stop', 'deaf', '--force').code, 0)
    equal(bed.libvirt.state('deaf'), 'shut off')


def check_status():
    with open(os.path.join(session.SOURCE, 'data', 'status.schema.json')) as stream:
        schema = json.load(stream)
    status = BED[0].status()
    jsonschema.validate(status, schema)
    equal({g['name']: g['state'] for g in status['guests']}, {'deaf': 'off', 'win10': 'off'})
    return status


@test
def exit_codes_without_an_applet():
    check_exit_codes()


@test
def status_without_an_applet():
    check_status()


@test
def no_connection_is_5():
    bed = BED[0]
    for words in (('status',), ('start', 'win10'), ('stop',)):
        result = bed.handover(*words, '--connect', f'qemu:///session?socket={bed.root}/none')
        equal(result.code, 5, repr(result))
    equal(bed.handover('status', '--connect', 'nonsense:///').code, 5)


@test
def a_call_while_the_applet_starts_is_answered():
    """As by a script at login: whether or not its name is on the bus yet, and libvirt has answered"""
    bed = BED[0]
    for _ in range(4):
        bed.start_applet(wait=False)
        for _ in range(12):
            result = bed.handover('status')
            equal(result.code, 0, repr(result))
        bed.applet.stop()
    bed.start_applet(wait=False)
    equal(bed.handover('start', 'win10').code, 0)
    equal(bed.libvirt.state('win10'), 'running')
    equal(bed.handover('stop', '--force', 'win10').code, 0)
    bed.applet.stop()


@test
def exit_codes_with_an_applet():
    BED[0].start_applet()
    check_exit_codes()


@test
def the_same_facts_everywhere():
    bed = BED[0]
    by_applet = check_status()
    by_bus = bed.ping()[0]
    equal(json.loads(json.dumps(by_bus)), by_applet)
    equal(bed.status('--connect', bed.libvirt.uri), by_applet)
    for name, key in (('Connection', 'connection'), ('Guests', 'guests'), ('Gpus', 'gpus')):
        value = loop.call(bed.bus, beds.NAME, beds.PATH, 'org.freedesktop.DBus.Properties', 'Get',
                          GLib.Variant('(ss)', (beds.INTERFACE, name)))[0]
        equal(value, by_applet[key], name)


@test
def bad_options_on_the_bus_are_named():
    bed = BED[0]
    for options, text in (({'speed': GLib.Variant('s', 'fast')}, 'speed'),
                          ({'ignore-busy': GLib.Variant('s', 'yes')}, 'ignore-busy')):
        try:
            bed.call('StartGuest', 'win10', options)
            raise AssertionError('accepted')
        except GLib.Error as error:
            assert 'org.handover.Error.Usage' in error.message and text in error.message, error
    equal(bed.libvirt.state('win10'), 'shut off')


@test
def monitor_tells_events():
    bed = BED[0]
    for options in ((), ('--connect', bed.libvirt.uri)):
        lines = bed.lines('monitor', [beds.program('handover'), 'monitor', *options])
        lines.wait_for(lambda line: json.loads(line)['event'] == 'status', 'the first line')
        bed.libvirt.virsh('start', 'win10')
        lines.wait_for(lambda line: json.loads(line).get('state') == 'running', 'the start')
        bed.libvirt.virsh('destroy', 'win10')
        lines.wait_for(lambda line: json.loads(line).get('state') == 'off', 'the stop')
        lines.stop()


@test
def a_wish_right_after_virsh_is_for_the_guest_as_it_is():
    """Though libvirt's event is not there yet"""
    bed = BED[0]
    for _ in range(5):
        bed.libvirt.virsh('start', 'win10')
        equal(bed.handover('start', 'win10').code, 0)
        bed.libvirt.virsh('destroy', 'win10')
        equal(bed.handover('start', 'win10').code, 0)
        equal(bed.libvirt.state('win10'), 'running')
        bed.libvirt.virsh('destroy', 'win10')
        bed.libvirt.virsh('start', 'win10')
        equal(bed.handover('stop', '--force', 'win10').code, 0)
        equal(bed.libvirt.state('win10'), 'shut off')


@test
def found_without_the_bus_in_the_environment():
    """Over ssh, with only XDG_RUNTIME_DIR"""
    bed = BED[0]
    env = {'DBUS_SESSION_BUS_ADDRESS': '', 'LIBVIRT_DEFAULT_URI': 'test:///default'}
    result = bed.handover('status', '--json', env=env)
    equal(json.loads(result.out)['connection']['uri'], bed.libvirt.uri)


@test
def a_start_that_hangs_in_qemu_is_forced_off():
    """libvirt waits for a QEMU that says nothing; the start ends with a word of its own"""
    bed = BED[0]
    emulator, mark = f'{bed.root}/slow-qemu', f'{bed.root}/slow-qemu.pid'
    with open(emulator, 'w') as stream:
        stream.write('#!/bin/sh\n'  # libvirt runs it without a guest to learn what it can do
                     f'case "$*" in *guest=stuck*) echo $$ >{mark}; exec sleep 600;; esac\n'
                     'exec qemu-system-x86_64 "$@"\n')
    os.chmod(emulator, 0o755)
    bed.libvirt.add_guest('stuck', devices=f'<emulator>{emulator}</emulator>')
    loop.until(lambda: 'stuck' in bed.guest_states(), 'the guest')
    start = bed.start('start', [beds.program('handover'), 'start', 'stuck'])
    loop.wait_for_path(mark, lambda path: os.path.exists(path) and os.path.getsize(path) > 0)
    equal(bed.guest_states()['stuck'], 'starting')
    forced = bed.handover('stop', 'stuck', '--force')
    equal(forced.code, 0, repr(forced))
    start.wait()
    equal(start.returncode, 1)
    assert 'forced off while it started' in start.text(), start.text()
    equal(bed.libvirt.state('stuck'), 'shut off')
    loop.until(lambda: bed.guest_states()['stuck'] == 'off', 'the guest is off')
    with open(mark) as stream:
        assert not os.path.exists(f'/proc/{stream.read().strip()}'), 'QEMU lives'


@test
def the_command_costs_little():
    """At most half of virsh list, and no libvirt library on the way"""
    bed = BED[0]
    ours, theirs = [], []
    for _ in range(15):
        ours.append(bed.handover('status').seconds)
        theirs.append(bed.run('virsh', '-c', bed.libvirt.uri, 'list', '--all').seconds)
    ratio = sorted(ours)[7] / sorted(theirs)[7]
    figure('handover status / virsh list --all (time)', f'{ratio:.2f}')
    result = bed.handover('status', env={'LD_DEBUG': 'files'})
    assert 'libgio' in result.err and 'libvirt' not in result.err.replace(
        'libvirtd-qemu', ''), 'libvirt was loaded'
    assert beds.is_sanitized() or ratio <= 0.5, ratio


@test
def a_second_start_tells_the_status():
    bed = BED[0]
    second = bed.run(beds.program('handover-applet'))
    equal(second.code, 0, repr(second))
    note = bed.notifications.wait_for('Handover is running')
    diag(note)
    equal(len(bed.tray.items), 1, 'icons')


@test
def starting_at_login():
    """The menu's item writes the autostart file, and follows it"""
    bed = BED[0]
    path = f'{bed.env["XDG_CONFIG_HOME"]}/autostart/org.handover.Handover.desktop'
    item = bed.tray.items[0]
    assert not os.path.exists(path)
    entry = item.menu.wait_for_entry('Start at Login')
    assert not entry.checked
    entry.click()
    item.menu.wait_for(lambda root: root.find('Start at Login').checked, 'the check mark')
    text = open(path).read()
    assert 'Exec=handover-applet' in text and 'Hidden=false' in text, text
    with open(path, 'w') as stream:
        stream.write(text.replace('Hidden=false', 'Hidden=true'))
    item.menu.wait_for(lambda root: not root.find('Start at Login').checked, 'the change')


beds.main(BED, set_up=set_up)
