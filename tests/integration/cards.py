#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window that shows who has what, with a mocked card: it says what sysfs and /proc say, and follows."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import a11y  # noqa: E402
import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
import usb  # noqa: E402
import windows  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []
CARD = []
TITLE = 'Who Has What'
HOSTDEV = '''<hostdev mode="subsystem" type="pci" managed="yes"><source>
<address domain="0" bus="1" slot="0" function="{}"/></source></hostdev>'''


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    bed.desk = a11y.Desk(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('gaming', devices=HOSTDEV.format(0) + HOSTDEV.format(1))
    bed.start_tray()
    bed.start_notifications()
    bed.usb = usb.Usb(bed)
    bed.usb.plug('1-1', '046d', 'c31c', 'Logitech Keyboard', ['keyboard'])
    bed.usb.plug('1-2', '046d', 'c077', 'Logitech Mouse', ['mouse'])
    CARD.append(bed.usb.add_card('0000:01:00', group=14, driver='nouveau'))
    bed.write_settings("[settings]\ninput-devices=['046d:c31c', '046d:c077']\n")
    bed.start_applet()


def window():
    return BED[0].desk.wait_for_window(BED[0].applet.pid, TITLE)


def picture():
    return window().find('image', 'Who has what')


def says(*texts):
    """Wait until the window has labels with these texts."""
    window().wait_for(lambda w: all(any(text in label for label in w.labels()) for text in texts),
                      f'{texts}')


@test
def it_opens_from_the_menu_and_shows_both_sides():
    """From the menu: functions, drivers, IOMMU group, and a picture that is told in words too"""
    bed = BED[0]
    bed.tray.wait_for_item().menu.wait_for_entry('Who Has What…').click()
    says('is with the host (nouveau)', 'Graphics (0000:01:00.0): nouveau',
         'HDMI audio (0000:01:00.1): nouveau', 'IOMMU group', '14', 'In use by')
    window().wait_for(lambda w: 'not looked for yet' not in w.labels(), 'a look by itself')
    text = picture().description
    diag(text)
    # Its name is from udev's hardware database, where that is installed.
    assert re.search('GeForce GTX 1060 6GB|Graphics card 10de:1c03', text), text
    for name in ('Logitech Keyboard', 'Logitech Mouse', 'Sound'):
        assert name in text.split('gaming:')[0], text
    assert text.endswith('gaming: nothing.'), text
    equal(windows.nameless(window()), [])
    bed.screenshot('host')


@test
def it_names_who_uses_the_card():
    """A program that opens a node of the card is named, and taken out when it ends; nobody presses a button"""
    bed = BED[0]
    holder = bed.start('holder', ['sh', '-c', 'exec sleep 1000 </dev/zero'])
    loop.until(lambda: os.path.exists(f'/proc/{holder.pid}/fd/0')
               and os.readlink(f'/proc/{holder.pid}/fd/0') == '/dev/zero', 'the holder', look_again=0.2)
    says(f'sleep (process {holder.pid}): zero')
    bed.screenshot('holder')
    holder.stop()
    window().wait_for(lambda w: not any('sleep' in label for label in w.labels()), 'nobody')


@test
def it_looks_again_when_asked():
    """The button looks too, for nodes that this user may not watch"""
    window().find('push button', 'Look Again').act()
    window().wait_for(lambda w: 'sensitive' in w.find('push button', 'Look Again').states, 'its end')
    says('In use by')


@test
def it_follows_the_card():
    """A card that changes its driver is shown anew at once, with who can use it"""
    bed = BED[0]
    bed.usb.set_driver(CARD[0], 'vfio-pci')
    says('is set aside for guests (vfio-pci)', 'Graphics (0000:01:00.0): vfio-pci')
    assert not window().find_all(name='In use by')
    assert 'set aside for guests' in picture().description, picture().description
    bed.screenshot('reserved')
    bed.usb.set_driver(CARD[0], 'nouveau')
    says('is with the host (nouveau)', 'In use by')


@test
def it_follows_keyboard_and_mouse():
    """What is chosen and plugged in is in the picture, and nothing else"""
    bed = BED[0]
    bed.usb.unplug('1-2')
    window().wait_for(lambda w: 'Mouse' not in picture().description, 'no mouse')
    bed.usb.plug('1-2', '046d', 'c077', 'Logitech Mouse', ['mouse'])
    window().wait_for(lambda w: 'Mouse' in picture().description, 'the mouse')
    bed.write_settings('[settings]\n')
    says('none is chosen, so they stay here')


@test
def it_follows_the_guests():
    """A guest that gets another name is named so; without a card in any guest it says that"""
    bed = BED[0]
    bed.libvirt.virsh('domrename', 'gaming', 'windows')
    window().wait_for(lambda w: picture().description.endswith('windows: nothing.'), 'the name')
    bed.libvirt.virsh('undefine', 'windows')
    says('No guest passes a graphics card through.')
    equal(windows.nameless(window()), [])


@test
def a_closed_window_leaves_nothing():
    """Closed and opened again it is the only one, and its watch over the cards' nodes ends with it"""
    bed = BED[0]
    folder = f'/proc/{bed.applet.pid}/fd'

    def watches():
        links = [os.readlink(f'{folder}/{name}') for name in os.listdir(folder)
                 if os.path.islink(f'{folder}/{name}')]
        return len([link for link in links if 'inotify' in link])
    opened = watches()
    for _ in range(3):
        shown = window()
        bed.run('xdotool', 'mousemove', '300', '300', 'key', 'Escape', check=True)
        loop.until(shown.gone, 'the window to go', look_again=0.2)
        loop.until(lambda: watches() == opened - 1, lambda: f'{watches()} watches', look_again=0.2)
        bed.action('cards')
        window()
        bed.action('cards')
        bed.ping()
        equal(bed.desk.windows(bed.applet.pid).count(TITLE), 1, 'windows')
        equal(watches(), opened, 'watches')
    critical = [line for line in bed.applet.text().split('\n') if 'CRITICAL' in line]
    equal(critical, [])


usb.mock()
session.need('xdotool')
beds.main(BED, set_up=set_up)
