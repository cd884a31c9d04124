#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt comes, goes and is changed by others; virsh is the judge."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import libvirtd  # noqa: E402
import loop  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
ITEM = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    bed.start_notifications()
    bed.start_tray()
    daemon = libvirtd.QemuSession(bed)
    bed.env['LIBVIRT_DEFAULT_URI'] = daemon.uri
    bed.libvirt = daemon
    ITEM.append(bed.start_applet())


@test
def without_a_daemon_it_says_what_to_do():
    bed = BED[0]
    equal(ITEM[0].Title, 'No connection to libvirt')
    equal(ITEM[0].IconName, 'org.handover.Handover-disconnected')
    note = bed.notifications.wait_for('No connection to libvirt')
    assert 'systemctl' in note.body, note
    equal(bed.handover('status').code, 5)


@test
def it_connects_when_the_socket_appears():
    bed = BED[0]
    bed.libvirt.start()
    ITEM[0].wait_for(lambda i: i.Title == 'No primary guest', 'the connection')
    bed.libvirt.add_guest('win10')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the new guest')


@test
def a_killed_daemon_is_told_and_found_again():
    bed = BED[0]
    equal(bed.handover('start').code, 0)
    bed.libvirt.wait_for_state('win10', 'running')
    bed.libvirt.kill()
    ITEM[0].wait_for(lambda i: i.Title == 'No connection to libvirt', 'the loss')
    equal(bed.status()['guests'], [])
    bed.libvirt.start()
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the connection')
    equal(bed.libvirt.state('win10'), 'running')
    equal(bed.guest_states(), {'win10': 'running'})
    entries = ITEM[0].menu.open().labels()
    equal([e for e in entries if 'win10' in e], ['Shut down win10', 'win10 is running'])
    equal(len(bed.tray.items), 1, 'icons')
    bed.notifications.wait_for('connection to libvirt is back')


@test
def a_guest_that_libvirt_cannot_find_again():
    """One that dies while libvirt starts again, which tells nobody, is known to be off"""
    bed = BED[0]
    pid = bed.libvirt.qemu_pid('win10')
    bed.libvirt.kill()
    ITEM[0].wait_for(lambda i: i.Title == 'No connection to libvirt', 'the loss')
    os.kill(pid, signal.SIGSTOP)
    bed.libvirt.start()
    # libvirt waits for QEMU's greeting and says what was last known.
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the connection')
    equal(bed.libvirt.state('win10'), 'running')
    os.kill(pid, signal.SIGKILL)
    ITEM[0].wait_for(lambda i: i.Title in ('win10 is off', 'win10 has crashed'), 'the end')
    assert bed.libvirt.state('win10') in ('shut off', 'crashed')
    bed.handover('start')
    bed.libvirt.wait_for_state('win10', 'running')


@test
def what_virsh_does_is_followed():
    bed = BED[0]
    bed.libvirt.virsh('suspend', 'win10')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is paused', 'the pause')
    bed.libvirt.virsh('resume', 'win10')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the resume')
    bed.libvirt.virsh('destroy', 'win10')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the stop')
    bed.notifications.wait_for('win10 was forced off')
    bed.libvirt.virsh('domrename', 'win10', 'renamed')
    ITEM[0].wait_for(lambda i: i.Title == 'renamed is off', 'the new name')
    bed.libvirt.virsh('undefine', 'renamed')
    ITEM[0].wait_for(lambda i: i.Title == 'No primary guest', 'the end of the guest')
    ITEM[0].menu.wait_for(lambda root: not any('renamed' in e for e in root.labels()), 'the menu')


class Talkative(libvirtd.QemuSession):
    """A daemon that writes down each call of its clients."""
    log_filters = '1:daemon.remote'
    log_level = 1


@test
def a_program_that_ends():
    """The end of a program leaves no call behind, of which libvirt 9.0 can die"""
    bed = BED[0]
    daemon = Talkative(bed, 'talkative').start()
    for words in (('status',), ('doctor',)) * 4:
        equal(bed.handover(*words, '--connect', daemon.uri).code, 0)
    daemon.stop()
    text = daemon.daemon.text()
    assert 'EventCallbackRegisterAny' in text, 'the calls are not written down'
    for call in ('EventCallbackDeregisterAny', 'UnregisterCloseCallback'):
        assert call not in text, [line for line in text.split('\n') if call in line]


@test
def a_return_does_not_wait_for_a_daemon_that_hangs():
    """Whoever asks for keyboard and mouse has an answer while others still wait for libvirt"""
    bed = BED[0]
    bed.applet.stop()
    os.kill(bed.libvirt.daemon.pid, signal.SIGSTOP)
    bed.start_applet(wait=False)
    loop.wait_for_name(bed.bus, beds.NAME)
    waiting = bed.start('waiting', [beds.program('handover'), 'status'])
    home = bed.handover('switch', 'host')
    equal(home.code, 5, repr(home))  # nothing is away, and nothing can be known
    assert waiting.alive(), waiting.text()
    os.kill(bed.libvirt.daemon.pid, signal.SIGCONT)
    waiting.wait()
    equal(waiting.returncode, 0, waiting.text())


beds.main(BED, set_up=set_up)
