#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What asking for the state costs: `handover status` with and without an applet, beside `virsh list --all`, in turns."""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
from tap import equal, figure, test  # noqa: E402

ROUNDS = int(os.environ.get('HANDOVER_BENCH_ROUNDS', 25))
BED = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    for name in ('win10', 'linux', 'spare'):
        libvirt.add_guest(name)
    bed.start_tray()
    bed.start_notifications()
    bed.start_applet()


def run(argv):
    """(seconds, seconds of processor time) of a whole process."""
    began = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, BED[0].env,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    equal(os.waitstatus_to_exitcode(status), 0, ' '.join(argv))
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def measure(ways):
    """Way → its runs, one of each in turn."""
    runs = {name: [] for name in ways}
    for argv in ways.values():
        run(argv)
    for _ in range(ROUNDS):
        for name, argv in ways.items():
            runs[name].append(run(argv))
    return runs


def tell(runs, base):
    middle = {name: [statistics.median(values) for values in zip(*times)]
              for name, times in runs.items()}
    for name, times in runs.items():
        clock = [one[0] * 1000 for one in times]
        seconds, processor = (ours / theirs for ours, theirs in zip(middle[name], middle[base]))
        figure(name, f'{middle[name][0] * 1000:.1f} ms ({min(clock):.1f}–{max(clock):.1f}); of `virsh list --all`: '
                     f'time {seconds:.2f}, processor time {processor:.2f}')
    return middle


@test
def status_beside_virsh():
    virsh = 'virsh list --all'
    command = beds.program('handover')
    runs = measure({
        'handover status, applet running': [command, 'status'],
        'handover status --json, applet running': [command, 'status', '--json'],
        'handover status, by itself (--connect)': [command, '--connect', BED[0].libvirt.uri, 'status'],
        virsh: ['/usr/bin/virsh', '-c', BED[0].libvirt.uri, 'list', '--all'],
    })
    middle = tell(runs, virsh)
    ratio = middle['handover status, applet running'][0] / middle[virsh][0]
    assert ratio <= 0.5, ratio


beds.main(BED, set_up=set_up)
