# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Plasma desktop on X11, on the session's Xvfb, with pointer and screenshots."""

import os
import re

from gi.repository import GLib

import loop
import session
import trayhost

SHELL = 'org.kde.plasmashell'


class Plasma:
    """kwin and plasmashell with the panel that a new user gets. Make its Session with
    service_dirs=SERVICE_DIRS, since Plasma's parts start each other over the bus."""

    SERVICE_DIRS = ['/usr/share/dbus-1/services']

    def __init__(self, bed, dark=False):
        session.need( 'plasmashell', 'kded5', 'xdotool', 'import', 'convert')
        self.bed = bed
        self.shell = None
        self._splash = None
        bed.env.update(XDG_CURRENT_DESKTOP='KDE', DESKTOP_SESSION='plasma',
                       XDG_SESSION_DESKTOP='KDE', KDE_FULL_SESSION='true',
                       KDE_SESSION_VERSION='5', QT_LOGGING_RULES='*.debug=false')
        self._write_config('kdeglobals', '[KDE]\nAnimationDurationFactor=0\n'
                           + ('[General]\nColorScheme=BreezeDark\n' if dark else ''))
        if dark:
            self._write_config('plasmarc', '[Theme]\nname=breeze-dark\n')
        # Nothing on the way between a click and the tray: no splash, no first-start windows.
        self._write_config('ksplashrc', '[KSplash]\nEngine=none\nTheme=None\n')
        self._write_config('kwinrc', '[Compositing]\nEnabled=false\n')
        self._write_config('kded5rc', '[Module-freespacenotifier]\nautoload=false\n')

    def _write_config(self, name, text):
        with open(os.path.join(self.bed.env['XDG_CONFIG_HOME'], name), 'w') as stream:
            stream.write(text)

    def start(self):
        """Start it all and wait until its tray is there."""
        self._pass_on_environment()
        # Plasma tells its progress to a splash screen; without one on the bus each telling waits
        # until the start of one has failed.
        self._splash = loop.connect(self.bed.bus_address)
        loop.call(self._splash, 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                  'org.freedesktop.DBus', 'RequestName', GLib.Variant('(su)', ('org.kde.KSplash', 4)))
        self.start_compositor()
        self.bed.start('kded5', ['kded5'])
        self.start_shell()
        return self

    def start_compositor(self):
        self.bed.start('kwin', ['kwin_x11'])

    def start_session(self):
        """Have Plasma start it all itself, the user's autostart files included."""
        self._pass_on_environment()
        self.bed.start('startplasma', ['startplasma-x11'])
        loop.wait_for_name(self.bed.bus, trayhost.WATCHER, 180)
        loop.until(lambda: loop.owner(self.bed.bus, SHELL)
                   and self._watcher('IsStatusNotifierHostRegistered'), 'the tray of Plasma', 180,
                   look_again=0.5)

    def _pass_on_environment(self):
        loop.call(self.bed.bus, 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                  'org.freedesktop.DBus', 'UpdateActivationEnvironment',
                  GLib.Variant('(a{ss})', (self.bed.env,)))

    def start_shell(self):
        """Start plasmashell (again) and wait until its tray takes icons."""
        self.shell = self.bed.start('plasmashell', ['plasmashell', '--no-respawn'])
        loop.wait_for_name(self.bed.bus, trayhost.WATCHER, 180)
        loop.until(self._has_host, 'the tray of Plasma', 180, look_again=0.5)

    def kill_shell(self):
        """SIGKILL plasmashell, as a crash."""
        self.shell.kill()
        loop.wait_for_name(self.bed.bus, SHELL, gone=True)

    def _watcher(self, name):
        return loop.call(self.bed.bus, trayhost.WATCHER, '/StatusNotifierWatcher',
                         'org.freedesktop.DBus.Properties', 'Get',
                         GLib.Variant('(ss)', (trayhost.WATCHER, name)))[0]

    def _has_host(self):
        # The watcher outlives the host in kded5, so its word alone is not enough.
        return (self.shell.alive() and loop.owner(self.bed.bus, SHELL)
                and self._watcher('IsStatusNotifierHostRegistered'))

    def items(self):
        """The icons that the tray knows, as 'busname/path'."""
        return self._watcher('RegisteredStatusNotifierItems')

    def place_of(self, colour):
        """The middle of all pixels of one exact colour ('#rrggbb'), or None."""
        picture = self._look()
        out = self.bed.run('convert', picture, '-alpha', 'off', '-fill', 'black', '+opaque', colour,
                           '-trim', '-format', '%@ %wx%h%O', 'info:').out
        # Without any such pixel the picture is one black area and -trim keeps it whole.
        match = re.search(r'(\d+)x(\d+)\+(\d+)\+(\d+)$', out.strip())
        if not match:
            return None
        width, height, left, top = map(int, match.groups())
        if width > 100 or height > 100 or width < 4:
            return None
        return left + width // 2, top + height // 2

    def wait_for_colour(self, colour, seconds=loop.DEADLINE):
        """Wait until the colour shows; pixels send no events, so the screen is looked at."""
        return loop.until(lambda: self.place_of(colour), f'{colour} on the screen', seconds,
                          look_again=1)

    def _look(self, name='look'):
        """Take a picture for comparing; returns its path."""
        picture = os.path.join(self.bed.root, f'{name}.png')
        self.bed.run('import', '-window', 'root', picture, check=True)
        return picture

    def _difference(self, one, other):
        """How many pixels of two pictures differ for the eye."""
        said = self.bed.run('compare', '-metric', 'AE', '-fuzz', '5%', one, other, 'null:').err
        return float(said.split()[0])

    def wait_for_change(self, before, seconds=loop.DEADLINE):
        """Wait until the screen differs from the picture before in more than the clock."""
        loop.until(lambda: self._difference(before, self._look()) > 3000, 'the screen to change',
                   seconds, look_again=0.5)

    def wait_for_same(self, before, place, size=22, seconds=loop.DEADLINE):
        """Wait until a square around a place looks as in the picture before."""
        crop = f'{size}x{size}+{place[0] - size // 2}+{place[1] - size // 2}'
        wanted = os.path.join(self.bed.root, 'wanted.png')
        self.bed.run('convert', before, '-crop', crop, '+repage', wanted, check=True)

        def same():
            look = self._look()
            self.bed.run('convert', look, '-crop', crop, '+repage', look, check=True)
            return self._difference(wanted, look) < size
        loop.until(same, f'the picture at {place} to come back', seconds, look_again=0.5)

    def wait_until_quiet(self, seconds=loop.DEADLINE):
        """Wait until nothing but a clock moves on the screen any more."""
        looks = [self._look('quiet')]

        def still():
            looks.append(self._look(f'quiet{len(looks) % 2}'))
            return self._difference(looks[-2], looks[-1]) < 500
        loop.until(still, 'a quiet screen', seconds, look_again=1)

    def screenshot(self, name):
        """Keep a picture of the whole desktop among the artefacts; returns its path."""
        return self.bed.screenshot(name)

    def park(self):
        """Put the pointer where it hovers over nothing."""
        self.bed.run('xdotool', 'mousemove', '640', '300', check=True)

    def wait_for_shortcut(self, component, action, seconds=loop.DEADLINE):
        """Wait until kglobalaccel has keys for an action; returns Qt's codes of the first."""
        def keys():
            found = loop.call(self.bed.bus, 'org.kde.kglobalaccel', '/kglobalaccel',
                              'org.kde.KGlobalAccel', 'shortcutKeys',
                              GLib.Variant('(as)', ([component, action, '', ''],)))[0]
            return [codes for (codes,) in found if codes[0]]
        return loop.until(keys, f'keys for {action}', seconds, look_again=0.5)[0]

    def changed_area(self, before):
        """(width, height, left, top) of what differs from the picture before, the clock left out."""
        look = self._look()
        width, height = map(int, self.bed.run('identify', '-format', '%w %h', before).out.split())
        # Without the panel, which is at the bottom and has the clock.
        crop = f'{width}x{height - 50}+0+0'
        out = self.bed.run('convert', before, look, '-crop', crop, '+repage', '-compose',
                           'difference', '-composite', '-threshold', '5%', '-trim', '-format',
                           '%wx%h%O', 'info:').out
        return tuple(map(int, re.match(r'(\d+)x(\d+)\+(\d+)\+(\d+)$', out.strip()).groups()))

    def click_button_of_notification(self, area, from_right):
        """Click a button of a notification that covers an area: they are in a row at its bottom."""
        width, height, left, top = area
        if not 200 < width < 500 or not 60 < height < 300:
            raise AssertionError(f'{area} is no notification')
        self.click((left + width - from_right, top + height - 20))

    def point(self, position):
        """Move the pointer to a place, the last step slowly: a tooltip wants to see it come."""
        self.bed.run('xdotool', 'mousemove', str(position[0]), str(position[1] - 2), 'mousemove',
                     str(position[0]), str(position[1]), check=True)

    def click(self, position, button=1):
        """Click at a place, as a hand does."""
        self.bed.run('xdotool', 'mousemove', str(position[0]), str(position[1]), 'click',
                     str(button), check=True)

    def key(self, *names):
        self.bed.run('xdotool', 'key', *names, check=True)
