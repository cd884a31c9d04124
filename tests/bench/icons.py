#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an icon in the tray costs: time to be there, memory and wake-ups when idle, side by side.

Beside Handover stand the bare program (floor.c), once as it is and once giving memory back as the
applet does, the same with a connection to libvirt, and, where they are installed, nm-applet and
virt-manager (with the same libvirt, and its window closed while it waits)."""

import os
import shutil
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
from tap import figure, test  # noqa: E402

ROUNDS = int(os.environ.get('HANDOVER_BENCH_ROUNDS', 5))
QUIET = 20  # seconds: GLib ends idle threads of its pools after 15
WATCHED = 30
BED = []


def programs():
    """Name → (command, what the icon's id contains)."""
    tests = os.path.join(beds.build_root(), 'tests')
    found = {
        'floor': ([f'{tests}/floor'], 'handover-floor'),
        'floor, giving back': ([f'{tests}/floor', '--give-back', '5'], 'handover-floor'),
        'floor with libvirt, giving back': ([f'{tests}/floor-libvirt', '--give-back', '5'], 'floor-libvirt'),
        'handover': ([beds.program('handover-applet')], beds.INDICATOR),
    }
    if shutil.which('nm-applet', path=session.PATH):
        found['nm-applet'] = (['nm-applet', '--indicator'], 'nm-applet')
    if shutil.which('virt-manager', path=session.PATH):
        found['virt-manager'] = (['virt-manager', '--no-fork', '-c', BED[0].libvirt.uri],
                                 'virt-manager')
    return found


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    bed.start_system_bus()
    beds.with_qemu(bed).add_guest('win10')
    bed.libvirt.virsh('start', 'win10')
    bed.start_tray()
    bed.start_notifications()
    # virt-manager shows its icon only if it is asked to, by a setting.
    folder = f'{bed.env["XDG_CONFIG_HOME"]}/glib-2.0/settings'
    os.makedirs(folder)
    with open(f'{folder}/keyfile', 'w') as stream:
        stream.write('[org/virt-manager/virt-manager]\nsystem-tray=true\n')


def icons(wanted):
    return [item for item in BED[0].tray.items if item.menu and item.properties.get('Id') == wanted]


def close_windows():
    """What waits in the tray waits without a window."""
    bed = BED[0]
    for window in bed.run('xdotool', 'search', '--onlyvisible', '--name',
                          'Virtual Machine Manager').out.split():
        bed.run('xdotool', 'windowfocus', window)
        bed.run('xdotool', 'key', 'ctrl+w')


def start(name):
    """Start a program; returns (process, seconds until its icon was registered)."""
    command, wanted = programs()[name]
    there = len(icons(wanted))
    began = time.monotonic()
    child = BED[0].start(name, command, env={'GDK_GL': 'disable', 'GSETTINGS_BACKEND': 'keyfile'})
    try:
        loop.until(lambda: len(icons(wanted)) > there, f'the icon of {name}', seconds=60)
    except loop.Timeout:
        child.stop()
        return None, None
    return child, time.monotonic() - began


def stop(child):
    child.stop()
    BED[0].tray.wait_for_none()


def sums(pid):
    with open(f'/proc/{pid}/smaps_rollup') as stream:
        rows = dict(line.split()[:2] for line in stream if line.split()[0].endswith(':'))
    with open(f'/proc/{pid}/task/{pid}/status') as stream:
        woken = [int(line.split()[1]) for line in stream if line.startswith('voluntary')]
    return int(rows['Pss:']), int(rows['Private_Dirty:']), woken[0]


def ratio(values, name, base):
    return f'{values[name] / values[base]:.2f}' if base in values else '-'


@test
def from_exec_to_icon():
    times = {}
    for _ in range(ROUNDS):
        for name in programs():
            if 'giving back' in name:
                continue
            child, seconds = start(name)
            if child is None:
                continue
            stop(child)
            times.setdefault(name, []).append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    for name, seconds in medians.items():
        figure(f'exec to icon, {name}', f'{seconds * 1000:.0f} ms '
               f'({min(times[name]) * 1000:.0f}–{max(times[name]) * 1000:.0f}), '
               f'{ratio(medians, name, "floor")} of the bare program')


@test
def memory_and_wake_ups_when_idle():
    children = {name: start(name)[0] for name in programs()}
    children = {name: child for name, child in children.items() if child}
    loop.spin(5)
    close_windows()
    loop.spin(QUIET)
    before = {name: sums(child.pid) for name, child in children.items()}
    loop.spin(WATCHED)
    after = {name: sums(child.pid) for name, child in children.items()}
    pss = {name: values[0] for name, values in after.items()}
    dirty = {name: values[1] for name, values in after.items()}
    for name in after:
        figure(f'PSS, {name}', f'{pss[name]} KiB, {ratio(pss, name, "floor")} of the bare program')
        figure(f'private dirty, {name}', f'{dirty[name]} KiB, {ratio(dirty, name, "floor")} of it')
        figure(f'wake-ups in {WATCHED} s, {name}', after[name][2] - before[name][2])


beds.main(BED, set_up=set_up)
