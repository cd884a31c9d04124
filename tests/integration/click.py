#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real guest under QEMU, started and shut down with the mouse; virsh is the judge."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
import loop  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []
ITEM = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('win10')
    libvirt.add_guest('deaf', guestimage.DEAF)
    bed.write_settings("[settings]\nprimary-guest='win10'\nshutdown-timeout=uint32 3600\n")
    bed.start_notifications()
    bed.start_tray()
    ITEM.append(bed.start_applet())
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the guest')


def click(title):
    """Click once the icon says this, and far enough from the click before."""
    ITEM[0].wait_for(lambda i: i.Title == title, title)
    loop.spin(1.2)
    ITEM[0].left_click()


@test
def a_click_starts_the_guest():
    bed = BED[0]
    click('win10 is off')
    bed.libvirt.wait_for_state('win10', 'running')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the title')
    equal(ITEM[0].IconName, 'org.handover.Handover-running')
    equal(ITEM[0].IconAccessibleDesc, 'win10 is running')
    bed.notifications.wait_for('win10 is running')


@test
def another_click_shuts_it_down():
    bed = BED[0]
    bed.libvirt.wait_until_ready('win10')
    click('win10 is running')
    bed.libvirt.wait_for_state('win10', 'shut off')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the title')
    bed.notifications.wait_for('win10 has shut down')
    equal(bed.libvirt.virsh('domstate', '--reason', 'win10'), 'shut off (shutdown)')


@test
def a_hundred_clicks_in_a_second_are_one():
    bed = BED[0]
    mark = len(bed.libvirt.watch().lines)
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the title')
    loop.spin(1.2)
    for _ in range(100):
        ITEM[0].left_click()
    bed.libvirt.wait_for_state('win10', 'running')
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is running', 'the title')
    bed.ping()
    equal(bed.libvirt.state('win10'), 'running')
    starts = [line for line in bed.libvirt._events.lines[mark:] if 'Started' in line]
    equal(len(starts), 1, 'starts')


@test
def the_menu_says_and_does_the_same():
    bed, menu = BED[0], ITEM[0].menu
    entries = menu.open().labels()
    diag(entries)
    equal(entries[0], 'Shut down win10')
    equal(entries[-6:], ['Start at Login', 'Doctor…', 'Preferences…', 'Help', 'About Handover',
                         'Quit'])
    bed.libvirt.wait_until_ready('win10')
    menu.wait_for_entry('win10 is running', 'Shut Down').click()
    bed.libvirt.wait_for_state('win10', 'shut off')
    menu.wait_for_entry('Start win10').click()
    bed.libvirt.wait_for_state('win10', 'running')
    menu.wait_for_entry('win10 is running', 'Pause').click()
    bed.libvirt.wait_for_state('win10', 'paused')
    menu.wait_for_entry('win10 is paused', 'Resume').click()
    bed.libvirt.wait_for_state('win10', 'running')


@test
def force_off_asks_first():
    bed, menu = BED[0], ITEM[0].menu
    mark = len(bed.notifications.all)
    menu.wait_for_entry('win10 is running', 'Force Off…').click()
    note = bed.notifications.wait_for('Force win10 off?', mark)
    equal(bed.libvirt.state('win10'), 'running')
    bed.notifications.press(note, 'Force off')
    bed.libvirt.wait_for_state('win10', 'shut off')
    bed.notifications.wait_for('win10 was forced off', mark)


@test
def a_deaf_guest_is_asked_about():
    """A guest that ignores the power button: Keep waiting, then Force off"""
    bed, menu = BED[0], ITEM[0].menu
    bed.write_settings("[settings]\nprimary-guest='win10'\nshutdown-timeout=uint32 2\n")
    menu.wait_for_entry('deaf is off', 'Start').click()
    bed.libvirt.wait_for_state('deaf', 'running')
    bed.libvirt.wait_until_ready('deaf')
    mark = len(bed.notifications.all)
    menu.wait_for_entry('deaf is running', 'Shut Down').click()
    note = bed.notifications.wait_for('deaf is still running', mark)
    equal(sorted(note.actions.values()), ['Force off', 'Keep waiting'])
    mark = len(bed.notifications.all)
    bed.notifications.press(note, 'Keep waiting')
    note = bed.notifications.wait_for('deaf is still running', mark)
    equal(bed.libvirt.state('deaf'), 'running')
    bed.notifications.press(note, 'Force off')
    bed.libvirt.wait_for_state('deaf', 'shut off')


@test
def a_killed_qemu_is_a_crash():
    bed = BED[0]
    click('win10 is off')
    bed.libvirt.wait_for_state('win10', 'running')
    mark = len(bed.notifications.all)
    os.kill(bed.libvirt.qemu_pid('win10'), 9)
    note = bed.notifications.wait_for('win10 has crashed', mark)
    ITEM[0].wait_for(lambda i: i.Title == 'win10 has crashed', 'the title')
    equal(ITEM[0].IconName, 'org.handover.Handover-crashed')
    equal(bed.guest_states()['win10'], 'crashed')
    bed.notifications.press(note, 'Start again')
    bed.libvirt.wait_for_state('win10', 'running')


@test
def without_buttons_the_menu_confirms():
    """A notification service without buttons: force off is confirmed in the menu"""
    bed = BED[0]
    bed.applet.stop()
    bed.tray.wait_for_none()
    bed.notifications.stop()
    bed.start_notifications(capabilities=('body',))
    ITEM[0] = bed.start_applet()
    ITEM[0].menu.wait_for_entry('win10 is running', 'Force Off', 'Force Off, Losing Unsaved Work')
    equal(ITEM[0].menu.open().find('win10 is running', 'Force Off…'), None)
    ITEM[0].menu.open().find('win10 is running', 'Force Off',
                             'Force Off, Losing Unsaved Work').click()
    bed.libvirt.wait_for_state('win10', 'shut off')


@test
def quit_leaves_nothing():
    bed = BED[0]
    ITEM[0].menu.wait_for_entry('Quit').click()
    equal(bed.applet.wait(), 0, 'exit status')
    bed.tray.wait_for_none()


beds.main(BED, set_up=set_up)
