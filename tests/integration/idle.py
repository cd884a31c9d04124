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


def pss(pid):
    with open(f'/proc/{pid}/smaps_rollup') as stream:
        return int([line for line in stream if line.startswith('Pss:')][0].split()[1])


def wake_ups(pid):
    """How often the main thread has gone to sleep so far."""
    with open(f'/proc/{pid}/task/{pid}/status') as stream:
        return int([line for line in stream if line.startswith('voluntary')][0].split()[1])


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_qemu(bed).add_guest('win10')
    bed.start_tray()
    bed.start_notifications()
    floor = os.path.join(beds.build_root(), 'tests', 'floor')
    # The same favour for both: see main.c about GL.
    PIDS['floor'] = bed.start('floor', [floor], env={'GDK_GL': 'disable'}).pid
    bed.tray.wait_for_item('handover-floor')
    bed.start_applet()
    PIDS['applet'] = bed.applet.pid
    equal(bed.handover('start').code, 0)
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
    applet, floor = pss(PIDS['applet']), pss(PIDS['floor'])
    diag(f'applet {applet} KiB, floor {floor} KiB')
    figure('PSS / bare GTK 3 + appindicator', f'{applet / floor:.2f}')
    # The aim is 1.5; what is above it is libvirt and the libraries it links.
    assert applet <= floor * 1.75, applet / floor


beds.main(BED, set_up=set_up)
