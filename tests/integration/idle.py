#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An idle applet costs nothing: no wake-up, and little more memory than any tray icon."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
from tap import diag, equal, figure, test  # noqa: E402

BED = []
PIDS = {}
# So that the PCI bus is watched as for anybody with a card.
HOSTDEV = """<hostdev mode='subsystem' type='pci' managed='yes'><source>
  <address domain='0x0000' bus='0x00' slot='0x01' function='0x0'/></source></hostdev>"""


def memory(pid, kind):
    """A sum of /proc/PID/smaps_rollup, in KiB."""
    with open(f'/proc/{pid}/smaps_rollup') as stream:
        return int([line for line in stream if line.startswith(f'{kind}:')][0].split()[1])


def wake_ups(pid):
    """How often the main thread has gone to sleep so far."""
    with open(f'/proc/{pid}/task/{pid}/status') as stream:
        return int([line for line in stream if line.startswith('voluntary')][0].split()[1])


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('win10')
    libvirt.add_guest('card', devices=HOSTDEV)
    bed.start_tray()
    bed.start_notifications()
    floors = {
        'floor': ('floor', []),
        # These give memory back as the applet does (memory.c), so that like stands beside like.
        'floor, given back': ('floor', ['--give-back', '5']),
        'libvirt, given back': ('floor-libvirt', ['--give-back', '5']),
    }
    for number, (who, (program, options)) in enumerate(floors.items()):
        # The same favour for all: see main.c about GL.
        child = bed.start(f'floor-{number}',
                          [os.path.join(beds.build_root(), 'tests', program), *options],
                          env={'GDK_GL': 'disable'})
        PIDS[who] = child.pid
        loop.until(lambda number=number: len(bed.tray.items) > number, f'the icon of {who}')
    bed.start_applet()
    PIDS['applet'] = bed.applet.pid
    equal(bed.handover('start', 'win10').code, 0)
    bed.notifications.wait_for('win10 is running')


@test
def no_wake_up_in_30_seconds():
    loop.spin(20)  # GLib ends idle threads of its pools after 15 s
    before = wake_ups(PIDS['applet'])
    loop.spin(30)
    figure('wake-ups in 30 s', wake_ups(PIDS['applet']) - before)
    equal(wake_ups(PIDS['applet']) - before, 0, 'wake-ups')


@test
def little_more_memory_than_any_icon():
    pss, dirty = ({who: memory(pid, kind) for who, pid in PIDS.items()}
                  for kind in ('Pss', 'Private_Dirty'))
    for who in PIDS:
        diag(f'{who}: PSS {pss[who]} KiB, private dirty {dirty[who]} KiB')
    applet = pss.pop('applet')
    written = dirty.pop('applet')
    for who in pss:
        figure(f'PSS / {who}', f'{applet / pss[who]:.2f}')
        figure(f'private dirty / {who}', f'{written / dirty[who]:.2f}')
    # A bare GTK 3 + appindicator program as it runs.
    assert applet <= pss['floor'] * 1.5, applet / pss['floor']
    # What was written to is not helped by giving back; most of the difference is libvirt's, see below.
    assert written <= dirty['floor'] * 1.6, written / dirty['floor']
    # Nothing but what an open connection to libvirt costs stands between that and us.
    assert applet <= pss['libvirt, given back'] * 1.25, applet / pss['libvirt, given back']


beds.main(BED, set_up=set_up)
