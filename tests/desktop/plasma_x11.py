#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The icon on a real Plasma desktop, used with the mouse; virsh is the judge."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import icons  # noqa: E402
import loop  # noqa: E402
import plasma  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []
DESKTOP = []
ITEM = []
PLACE = []


def start_applet(bed, desktop, **env):
    bed.applet = bed.start('applet', [beds.program('handover-applet')], env=env)
    ITEM[:] = [icons.follow(bed, desktop)]


def set_up():
    bed = beds.Bed(service_dirs=plasma.Plasma.SERVICE_DIRS)
    BED.append(bed)
    desktop = plasma.Plasma(bed)
    DESKTOP.append(desktop)
    beds.with_qemu(bed).add_guest('win10')
    # A mouse that is not plugged in: what would move it says so, which shows that it was asked.
    bed.write_settings("[settings]\nprimary-guest='win10'\ninput-devices=['1234:5678']\n")
    desktop.start()
    desktop.park()
    start_applet(bed, desktop, HANDOVER_ICON_DIR=icons.solid(bed))
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the guest')
    PLACE.append(desktop.wait_for_colour(icons.COLOUR))
    diag(f'the icon is at {PLACE[0]}')


def click_and_wait(state, title):
    """A left click far enough from the one before, then what virsh and the icon say."""
    bed, desktop = BED[0], DESKTOP[0]
    loop.spin(1.2)
    desktop.click(PLACE[0])
    bed.libvirt.wait_for_state('win10', state)
    ITEM[0].wait_for(lambda i: i.Title == title, title)
    desktop.park()


def test_when_long(function):
    """Mark a test that runs with --long only: where Plasma puts the button differs."""
    return test(function) if os.environ.get('HANDOVER_TESTS_LONG') else function


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


@test
def a_pointer_on_the_icon_shows_the_tooltip():
    bed, desktop = BED[0], DESKTOP[0]
    desktop.park()
    desktop.wait_until_quiet()
    before = bed.screenshot('6-before')
    desktop.point(PLACE[0])
    desktop.wait_for_change(before)
    desktop.wait_until_quiet()
    bed.screenshot('7-tooltip')
    desktop.park()


@test
def a_middle_click_switches_keyboard_and_mouse():
    bed, desktop = BED[0], DESKTOP[0]
    bed.libvirt.wait_for_state('win10', 'shut off')
    with bed.watch_notifications() as notices:
        desktop.click(PLACE[0], button=2)
        notices.wait_for('win10 is not running')
    equal(bed.libvirt.state('win10'), 'shut off')
    desktop.park()


@test
def the_wheel_does_no_harm():
    bed, desktop = BED[0], DESKTOP[0]
    for button in (4, 4, 5, 5):
        desktop.click(PLACE[0], button=button)
    bed.ping()
    equal(bed.libvirt.state('win10'), 'shut off')
    desktop.park()


@test
def the_shortcut_is_heard():
    """The shortcut is in Plasma's own settings, and is heard whoever has the keyboard"""
    bed, desktop = BED[0], DESKTOP[0]
    desktop.wait_for_shortcut('org.handover.Handover', 'switch-input')
    with bed.watch_notifications() as notices:
        desktop.key('ctrl+alt+m')
        notices.wait_for('win10 is not running')


@test_when_long
def the_buttons_of_a_notification_work():
    """Force off is asked in a notification; its button is clicked"""
    bed, desktop = BED[0], DESKTOP[0]
    ITEM[0].menu.wait_for_entry('Start win10').click()
    bed.libvirt.wait_for_state('win10', 'running')
    desktop.wait_until_quiet()
    before = bed.screenshot('8-before')
    ITEM[0].menu.wait_for_entry('win10 is running', 'Force Off…').click()
    desktop.wait_for_change(before)
    desktop.wait_until_quiet()
    bed.screenshot('9-question')
    desktop.click_button_of_notification(desktop.changed_area(before), from_right=173)
    bed.libvirt.wait_for_state('win10', 'shut off')


beds.main(BED, set_up=set_up)
