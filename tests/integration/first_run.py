#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first minute with Handover: from no settings to a started real guest, by its windows only."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import a11y  # noqa: E402
import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
import usb  # noqa: E402
import windows  # noqa: E402
from tap import equal, figure, test  # noqa: E402

BED = []
TITLE = 'Welcome to Handover'
CARD = '''<hostdev mode="subsystem" type="pci" managed="yes"><source>
<address domain="0" bus="1" slot="0" function="0"/></source></hostdev>'''


def set_up():
    bed = beds.Bed(first_run=True)
    BED.append(bed)
    bed.desk = a11y.Desk(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('alpha')
    libvirt.add_guest('gaming', devices=CARD)
    libvirt.add_guest('win10')
    bed.start_tray()
    bed.start_notifications()
    bed.usb = usb.Usb(bed)
    bed.usb.plug('1-1', '046d', 'c31c', 'Logitech Keyboard', ['keyboard'])
    bed.usb.plug('1-2', '046d', 'c077', 'Logitech Mouse', ['mouse'])
    bed.usb.plug('1-3', '046d', 'c52b', 'Logitech Receiver', ['keyboard', 'mouse'])
    bed.start_applet()


def window():
    return BED[0].desk.wait_for_window(BED[0].applet.pid, TITLE)


def checked(name):
    return 'checked' in window().find('check box', name).states


@test
def it_welcomes_and_proposes():
    """A notification and a window, which proposes the guest with a card, a keyboard and a mouse"""
    bed = BED[0]
    bed.notifications.wait_for(TITLE)
    window().find('push button', 'Use and Start gaming')
    window().wait_for(lambda w: w.find_all('check box', 'Logitech Receiver'), 'the devices')
    equal([checked(f'Logitech {name}') for name in ('Keyboard', 'Mouse', 'Receiver')],
          [True, True, False])
    equal(windows.nameless(window()), [])
    bed.screenshot('welcome')
    assert not os.path.exists(bed.settings_file), open(bed.settings_file).read()


@test
def closed_it_changes_nothing_and_stays_away():
    bed = BED[0]
    before = bed.libvirt.virsh('dumpxml', 'gaming')
    welcome = window()
    welcome.find('push button', 'Not Now').act()
    loop.until(welcome.gone, 'the window to go', look_again=0.2)
    loop.until(lambda: os.path.exists(bed.settings_file), 'the settings', look_again=0.2)
    text = open(bed.settings_file).read()
    assert '046d' not in text and 'gaming' not in text, text
    equal(bed.libvirt.virsh('dumpxml', 'gaming'), before)
    bed.applet.stop()
    bed.tray.wait_for_none()
    bed.start_applet()
    bed.ping()
    equal(bed.desk.windows(bed.applet.pid), [])


@test
def from_nothing_to_a_started_guest():
    """All choices are made, the guest's definition changed as shown, and the guest started"""
    bed = BED[0]
    bed.applet.stop()
    bed.tray.wait_for_none()
    os.unlink(bed.settings_file)
    bed.start_applet()
    started = time.monotonic()
    window().find('push button', 'Use and Start gaming')
    window().find('combo box', 'Guest').choose('win10')
    window().find('spin button', 'Come home after a time').put(25)
    window().find('check box', 'Logitech Receiver').act()
    window().find('check box', 'Logitech Mouse').act()

    before = bed.libvirt.virsh('dumpxml', '--inactive', 'win10')
    button = window().find('push button', 'Set Up…')
    button.act()
    change = bed.desk.wait_for_window(bed.applet.pid, 'Change the Guest')
    text = change.find('text', 'What changes').text()
    assert '+' in text and 'org.handover.return.0' in text, text
    bed.screenshot('difference')
    change.find('push button', 'Leave It as It Is').act()
    loop.until(change.gone, 'the window to go', look_again=0.2)
    equal(bed.libvirt.virsh('dumpxml', '--inactive', 'win10'), before)
    button.act()
    change = bed.desk.wait_for_window(bed.applet.pid, 'Change the Guest')
    change.find('push button', 'Change').act()
    window().find('push button', 'Done')
    assert 'org.handover.return.0' in bed.libvirt.virsh('dumpxml', '--inactive', 'win10')

    bed.screenshot('chosen')
    assert not os.path.exists(bed.settings_file)
    window().find('toggle button', 'Start at login').act()
    window().find('push button', 'Use and Start win10').act()
    bed.libvirt.wait_for_state('win10', 'running')
    figure('from the window to a running guest, driven by the test, in s',
           f'{time.monotonic() - started:.1f}')
    bed.notifications.wait_for('win10 is running')
    text = open(bed.settings_file).read()
    for line in ("primary-guest='win10'", 'return-after=25',
                 "input-devices=['046d:c31c', '046d:c52b']"):
        assert line in text, text
    assert os.path.exists(f'{bed.env["XDG_CONFIG_HOME"]}/autostart/org.handover.Handover.desktop')
    equal(bed.desk.windows(bed.applet.pid), [])


@test
def what_was_changed_is_undone():
    """The doctor's window brings the guest's definition back"""
    bed = BED[0]
    bed.action('doctor')
    doctor = bed.desk.wait_for_window(bed.applet.pid, 'Handover Doctor')
    doctor.wait_for(lambda w: 'sensitive' in w.find('push button', 'Undo the Last Change…').states,
                    'the button')
    doctor.find('push button', 'Undo the Last Change…').act()
    change = bed.desk.wait_for_window(bed.applet.pid, 'Change the Guest')
    assert '-' in change.find('text', 'What changes').text()
    change.find('push button', 'Change').act()
    loop.until(change.gone, 'the window to go', look_again=0.2)
    assert 'org.handover.return.0' not in bed.libvirt.virsh('dumpxml', '--inactive', 'win10')


@test
def the_doctor_mends_what_is_chosen():
    """A finding is mended from the doctor's window: shown, changed, and gone at the next look"""
    bed = BED[0]
    bed.action('doctor')
    doctor = bed.desk.wait_for_window(bed.applet.pid, 'Handover Doctor')
    fix = 'Fix: Can the guest ask for keyboard and mouse to go home?'
    doctor.find('push button', fix, showing=False, seconds=60).act()
    change = bed.desk.wait_for_window(bed.applet.pid, 'Change the Guest')
    assert 'org.handover.return.0' in change.find('text', 'What changes').text()
    bed.screenshot('doctor-fix')
    change.find('push button', 'Change').act()
    loop.until(change.gone, 'the window to go', look_again=0.2)
    assert 'org.handover.return.0' in bed.libvirt.virsh('dumpxml', '--inactive', 'win10')
    doctor.wait_for(lambda w: not w.find_all('push button', fix, showing=False), 'the finding gone')


usb.mock()
session.need('xdotool')
beds.main(BED, set_up=set_up)
