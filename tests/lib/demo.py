#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration without a display: a real panel on a virtual one, driven with the mouse."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import trayhost  # noqa: E402
import xfce  # noqa: E402

def find_item(bed):
    """Follow the icon that the panel's watcher knows."""
    def ask():
        try:
            return loop.call(bed.bus, trayhost.WATCHER, '/StatusNotifierWatcher',
                             'org.freedesktop.DBus.Properties', 'Get',
                             loop.GLib.Variant('(ss)', (trayhost.WATCHER,
                                                        'RegisteredStatusNotifierItems')))[0]
        except loop.GLib.Error:
            return []
    entry = loop.until(ask, 'the icon in the panel', look_again=0.5)[0]
    name, _, path = entry.partition('/')
    item = trayhost.Item(bed.bus, name, '/' + path)
    loop.until(lambda: item.menu, 'its menu')
    return item


def click_icon(bed):
    """Click at the right end of the panel, where the only icon is."""
    bed.run('xdotool', 'mousemove', '1262', '784', 'click', '1', check=True)


def main():
    bed = beds.Bed()
    try:
        xfce.prepare(bed)
        bed.run('xsetroot', '-solid', '#5a6b80') if os.path.exists('/usr/bin/xsetroot') else None
        xfce.start_panel(bed)
        bed.start_notifications()
        bed.applet = bed.start('applet', [beds.program('handover-applet'), '--demo'])
        item = find_item(bed)
        item.wait_for(lambda i: i.Title == 'win10 is off', 'the guest')
        item.menu.wait_for_entry('Start win10').click()
        item.wait_for(lambda i: i.Title == 'win10 is running', 'the start')
        loop.spin(2)  # the panel draws when it likes, and says nothing of it
        click_icon(bed)
        loop.spin(3)
        path = bed.screenshot('demo')
        bed.run('xdotool', 'key', 'Escape')
        item.menu.wait_for_entry('Shut down win10').click()
        item.wait_for(lambda i: i.Title == 'win10 is off', 'the stop')
        print(f'win10 was started and shut down by the menu. The screenshot: {path}')
    except Exception:
        bed.explain()
        raise
    finally:
        bed.close()


main()
