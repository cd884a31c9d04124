#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops a real guest with an installed Handover: by its icon, then by its command.

usage: start_a_guest.py APPLET COMMAND
Both are split at blanks ("flatpak run …" is fine), and {uri} in them is the libvirt to use.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
from tap import equal, test  # noqa: E402

APPLET, COMMAND = (words.split() for words in sys.argv[1:3])
del sys.argv[1:]
BED = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    # What is installed must find its pieces by itself.
    for name in ('HANDOVER_LIBEXECDIR', 'HANDOVER_DATA_DIR', 'HANDOVER_ICON_DIR',
                 'GSETTINGS_SCHEMA_DIR'):
        bed.env.pop(name, None)
    # Flatpak keeps what is installed for this user there.
    bed.env['XDG_DATA_HOME'] = os.environ.get('XDG_DATA_HOME', bed.env['XDG_DATA_HOME'])
    beds.with_qemu(bed).add_guest('win10')
    for words in (APPLET, COMMAND):
        words[:] = [word.replace('{uri}', bed.libvirt.uri) for word in words]
    bed.start_tray()
    bed.start_notifications()


@test
def by_the_icon():
    bed = BED[0]
    applet = bed.start('applet', APPLET)
    item = bed.tray.wait_for_item(beds.INDICATOR, seconds=120)
    item.wait_for(lambda i: i.Title != 'Connecting to libvirt', 'the connection')
    item.left_click()
    bed.libvirt.wait_for_state('win10', 'running')
    bed.libvirt.wait_until_ready('win10')
    bed.screenshot('running')
    equal(bed.run(*COMMAND, 'stop').code, 0, 'the command, by way of the applet')
    bed.libvirt.wait_for_state('win10', 'shut off')
    applet.stop()


@test
def by_the_command_alone():
    bed = BED[0]
    started = bed.run(*COMMAND, 'start', 'win10', seconds=120)
    equal(started.code, 0, started.err)
    equal(bed.libvirt.state('win10'), 'running')
    equal(bed.run(*COMMAND, 'stop', '--force', 'win10', seconds=120).code, 0)
    equal(bed.libvirt.state('win10'), 'shut off')


beds.main(BED, set_up=set_up)
