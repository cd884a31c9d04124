#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shortcut with the real kglobalaccel, the real desktop portal and a real X server."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
from loop import GLib  # noqa: E402
from tap import diag, equal, test  # noqa: E402

KGLOBALACCEL = 'org.kde.kglobalaccel'
PORTAL = 'org.freedesktop.portal.Desktop'
LIBEXEC = ['/usr/libexec', '/usr/lib', '/usr/lib/x86_64-linux-gnu/libexec', '/usr/lib/xdg-desktop-portal']
CTRL_ALT = 0x0c000000
ID = ['org.handover.Handover', 'switch-input', 'Handover', 'Switch keyboard and mouse']
OTHER = ['editor', 'merge', 'Editor', 'Merge lines']

BED = []
DAEMON = []


def libexec(name):
    """The path of a program that is on nobody's PATH."""
    for folder in LIBEXEC:
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    raise session.tap.Skip(f'not installed: {name}')


class Probe:
    """The shortcut alone in a program of its own, see lib/probe, with settings of its own."""

    def __init__(self, name, keys='<Primary><Alt>m', **env):
        self.file = os.path.join(BED[0].root, f'{name}.ini')
        self.set_keys(keys)
        self.lines = BED[0].lines(name, [os.path.join(beds.build_root(), 'tests', 'shortcut-probe'),
                                         self.file], env=env)
        self.mark = 0

    def set_keys(self, keys):
        """Put a settings file in place, as an editor does."""
        with open(f'{self.file}.new', 'w') as stream:
            stream.write(f"[settings]\nshortcut='{keys}'\n")
        os.rename(f'{self.file}.new', self.file)

    def wait_for_state(self, *wanted):
        """Wait for a line that starts with these fields: state, backend, keys, problem."""
        def fits(line):
            fields = line.split('|')
            return len(fields) == 4 and all(w in f for w, f in zip(wanted, fields))
        line = self.lines.wait_for(fits, f'the state {wanted}', start=self.mark)
        self.mark = len(self.lines.lines)
        return line.split('|')

    def activations(self):
        return len([line for line in self.lines.lines if line.startswith('activated')])

    def wait_for_activations(self, number):
        loop.until(lambda: self.activations() >= number,
                   lambda: f'{number} activations; {self.lines.lines}')
        equal(self.activations(), number, 'activations')

    def stop(self):
        equal(self.lines.stop(), 0, 'exit status')


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    session.need('xdotool', 'kglobalaccel5', 'xmodmap')


def xdotool(*args):
    BED[0].run('xdotool', *args, check=True)


def press_and_release(*names):
    for name in names:
        xdotool('keydown', name)
    for name in reversed(names):
        xdotool('keyup', name)


def kde(method, *args):
    return loop.call(BED[0].bus, KGLOBALACCEL, '/kglobalaccel', 'org.kde.KGlobalAccel', method,
                     GLib.Variant(*args) if args else None)


def sequence(letter):
    return [([CTRL_ALT | ord(letter), 0, 0, 0],)]


def start_kglobalaccel():
    DAEMON[:] = [BED[0].start('kglobalaccel', ['kglobalaccel5'], env={'XDG_CURRENT_DESKTOP': 'KDE'})]
    loop.wait_for_name(BED[0].bus, KGLOBALACCEL)


# X11.


@test
def x11_takes_the_keys():
    """X11: taken with Num Lock and Caps Lock on, one switch a press"""
    probe = Probe('x11')
    probe.wait_for_state('active', 'x11', 'Ctrl+Alt+M')
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(1)
    for number, lock in enumerate(('Num_Lock', 'Caps_Lock'), 2):
        xdotool('key', lock)
        press_and_release('ctrl', 'alt', 'm')
        probe.wait_for_activations(number)
    for lock in ('Num_Lock', 'Caps_Lock'):
        xdotool('key', lock)
    probe.stop()


@test
def x11_waits_for_the_modifiers():
    """X11: acts when the last of the keys is up, or after 400 ms, and once for each press"""
    probe = Probe('x11-held')
    probe.wait_for_state('active', 'x11')
    xdotool('keydown', 'ctrl', 'keydown', 'alt', 'keydown', 'm', 'keyup', 'm', 'keyup', 'alt',
            'keyup', 'ctrl')
    probe.wait_for_activations(1)
    xdotool('keydown', 'ctrl', 'keydown', 'alt', 'keydown', 'm')
    probe.wait_for_activations(2)
    loop.spin(1.5)  # the X server repeats the key meanwhile
    xdotool('keyup', 'm', 'keyup', 'alt', 'keyup', 'ctrl')
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(3)
    probe.stop()


@test
def x11_says_that_keys_are_taken():
    """X11: keys of another program are refused, and other keys work at once"""
    first = Probe('x11-first')
    first.wait_for_state('active', 'x11')
    second = Probe('x11-second')
    state = second.wait_for_state('refused', 'x11', '', 'Ctrl+Alt+M is taken by another program')
    diag(state[3])
    press_and_release('ctrl', 'alt', 'm')
    first.wait_for_activations(1)
    second.set_keys('<Primary><Shift>Pause')
    second.wait_for_state('active', 'x11', 'Ctrl+Shift+Pause')
    press_and_release('ctrl', 'shift', 'Pause')
    second.wait_for_activations(1)
    equal(first.activations(), 1)
    first.stop()
    second.set_keys('<Primary><Alt>m')
    second.wait_for_state('active', 'x11', 'Ctrl+Alt+M')
    second.stop()


@test
def x11_follows_another_layout():
    """X11: the keys are found again on another layout"""
    probe = Probe('x11-layout')
    probe.wait_for_state('active', 'x11')
    BED[0].run('xmodmap', '-e', 'keycode 58 = x X', '-e', 'keycode 53 = m M', check=True)
    xdotool('keydown', 'ctrl', 'keydown', 'alt', 'key', '53', 'keyup', 'alt', 'keyup', 'ctrl')
    probe.wait_for_activations(1)
    BED[0].run('xmodmap', '-e', 'keycode 58 = m M', '-e', 'keycode 53 = x X', check=True)
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(2)
    probe.stop()


@test
def bad_keys_are_told():
    """A setting that cannot be a shortcut is told, and the default stands in; empty means none"""
    probe = Probe('bad', keys='m')
    state = probe.wait_for_state('active', 'x11', 'Ctrl+Alt+M', 'cannot be a shortcut')
    diag(state[3])
    probe.set_keys('')
    probe.wait_for_state('off')
    press_and_release('ctrl', 'alt', 'm')
    equal(probe.activations(), 0)
    probe.stop()


@test
def none_says_what_to_do():
    """A desktop without any way is told how to bind the command"""
    probe = Probe('none', XDG_SESSION_TYPE='wayland')
    probe.wait_for_state('unavailable', '', '', 'handover switch toggle')
    probe.stop()


# KDE.


@test
def kde_takes_the_keys():
    """kglobalaccel: found while running, one switch a press, also when held; given back at the end"""
    start_kglobalaccel()
    probe = Probe('kde', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+M')
    equal(kde('action', '(i)', (CTRL_ALT | ord('M'),))[0], ID)
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(1)
    xdotool('keydown', 'ctrl', 'keydown', 'alt', 'keydown', 'm')
    probe.wait_for_activations(2)
    loop.spin(1.5)
    xdotool('keyup', 'm', 'keyup', 'alt', 'keyup', 'ctrl')
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(3)
    probe.stop()
    # The keys are free for other programs again.
    x11 = Probe('after-kde', XDG_SESSION_TYPE='x11', DBUS_SESSION_BUS_ADDRESS='unix:path=/nowhere')
    x11.wait_for_state('active', 'x11', 'Ctrl+Alt+M')
    x11.stop()


@test
def kde_respects_the_user():
    """kglobalaccel: keys chosen in System Settings hold until our setting changes"""
    probe = Probe('kde-user', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+M')
    kde('setForeignShortcutKeys', '(asa(ai))', (ID, sequence('N')))
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+N')
    press_and_release('ctrl', 'alt', 'n')
    probe.wait_for_activations(1)
    probe.stop()
    probe = Probe('kde-user-2', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+N')
    kde('setForeignShortcutKeys', '(asa(ai))', (ID, []))
    state = probe.wait_for_state('refused', 'kglobalaccel')
    diag(state[3])
    probe.stop()
    probe = Probe('kde-user-3', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('refused', 'kglobalaccel', '', 'System Settings')
    probe.set_keys('<Super>F9')
    probe.wait_for_state('active', 'kglobalaccel', 'Super+F9')
    press_and_release('super', 'F9')
    probe.wait_for_activations(1)
    probe.stop()


@test
def kde_names_who_has_the_keys():
    """kglobalaccel: a conflict names program and action, and is asked for again at the next start"""
    kde('doRegister', '(as)', (OTHER,))
    kde('setShortcutKeys', '(asa(ai)u)', (OTHER, sequence('J'), 6))
    probe = Probe('kde-conflict', '<Primary><Alt>j', XDG_CURRENT_DESKTOP='KDE')
    state = probe.wait_for_state('refused', 'kglobalaccel', '', '“Editor” for “Merge lines”')
    diag(state[3])
    probe.stop()
    kde('setForeignShortcutKeys', '(asa(ai))', (OTHER, []))
    probe = Probe('kde-conflict-2', '<Primary><Alt>j', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+J')
    probe.stop()


@test
def kde_comes_and_goes():
    """kglobalaccel killed and started again: the keys work; without it X11 serves meanwhile"""
    probe = Probe('kde-restart', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+M')
    DAEMON[0].kill()
    probe.wait_for_state('active', 'x11', 'Ctrl+Alt+M')
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(1)
    start_kglobalaccel()
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+M')
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(2)
    probe.stop()


@test
def a_killed_program_gets_its_keys_back():
    """kglobalaccel: after SIGKILL of the program the next start has the keys"""
    probe = Probe('kde-killed', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+M')
    os.kill(probe.lines.pid, 9)
    loop.until(lambda: probe.lines.ended, 'its end')
    probe = Probe('kde-killed-2', XDG_CURRENT_DESKTOP='KDE')
    probe.wait_for_state('active', 'kglobalaccel', 'Ctrl+Alt+M')
    press_and_release('ctrl', 'alt', 'm')
    probe.wait_for_activations(1)
    probe.stop()


# The portal.


@test
def the_portal_takes_the_keys():
    """The desktop portal with KDE's part: bound without a dialogue, one switch a press"""
    bed = BED[0]
    env = {'XDG_CURRENT_DESKTOP': 'KDE'}
    bed.start('portal-kde', [libexec('xdg-desktop-portal-kde')], env=env)
    loop.wait_for_name(bed.bus, 'org.freedesktop.impl.portal.desktop.kde')
    bed.start('portal', [libexec('xdg-desktop-portal')], env=env)
    loop.wait_for_name(bed.bus, PORTAL)
    probe = Probe('portal-probe', '<Primary><Alt>k', XDG_SESSION_TYPE='wayland')
    state = probe.wait_for_state('active', 'portal')
    diag(state)
    press_and_release('ctrl', 'alt', 'k')
    probe.wait_for_activations(1)
    probe.stop()


beds.main(BED, set_up=set_up)
