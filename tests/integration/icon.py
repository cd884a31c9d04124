#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon comes however the bus, the tray and the applet are ordered in time."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_test_driver(bed)
    bed.start_notifications()


@test
def the_tray_comes_after_the_applet():
    bed = BED[0]
    bed.start_applet(wait=False)
    loop.wait_for_name(bed.bus, beds.NAME)
    bed.start_tray()
    bed.tray.wait_for_item(beds.INDICATOR)
    equal(bed.applet.stop(), 0)
    loop.until(lambda: not bed.tray.items, 'the icon to go')


@test
def the_tray_is_heard_of_before_the_bus():
    """A library that gets its bus late, and the tray early, shows the icon nevertheless"""
    bed = BED[0]
    late = os.path.join(beds.build_root(), 'tests', 'liblate-bus.so')
    item = bed.start_applet(env={'LD_PRELOAD': late})
    equal(len(bed.tray.items), 1, 'icons')
    item.wait_for(lambda i: i.Status == 'Active', 'the icon to be shown')
    equal(bed.applet.stop(), 0)


if __name__ == '__main__':
    beds.main(BED, set_up=set_up)
