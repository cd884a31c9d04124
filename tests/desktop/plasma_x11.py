#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon on a real Plasma desktop, used with the mouse; virsh is the judge."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import plasma  # noqa: E402
import trayhost  # noqa: E402
from tap import diag, equal, test  # noqa: E402

# One colour for every state, so that the icon can be found on the screen.
COLOUR = '#ff00fe'
SVG = f'''<svg xmlns="http://www.w3.org/2000/svg" width="22" height="22" viewBox="0 0 22 22">
<rect width="22" height="22" fill="{COLOUR}"/></svg>
'''

BED = []
DESKTOP = []
ITEM = []
PLACE = []


def solid_icons(bed):
    """An icon folder in which each of our icons is a square of the colour."""
    root = bed.folder('solid')
    for folder, _folders, names in os.walk(os.path.join(beds.session.SOURCE, 'data', 'icons')):
        target = os.path.join(root, os.path.relpath(
            folder, os.path.join(beds.session.SOURCE, 'data', 'icons')))
        os.makedirs(target, exist_ok=True)
        for name in (n for n in names if n.endswith('.svg')):
            with open(os.path.join(target, name), 'w') as stream:
                stream.write(SVG)
    return root


def follow_icon(bed, desktop):
    """The icon as Plasma's watcher knows it, to read its title and menu from."""
    items = loop.until(desktop.items, 'the icon in Plasma', look_again=0.5)
    equal(len(items), 1, 'icons')
    name, _, path = items[0].partition('/')
    item = trayhost.Item(bed.bus, name, '/' + path)
    loop.until(lambda: item.menu, 'its menu')
    return item


def start_applet(bed, desktop, **env):
    bed.applet = bed.start('applet', [beds.program('handover-applet')], env=env)
    ITEM[:] = [follow_icon(bed, desktop)]


def set_up():
    bed = beds.Bed(service_dirs=plasma.Plasma.SERVICE_DIRS)
    BED.append(bed)
    desktop = plasma.Plasma(bed)
    DESKTOP.append(desktop)
    beds.with_qemu(bed).add_guest('win10')
    desktop.start()
    desktop.park()
    start_applet(bed, desktop, HANDOVER_ICON_DIR=solid_icons(bed))
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the guest')
    PLACE.append(desktop.wait_for_colour(COLOUR))
    diag(f'the icon is at {PLACE[0]}')


def click_and_wait(state, title):
    """A left click far enough from the one before, then what virsh and the icon say."""
    bed, desktop = BED[0], DESKTOP[0]
    loop.spin(1.2)
    desktop.click(PLACE[0])
    bed.libvirt.wait_for_state('win10', state)
    ITEM[0].wait_for(lambda i: i.Title == title, title)
    desktop.park()


@test
def a_left_click_starts_the_guest():
    click_and_wait('running', 'win10 is running')
    BED[0].screenshot('1-running')


@test
def a_left_click_shuts_it_down():
    BED[0].libvirt.wait_until_ready('win10')
    click_and_wait('shut off', 'win10 is off')


@test
def a_right_click_shows_the_menu():
    """A right click shows the menu, whose first entry starts the guest"""
    bed, desktop = BED[0], DESKTOP[0]
    # From here on with the real icons, at the place that is known now.
    bed.applet.stop()
    loop.until(lambda: not desktop.items(), 'the icon to go', look_again=0.5)
    start_applet(bed, desktop)
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the guest')
    desktop.wait_until_quiet()
    before = bed.screenshot('2-before')
    desktop.click(PLACE[0], button=3)
    desktop.wait_for_change(before)
    desktop.wait_until_quiet()
    bed.screenshot('3-menu')
    equal(bed.libvirt.state('win10'), 'shut off')
    desktop.key('Down', 'Return')
    bed.libvirt.wait_for_state('win10', 'running')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the title')


@test
def the_icon_survives_a_crash_of_plasmashell():
    """plasmashell killed and started again: the icon is back and works"""
    bed, desktop = BED[0], DESKTOP[0]
    desktop.park()
    desktop.wait_until_quiet()
    before = bed.screenshot('4-before')
    desktop.kill_shell()
    bed.ping()
    desktop.start_shell()
    desktop.wait_for_same(before, PLACE[0])
    desktop.wait_until_quiet()
    bed.screenshot('5-back')
    equal(len(desktop.items()), 1, 'icons')
    bed.libvirt.wait_until_ready('win10')
    click_and_wait('shut off', 'win10 is off')


beds.main(BED, set_up=set_up)
