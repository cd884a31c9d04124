#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shortcut recorded in the preferences: the real kglobalaccel grants it, and it moves keyboard and mouse."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import a11y  # noqa: E402
import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
import usb  # noqa: E402
from loop import GLib  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
KGLOBALACCEL = 'org.kde.kglobalaccel'
CTRL_ALT = 0x0c000000


def set_up():
    session.need('xdotool', 'kglobalaccel5')
    bed = beds.Bed()
    BED.append(bed)
    bed.desk = a11y.Desk(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('win10')
    bed.start('kglobalaccel', ['kglobalaccel5'], env={'XDG_CURRENT_DESKTOP': 'KDE'})
    loop.wait_for_name(bed.bus, KGLOBALACCEL)
    bed.start_tray()
    bed.start_notifications()
    bed.usb = usb.Usb(bed)
    bed.usb.plug('1-1', '046d', 'c31c', 'Logitech Keyboard', ['keyboard'])
    bed.usb.plug('1-2', '046d', 'c077', 'Logitech Mouse', ['mouse'])
    bed.write_settings("[settings]\ninput-devices=['046d:c077']\n"
                       f"commands-before-guest=['touch {bed.root}/moved']\n")
    bed.start_applet(env={'XDG_CURRENT_DESKTOP': 'KDE', 'XDG_SESSION_TYPE': 'x11'})
    equal(bed.handover('start', 'win10').code, 0)


def owner(letter):
    """What kglobalaccel has these keys for, or []."""
    return loop.call(BED[0].bus, KGLOBALACCEL, '/kglobalaccel', 'org.kde.KGlobalAccel', 'action',
                     GLib.Variant('(i)', (CTRL_ALT | ord(letter),)))[0]


def press(letter):
    BED[0].run('xdotool', 'keydown', 'ctrl', 'keydown', 'alt', 'keydown', letter, 'keyup', letter,
               'keyup', 'alt', 'keyup', 'ctrl', check=True)


@test
def what_is_recorded_works():
    """Recorded in the window: in the file, granted by kglobalaccel instead of the old keys, and it switches"""
    bed = BED[0]
    loop.until(lambda: owner('M'), 'the keys of the default', look_again=0.2)
    bed.action('preferences')
    window = bed.desk.wait_for_window(bed.applet.pid, 'Handover Preferences')
    window.page('Keyboard and Mouse')
    bed.run('xdotool', 'mousemove', '300', '300', check=True)
    window.find('push button', 'Ctrl+Alt+M…').act()
    window.find('push button', 'Press the keys…')
    bed.screenshot('recording')
    press('j')
    window.find('push button', 'Ctrl+Alt+J…')
    loop.until(lambda: owner('J') and not owner('M'), 'the keys', look_again=0.2)
    equal(owner('J')[:2], ['org.handover.Handover', 'switch-input'])
    assert re.search(r"^shortcut='<Primary><Alt>j'$", open(bed.settings_file).read(), re.M)
    bed.screenshot('recorded')
    bed.run('xdotool', 'key', 'Escape', check=True)
    loop.until(window.gone, 'the window to go', look_again=0.2)
    press('j')
    loop.wait_for_path(f'{bed.root}/moved')


usb.mock()
beds.main(BED, set_up=set_up)
