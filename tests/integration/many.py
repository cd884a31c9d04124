#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five hundred guests come, run and go while the applet looks on."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
import loop  # noqa: E402
from tap import equal, figure, test  # noqa: E402

N = 500
BED = []
ITEM = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_test_driver(bed)
    bed.start_tray()
    bed.write_settings('[settings]\nnotify-guest=false\n')
    ITEM.append(bed.start_applet())


def pss():
    """Proportional memory of the applet, in KiB."""
    with open(f'/proc/{BED[0].applet.pid}/smaps_rollup') as stream:
        return int([line for line in stream if line.startswith('Pss:')][0].split()[1])


def wait_for_guests(wanted, state=None):
    bed = BED[0]

    def there():
        guests = bed.ping(seconds=60)[0]['guests']
        many = [g for g in guests if g['name'].startswith('many-')]
        return len(many) == wanted and all(state in (None, g['state']) for g in many)
    loop.until(there, f'{wanted} guests in state {state}', 300, look_again=0.5)


def round_of_five_hundred():
    bed = BED[0]
    folder = bed.folder('many')
    names = [f'many-{i:03}' for i in range(N)]
    for name in names:
        with open(f'{folder}/{name}.xml', 'w') as stream:
            stream.write(guestimage.test_domain_xml(name))
    bed.libvirt.virsh_script([f'define {folder}/{name}.xml' for name in names])
    wait_for_guests(N, 'off')
    bed.libvirt.virsh_script([f'start {name}' for name in names])
    wait_for_guests(N, 'running')
    labels = ITEM[0].menu.read().labels()
    equal([e for e in labels if e.startswith('many-')], [f'{name} is running' for name in names])
    bed.libvirt.virsh_script([f'destroy {name}' for name in names])
    wait_for_guests(N, 'off')
    bed.libvirt.virsh_script([f'undefine {name}' for name in names])
    wait_for_guests(0)
    ITEM[0].menu.wait_for(lambda root: not any('many-' in label for label in root.labels()), 'a menu without them')


@test
def they_are_followed_and_forgotten():
    # The first round fills caches that stay: GTK's style and font data, malloc's arenas.
    round_of_five_hundred()
    before = pss()
    round_of_five_hundred()
    after = pss()
    figure('memory after 500 guests / before', f'{after / before:.2f}')
    assert beds.is_sanitized() or after <= before * 1.1, (before, after)


beds.main(BED, set_up=set_up)
