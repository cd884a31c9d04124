#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon comes however the bus, the tray and the applet are ordered in time."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import trayhost  # noqa: E402
import xfce  # noqa: E402
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


@test
def the_panel_starts_together_with_the_applet():
    """A panel that comes while the library waits for a tray shows one icon, not one of each kind"""
    bed = beds.Bed()
    BED.append(bed)
    beds.with_test_driver(bed)
    bed.start_notifications()
    xfce.prepare(bed)
    xfce.start_panel(bed)
    # If the panel is slower than that, GTK makes an icon of the older kind, with criticals of its own.
    bed.start_applet(wait=False, env={'G_DEBUG': ''})
    items = []

    def registered():
        items[:] = loop.call(bed.bus, trayhost.WATCHER, '/StatusNotifierWatcher', 'org.freedesktop.DBus.Properties',
                             'Get', loop.GLib.Variant('(ss)', (trayhost.WATCHER,
                                                               'RegisteredStatusNotifierItems')))[0]
        return items
    loop.wait_for_name(bed.bus, trayhost.WATCHER)
    loop.until(registered, 'the icon', look_again=0.2)
    loop.spin(2)  # the library waits for a tenth of a second, and then for the X server
    equal(len(items), 1, 'icons')
    loop.until(lambda: xfce.old_icons(bed) == 0, 'icons of the older kind to go', 20, look_again=0.5)
    equal(bed.applet.stop(), 0)
    bed.close()
    BED.pop()


if __name__ == '__main__':
    beds.main(BED, set_up=set_up)
