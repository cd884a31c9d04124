#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests on another machine: they start and stop; card, input and sound say that they are for this one only.

The other machine is a real libvirtd behind a program that carries its protocol, as ssh would do it."""

import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
ITEM = []
CARRIER = '''#!/usr/bin/python3
import os, select, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[0].rpartition('/')[0] + '/libvirt-sock')
ends = {0: lambda data: line.sendall(data), line.fileno(): lambda data: os.write(1, data)}
while True:
    for fd in select.select(list(ends), [], [])[0]:
        data = os.read(fd, 65536)
        if not data:
            sys.exit()
        ends[fd](data)
'''


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('win10')
    carrier = os.path.join(os.path.dirname(libvirt.socket), 'carrier')
    with open(carrier, 'w') as stream:
        stream.write(CARRIER)
    os.chmod(carrier, 0o700)
    bed.env['LIBVIRT_DEFAULT_URI'] = ('qemu+ext://elsewhere/session?command='
                                      + urllib.parse.quote(carrier, safe=''))
    bed.start_tray()
    bed.start_notifications()


def check():
    bed = BED[0]
    result = bed.handover('status')
    equal(result.code, 0, repr(result))
    assert 'run on another machine' in result.out and 'win10' in result.out, result.out
    status = bed.status()
    equal(status['connection']['local'], False)
    equal(status['gpus'], [])
    equal(bed.handover('start', 'win10').code, 0)
    equal(bed.libvirt.state('win10'), 'running')
    for words in (('switch', 'guest', '--guest', 'win10'),):
        result = bed.handover(*words)
        assert result.code not in (0, 2), repr(result)
        assert 'machine' in result.err and len(result.err.strip().split('\n')) == 1, repr(result)
    equal(bed.handover('stop', 'win10', '--force').code, 0)
    equal(bed.libvirt.state('win10'), 'shut off')


@test
def without_an_applet():
    check()


@test
def with_an_applet():
    ITEM.append(BED[0].start_applet())
    check()


@test
def the_menu_says_so():
    labels = ITEM[0].menu.open().labels()
    said = [label for label in labels if "This Computer's Guests Only" in label]
    equal(len(said), 1, repr(labels))
    assert not any('Share' in label for label in labels), labels


@test
def a_local_guest_is_not_told_that():
    bed = BED[0]
    result = bed.handover('status', '--connect', bed.libvirt.uri)
    equal(result.code, 0, repr(result))
    assert 'another machine' not in result.out, result.out
    equal(bed.status('--connect', bed.libvirt.uri)['connection']['local'], True)


beds.main(BED, set_up=set_up)
