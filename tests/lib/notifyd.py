# SPDX-License-Identifier: GPL-3.0-or-later
"""A notification daemon that remembers everything, and misbehaves on demand.

Specification: Desktop Notifications 1.2. The daemon lives on a bus connection of its own, so
stopping it looks to clients exactly as a daemon that died."""

from gi.repository import Gio, GLib

import loop
import session

NAME = 'org.freedesktop.Notifications'
PATH = '/org/freedesktop/Notifications'

_XML = f'''<node><interface name="{NAME}">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{{sv}}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/><arg type="s" direction="out"/></method>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="ActivationToken"><arg type="u"/><arg type="s"/></signal>
</interface></node>'''


class Notification:
    """One call of Notify."""

    def __init__(self, number, sender, args):
        self.id = number
        self.sender = sender
        (self.app, self.replaces, self.icon, self.summary, self.body, actions, self.hints,
         self.timeout) = args
        self.actions = dict(zip(actions[::2], actions[1::2]))  # key: label

    @property
    def text(self):
        return f'{self.summary}\n{self.body}'

    def __repr__(self):
        return f'<{self.id} {self.summary!r} {self.body!r} {list(self.actions.values())}>'


class NotifyDaemon:
    """`all`: every Notify in order; `shown`: what a user would see now, by id."""

    def __init__(self, address, capabilities=('actions', 'body', 'persistence')):
        self.address = address
        self.capabilities = list(capabilities)
        self.hang = False  # accept calls and never answer, as a stuck daemon
        self.all = []
        self.shown = {}
        self.bus = None
        self._next = 1
        self._held = []

    def start(self):
        """Appear on the bus."""
        self.bus = loop.connect(self.address)
        self.bus.set_exit_on_close(False)
        info = Gio.DBusNodeInfo.new_for_xml(_XML).interfaces[0]
        self.bus.register_object(PATH, info, self._method, None, None)
        loop.call(self.bus, 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                  'org.freedesktop.DBus', 'RequestName', GLib.Variant('(su)', (NAME, 4)))
        return self

    def stop(self):
        """Leave the bus; ids and shown notifications are lost, as with a real daemon."""
        if self.bus:
            self.bus.close_sync(None)
        self.bus = None
        self._held = []
        self.shown = {}
        self._next = 1

    def restart(self):
        self.stop()
        return self.start()

    def _method(self, _bus, sender, _path, _interface, method, args, invocation):
        if method == 'Notify':
            values = args.unpack()
            number = values[1] if values[1] in self.shown else self._next
            self._next = max(self._next, number + 1)
            note = Notification(number, sender, values)
            self.all.append(note)
            self.shown[number] = note
            reply = GLib.Variant('(u)', (number,))
        elif method == 'CloseNotification':
            number = args.unpack()[0]
            if not self.hang:
                self.close(number, 3)
            reply = None
        elif method == 'GetCapabilities':
            reply = GLib.Variant('(as)', (self.capabilities,))
        else:
            reply = GLib.Variant('(ssss)', ('recorder', 'Handover', '1', '1.2'))
        if self.hang:
            self._held.append(invocation)
        else:
            invocation.return_value(reply)

    def close(self, number, reason=2):
        """Take a notification away: reason 1 expired, 2 dismissed by the user, 3 by the call."""
        if self.shown.pop(number, None):
            self.bus.emit_signal(None, PATH, NAME, 'NotificationClosed',
                                 GLib.Variant('(uu)', (number, reason)))

    def press(self, note, label):
        """Press the button with this label (the key will do too)."""
        keys = [key for key, text in note.actions.items() if label in (text, key)]
        if not keys:
            raise AssertionError(f'no button {label!r} on {note}')
        self.bus.emit_signal(None, PATH, NAME, 'ActionInvoked',
                             GLib.Variant('(us)', (note.id, keys[0])))
        self.close(note.id)

    def wait_for(self, text, start=0, seconds=loop.DEADLINE):
        """Wait for a notification whose summary or body contains text, from number start on."""
        def there():
            for note in self.all[start:]:
                if text.lower() in note.text.lower():
                    return note
            return None
        return loop.until(there, lambda: f'a notification with {text!r}; there were '
                          f'{self.all[start:]}', seconds)


class Overheard:
    """What somebody else's service is asked to show from now on, read off the bus."""

    def __init__(self, bed):
        session.need('dbus-monitor')
        self.monitor = bed.lines('notifications', [
            'dbus-monitor', '--address', bed.bus_address, f"interface='{NAME}',member='Notify'"])
        # It is told of a name that it lost by becoming a monitor.
        loop.until(lambda: self.monitor.lines, 'the monitor')

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.monitor.stop()

    def wait_for(self, text, seconds=loop.DEADLINE):
        """Wait for a notification with this in one of its texts."""
        return self.monitor.wait_for(lambda line: text in line, f'a notification with {text!r}',
                                     seconds)


class Dunst:
    """A real notification daemon, on the session's display."""

    def __init__(self, bed):
        session.need('dunst', 'dunstctl')
        self.bed = bed
        self.daemon = None

    def start(self):
        self.daemon = self.bed.start('dunst', ['dunst'])
        loop.wait_for_name(self.bed.bus, NAME)
        return self

    def ctl(self, *args):
        return self.bed.run('dunstctl', *args, check=True).out

    def stop(self):
        self.daemon.stop()
        loop.wait_for_name(self.bed.bus, NAME, gone=True)
