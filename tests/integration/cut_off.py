#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is cut off in any window, in any language: GTK itself is asked how large each text is and
how much of it is shown (see lib/probe/cut-off.c)."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import a11y  # noqa: E402
import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
import tap  # noqa: E402
import translations  # noqa: E402
import usb  # noqa: E402
import windows  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
PROBE = os.path.join(beds.build_root(), 'tests', 'libcut-off.so')
PSEUDO = 'he'
CARD = '''<hostdev mode="subsystem" type="pci" managed="yes"><source>
<address domain="0" bus="1" slot="0" function="0"/></source></hostdev>'''


def set_up():
    session.need('msgfmt', 'xgettext', PROBE)
    bed = beds.Bed()
    BED.append(bed)
    bed.locale = bed.folder('locale')
    translations.pseudo(bed.locale, PSEUDO)
    for language in translations.languages():
        translations.compile_po(f'{translations.PO}/{language}.po', bed.locale, language)
    bed.env.update(HANDOVER_LOCALE_DIR=bed.locale, GTK_MODULES=PROBE)
    bed.desk = a11y.Desk(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('ubuntu')
    libvirt.add_guest('win10', devices=CARD)
    bed.start_tray()
    bed.start_notifications()
    bed.usb = usb.Usb(bed)
    bed.usb.plug('1-1', '046d', 'c31c', 'Logitech Keyboard', ['keyboard'])
    bed.usb.plug('1-2', '046d', 'c077', 'Logitech Mouse', ['mouse'])
    bed.usb.add_card('0000:01:00', group=14, driver='nouveau')
    bed.write_settings("[settings]\ninput-devices=['046d:c31c']\nprimary-guest='win10'\n")


def look_once():
    """What the probe finds cut off now, and how many texts it saw."""
    bed = BED[0]
    mark = len(bed.applet.text())
    os.kill(bed.applet.pid, signal.SIGUSR2)
    lines = bed.applet.wait_for_text('looked at|', start=mark)[mark:].split('\n')
    count = [int(line.split('|')[1]) for line in lines if line.startswith('looked at|')][0]
    return [line[8:] for line in lines if line.startswith('cut off|')], count


def look(what):
    """What stays cut off when pages have slid in and texts were laid out."""
    loop.spin(0.3)
    found, count = look_once()
    for _ in range(10):
        if not found and count > 3:
            break
        loop.spin(0.5)
        found, count = look_once()
    assert count > 3, f'{what}: only {count} texts'
    BED[0].screenshot(what)
    return [f'{what}: {line}' for line in found]


def open_window(action, before):
    """Open a window and wait until a screen reader has it; returns it."""
    bed = BED[0]
    bed.action(action)
    new = []

    def there():
        new[:] = [t for t in bed.desk.windows(bed.applet.pid) if t and t not in before]
        return new
    loop.until(there, f'the window of {action}', look_again=0.3)
    return bed.desk.wait_for_window(bed.applet.pid, new[0])


def close(window):
    BED[0].run('xdotool', 'mousemove', '80', '80', 'key', 'Escape', check=True)
    loop.until(window.gone, 'the window to go', look_again=0.2)


def walk_through(language, name=None, env=None):
    """Every window and page in one language; returns what is cut off."""
    bed = BED[0]
    name = name or language
    bed.env['LANGUAGE'] = language
    bed.applet = bed.start('applet', [beds.program('handover-applet')], env=env)
    bed.tray.wait_for_item().wait_for(lambda i: 'win10' in i.Title, 'the guest')
    found = []
    window = open_window('preferences', [])
    for number, page in enumerate(windows.pages()):
        sidebar = window.find('list box')
        sidebar.select(number)
        found += look(f'{name}-{page.lower().replace(" ", "-")}')
    close(window)
    for action in ('cards', 'first-run', 'about'):
        window = open_window(action, [])
        found += look(f'{name}-{action}')
        close(window)
    window = open_window('doctor', [])
    window.find('heading')
    window.find('check box').act()
    found += look(f'{name}-doctor')
    close(window)
    bed.applet.stop()
    bed.tray.wait_for_none()
    return found


def add_language(language):
    def one_language():
        equal(walk_through(language), [], 'cut off')
    one_language.__doc__ = f'Nothing is cut off in {language}'
    one_language.__name__ = f'in_{language}'
    test(one_language)


for name in [*translations.languages(), PSEUDO]:
    add_language(name)


@test
def in_the_dark():
    """With a dark theme every window is dark, and nothing is cut off"""
    bed = BED[0]
    equal(walk_through('en', 'dark', {'GTK_THEME': 'Adwaita:dark'}), [], 'cut off')
    bright = []
    for file in sorted(os.listdir(bed.artefacts)):
        if file.startswith('dark-'):
            # A part of the window without the black of the screen around it.
            mean = bed.run('convert', f'{bed.artefacts}/{file}', '-crop', '300x140+0+0',
                           '-format', '%[fx:mean]', 'info:', check=True).out
            if not 0.02 < float(mean) < 0.45:
                bright.append((file, mean))
    equal(bright, [], 'windows that are not dark')


@test
def in_large_letters():
    """Nothing is cut off with letters of twice the size"""
    equal(walk_through('de', 'large', {'GDK_DPI_SCALE': '2'}), [], 'cut off')


@test
def the_probe_finds_what_is_cut_off():
    """A window that is made too small has texts that cannot be read, and the probe says so"""
    bed = BED[0]
    bed.env['LANGUAGE'] = 'de'
    folder = bed.folder('config/gtk-3.0')
    with open(f'{folder}/gtk.css', 'w') as stream:
        stream.write('label { min-width: 0; margin-right: -60px; }\n')
    bed.applet = bed.start('applet', [beds.program('handover-applet')])
    bed.tray.wait_for_item().wait_for(lambda i: 'win10' in i.Title, 'the guest')
    open_window('preferences', [])
    assert look('planted'), 'nothing found'


usb.mock()
session.need('xdotool', 'convert')
beds.main(BED, set_up=set_up)
