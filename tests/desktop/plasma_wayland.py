#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon on a real Plasma desktop on Wayland, dark and at 200 %; virsh is the judge."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import icons  # noqa: E402
import loop  # noqa: E402
import plasma_wayland  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []
DESKTOP = []
ITEM = []
PLACE = []


def start_applet(**env):
    bed, desktop = BED[0], DESKTOP[0]
    bed.applet = bed.start('applet', [beds.program('handover-applet')], env=env)
    ITEM[:] = [icons.follow(bed, desktop)]
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the guest')


def set_up():
    bed = beds.Bed(display=False,
                   service_dirs=plasma_wayland.PlasmaWayland.SERVICE_DIRS)
    BED.append(bed)
    DESKTOP.append(plasma_wayland.PlasmaWayland(bed, scale=2, dark=True))
    beds.with_qemu(bed).add_guest('win10')
    bed.write_settings("[settings]\nprimary-guest='win10'\ninput-devices=['1234:5678']\n")
    DESKTOP[0].start()
    DESKTOP[0].park()
    start_applet(HANDOVER_ICON_DIR=icons.solid(bed))
    PLACE.append(DESKTOP[0].wait_for_colour(icons.COLOUR))
    diag(f'the icon is at {PLACE[0]}')


@test
def a_left_click_starts_the_guest():
    bed, desktop = BED[0], DESKTOP[0]
    desktop.click(PLACE[0])
    bed.libvirt.wait_for_state('win10', 'running')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the title')
    desktop.park()
    bed.libvirt.virsh('destroy', 'win10')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the title')


@test
def the_shortcut_and_a_middle_click_are_heard():
    """The shortcut is heard by kwin whoever has the keyboard, and a middle click does the same"""
    bed, desktop = BED[0], DESKTOP[0]
    desktop.wait_for_shortcut('org.handover.Handover', 'switch-input')
    with bed.watch_notifications() as notices:
        desktop.key('ctrl+alt+m')
        notices.wait_for('win10 is not running')
    with bed.watch_notifications() as notices:
        desktop.click(PLACE[0], button=2)
        notices.wait_for('win10 is not running')
    desktop.park()


@test
def the_portal_is_heard():
    """A program that does not know it is on KDE gets its shortcut by the desktop portal"""
    bed, desktop = BED[0], DESKTOP[0]
    settings = os.path.join(bed.root, 'portal.ini')
    with open(settings, 'w') as stream:
        stream.write("[settings]\nshortcut='<Primary><Alt>k'\n")
    probe = bed.lines('portal-probe', [os.path.join(beds.build_root(), 'tests', 'shortcut-probe'),
                                       settings], env={'XDG_CURRENT_DESKTOP': 'other'})
    probe.wait_for(lambda line: line.startswith('active|portal|Ctrl+Alt+K'), 'the keys')
    desktop.key('ctrl+alt+k')
    probe.wait_for(lambda line: line.startswith('activated'), 'the shortcut')
    probe.stop()


@test
def a_right_click_shows_the_menu():
    """A right click shows the menu with the real icon, dark and at 200 %; its first entry works"""
    bed, desktop = BED[0], DESKTOP[0]
    bed.applet.stop()
    loop.until(lambda: not desktop.items(), 'the icon to go', look_again=0.5)
    start_applet()
    desktop.wait_until_quiet()
    before = desktop.screenshot('1-before')
    desktop.click(PLACE[0], button=3)
    desktop.wait_for_change(before)
    desktop.wait_until_quiet()
    desktop.screenshot('2-menu')
    desktop.key('Down', 'Return')
    bed.libvirt.wait_for_state('win10', 'running')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the title')
    desktop.wait_until_quiet()
    desktop.screenshot('3-running')
    equal(bed.applet.alive(), True)


beds.main(BED, set_up=set_up)
