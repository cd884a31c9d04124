# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Plasma desktop on Wayland, without a screen: kwin_wayland draws into memory."""

import os
import shutil

from gi.repository import Gio, GLib

import bed as beds
import loop
import plasma
import session

# Codes of evdev.
BUTTONS = {1: 0x110, 2: 0x112, 3: 0x111}
KEYS = {'ctrl': 29, 'alt': 56, 'k': 37, 'm': 50, 'Down': 108, 'Return': 28, 'Escape': 1}


class PlasmaWayland(plasma.Plasma):
    """kwin_wayland and plasmashell. Places are logical pixels, which `scale` multiplies."""

    def __init__(self, bed, width=1024, height=640, scale=1, dark=False):
        session.need('kwin_wayland')
        super().__init__(bed, dark)
        self.size = (width, height)
        self.scale = scale
        self._fifo = None
        self._hand = None
        # Debian's file has a capability, which a container does not grant; a copy has none. It
        # must keep its name: KWin's part of Qt looks at that.
        self._kwin = shutil.copy('/usr/bin/kwin_wayland', bed.folder('bin'))
        for name in ('DISPLAY', 'GDK_BACKEND', 'QT_QPA_PLATFORM'):
            bed.env.pop(name, None)
        bed.env.update(XDG_SESSION_TYPE='wayland', WAYLAND_DISPLAY='wayland-0',
                       KWIN_WAYLAND_NO_PERMISSION_CHECKS='1',
                       KWIN_SCREENSHOT_NO_PERMISSION_CHECKS='1')

    def start_compositor(self):
        width, height = self.size
        self.bed.start('kwin', [self._kwin, '--virtual', '--width', str(width), '--height',
                                str(height), '--scale', str(self.scale), '--socket', 'wayland-0',
                                '--no-lockscreen'])
        loop.wait_for_path(os.path.join(self.bed.env['XDG_RUNTIME_DIR'], 'wayland-0'))
        loop.wait_for_name(self.bed.bus, 'org.kde.KWin')
        self.bed.start('kactivitymanagerd',
                       ['/usr/lib/x86_64-linux-gnu/libexec/kactivitymanagerd'])
        self._start_hand()

    def _start_hand(self):
        program = os.path.join(beds.build_root(), 'tests', 'fake-input')
        if not os.path.exists(program):
            raise session.tap.Skip('fake-input is not built')
        path = os.path.join(self.bed.root, 'hand')
        os.mkfifo(path)
        self._hand = self.bed.lines('fake-input', [program, path])
        self._hand.wait_for(lambda line: line == 'ready', 'the hand')
        self._fifo = open(path, 'w', buffering=1)

    def _do(self, command):
        before = len(self._hand.lines)
        self._fifo.write(command + '\n')
        self._hand.wait_for(lambda line: line == 'ok', command, start=before)

    def _look(self, name='look'):
        path = os.path.join(self.bed.root, f'{name}.png')
        raw = os.path.join(self.bed.root, 'raw')
        with open(raw, 'wb') as stream:
            fds = Gio.UnixFDList.new()
            index = fds.append(stream.fileno())
            answers = []
            self.bed.bus.call_with_unix_fd_list(
                'org.kde.KWin', '/org/kde/KWin/ScreenShot2', 'org.kde.KWin.ScreenShot2',
                'CaptureWorkspace', GLib.Variant('(a{sv}h)', (
                    {'native-resolution': GLib.Variant('b', True)}, index)),
                None, Gio.DBusCallFlags.NONE, 60000, fds, None,
                lambda bus, result: answers.append(bus.call_with_unix_fd_list_finish(result)))
            loop.until(lambda: answers, 'the screenshot')
        about = answers[0][0].unpack()[0]
        size = f'{about["width"]}x{about["height"]}'
        wanted = about['stride'] * about['height']
        # The answer comes before the picture has gone through the descriptor.
        loop.until(lambda: os.path.getsize(raw) >= wanted, 'the whole picture', look_again=0.05)
        self.bed.run('convert', '-size', size, '-depth', '8', f'bgra:{raw}', '-alpha', 'off', path,
                     check=True)
        return path

    def screenshot(self, name):
        """Keep a picture of the whole desktop among the artefacts; returns its path."""
        path = os.path.join(self.bed.artefacts, f'{name}.png')
        shutil.copy(self._look(), path)
        return path

    def place_of(self, colour):
        place = super().place_of(colour)
        return place and tuple(n // self.scale for n in place)

    def park(self):
        self._do('move 640 300')

    def point(self, position):
        self._do(f'move {position[0]} {position[1] - 2}')
        self._do(f'move {position[0]} {position[1]}')

    def click(self, position, button=1):
        self.point(position)
        if button in (4, 5):
            self._do(f'axis {-15 if button == 4 else 15}')
            return
        self._do(f'button {BUTTONS[button]} 1')
        self._do(f'button {BUTTONS[button]} 0')

    def key(self, *names):
        for name in names:
            codes = [KEYS[part] for part in name.split('+')]
            for code in codes:
                self._do(f'key {code} 1')
            for code in reversed(codes):
                self._do(f'key {code} 0')
