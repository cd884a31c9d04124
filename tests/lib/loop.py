# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for events on GLib's main loop, never by sleeping.

The bed's own services (tray host, notification daemon) live in the test's process, so nothing
here blocks that loop: calls are asynchronous underneath and the loop runs until the answer."""

import time

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

DEADLINE = 90  # seconds; generous, the machine may be a busy one without KVM


class Timeout(AssertionError):
    """What was waited for did not come."""


def until(predicate, what, seconds=DEADLINE, look_again=None):
    """Run the main loop until predicate () is true, and return its value.

    The predicate is asked after every event. For facts that send none, look_again is the
    interval in seconds at which it is asked as well."""
    expired = []
    sources = [GLib.timeout_add(int(seconds * 1000), lambda: expired.append(True) or True)]
    if look_again:
        sources.append(GLib.timeout_add(int(look_again * 1000), lambda: True))
    context = GLib.MainContext.default()
    try:
        while True:
            value = predicate()
            if value:
                return value
            if expired:
                text = what() if callable(what) else what
                raise Timeout(f'not within {seconds} s: {text}')
            context.iteration(True)
    finally:
        for source in sources:
            GLib.source_remove(source)


def spin(seconds):
    """Run the loop for a time: only where the test is that nothing happens meanwhile."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, 'the time to pass', seconds + 60, look_again=0.05)


def call(bus, name, path, interface, method, args=None, seconds=DEADLINE, reply=None):
    """Call a D-Bus method while the loop runs; returns the unpacked reply, raises GLib.Error."""
    answers = []
    bus.call(name, path, interface, method, args, GLib.VariantType(reply) if reply else None,
             Gio.DBusCallFlags.NO_AUTO_START, int(seconds * 1000), None,
             lambda source, result: answers.append((source, result)))
    until(lambda: answers, f'answer of {interface}.{method}', seconds + 5)
    source, result = answers[0]
    return source.call_finish(result).unpack()


def connect(address):
    """A D-Bus connection of one's own (not the shared one), closed when it is dropped."""
    return Gio.DBusConnection.new_for_address_sync(
        address,
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)


def owner(bus, name):
    """The unique name that owns a bus name, or None."""
    try:
        return call(bus, 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                    'GetNameOwner', GLib.Variant('(s)', (name,)))[0]
    except GLib.Error:
        return None


def wait_for_name(bus, name, seconds=DEADLINE, gone=False):
    """Wait until a name is owned (or, with gone, is not), told by NameOwnerChanged."""
    seen = []
    watch = bus.signal_subscribe('org.freedesktop.DBus', 'org.freedesktop.DBus',
                                 'NameOwnerChanged', '/org/freedesktop/DBus', name,
                                 Gio.DBusSignalFlags.NONE,
                                 lambda *a: seen.append(a[5].unpack()[2]))
    try:
        # What was told while this was answered is newer than the answer.
        seen.insert(0, owner(bus, name) or '')
        until(lambda: bool(seen[-1]) != gone, f'{name} to {"leave" if gone else "appear"}',
              seconds)
        return seen[-1]
    finally:
        bus.signal_unsubscribe(watch)


def wait_for_path(path, ready=None, seconds=DEADLINE):
    """Wait until ready (path) (by default: it exists) holds, told by a monitor of its folder.

    A socket listens a moment after its file appears, which no event tells, hence look_again."""
    exists = ready or (lambda p: GLib.file_test(p, GLib.FileTest.EXISTS))
    folder = Gio.File.new_for_path(path).get_parent()
    monitor = folder.monitor_directory(Gio.FileMonitorFlags.NONE, None)
    monitor.set_rate_limit(0)
    monitor.connect('changed', lambda *a: None)
    try:
        until(lambda: exists(path), path, seconds, look_again=0.2 if ready else None)
    finally:
        monitor.cancel()
