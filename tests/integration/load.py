#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand guests, a flood of events, of calls and of clicks: no queue, and an answer throughout."""

import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from gi.repository import Gio, GLib  # noqa: E402

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
import loop  # noqa: E402
from tap import equal, figure, test  # noqa: E402

FEW, MANY = 10, 1000
ROUNDS = 300
FLOOD_SECONDS = 10
BED = []
ITEM = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_test_driver(bed)
    bed.start_tray()
    bed.write_settings('[settings]\nnotify-guest=false\nprimary-guest=\'test\'\n')
    ITEM.append(bed.start_applet())


def cpu_seconds():
    """The time that the applet has spent on a processor, all threads, as the scheduler counts it."""
    total = 0
    for thread in os.listdir(f'/proc/{BED[0].applet.pid}/task'):
        with open(f'/proc/{BED[0].applet.pid}/task/{thread}/schedstat') as stream:
            total += int(stream.read().split()[0])
    return total / 1e9


def names():
    return {guest['name']: guest['state'] for guest in BED[0].ping(seconds=120)[0]['guests']}


def define(first, last):
    bed = BED[0]
    folder = bed.folder('load')
    for i in range(first, last):
        with open(f'{folder}/load-{i}.xml', 'w') as stream:
            stream.write(guestimage.test_domain_xml(f'load-{i}'))
    bed.libvirt.virsh_script([f'define {folder}/load-{i}.xml' for i in range(first, last)])
    # The test host has one guest of its own.
    loop.until(lambda: len(names()) == last + 1, f'{last} guests', 300, look_again=0.5)


def undefine(first, last):
    BED[0].libvirt.virsh_script([f'undefine load-{i}' for i in range(first, last)])
    loop.until(lambda: len(names()) == first + 1, f'{first} guests', 300, look_again=0.5)


def cost_of_an_event():
    """Processor time for one guest's start or stop, in microseconds. Whether all are told is seen by the signals, whose
    price is the same among any number; asking for the status would cost more among many."""
    bed = BED[0]
    told = []
    watch = bed.bus.signal_subscribe(
        beds.NAME, beds.INTERFACE, 'GuestChanged', beds.PATH, None, Gio.DBusSignalFlags.NONE,
        lambda *event: told.append(event[5].unpack()[0]['state']))
    # The test driver's guest was not paused before.
    script = ['start load-0', 'destroy load-0'] * ROUNDS + ['start load-0', 'suspend load-0']
    try:
        bed.libvirt.virsh_script(['start load-0', 'destroy load-0'] * 20 + ['start load-0', 'suspend load-0'])
        loop.until(lambda: 'paused' in told, 'the first rounds', 120)
        bed.libvirt.virsh('destroy', 'load-0')
        loop.until(lambda: told[-1] == 'off', 'quiet', 120)
        told.clear()
        before = cpu_seconds()
        bed.libvirt.virsh_script(script)
        loop.until(lambda: 'paused' in told, 'the last event', 120)
        spent = cpu_seconds() - before
        bed.libvirt.virsh('destroy', 'load-0')
        loop.until(lambda: told[-1] == 'off', 'quiet', 120)
    finally:
        bed.bus.signal_unsubscribe(watch)
    return spent / (2 * ROUNDS) * 1e6


@test
def an_event_costs_the_same_among_many():
    # The best of several rounds: what else the machine does only adds to a round, and what grows with the number of
    # guests is in each.
    define(0, FEW)
    few = min(cost_of_an_event() for _ in range(3))
    define(FEW, MANY)
    many = min(cost_of_an_event() for _ in range(3))
    for _ in range(5):
        if many > few * 1.3:
            many = min(many, cost_of_an_event())
    if many > few * 1.3:  # or the machine has become slower since
        undefine(FEW, MANY)
        few = max(few, min(cost_of_an_event() for _ in range(3)))
        define(FEW, MANY)
    figure(f'µs of an event, {FEW} and {MANY} guests', f'{few:.0f} and {many:.0f}')
    figure(f'an event among {MANY} guests / among {FEW}', f'{many / few:.2f}')
    assert beds.is_sanitized() or many <= few * 1.3, (few, many)


class Pinger:
    """Asks the applet for its version again and again, and remembers the longest wait."""

    def __init__(self):
        self.waits = []
        self.running = True
        self.ask()

    def ask(self):
        self.asked = time.monotonic()
        BED[0].bus.call(beds.NAME, beds.PATH, 'org.freedesktop.DBus.Properties', 'Get',
                        GLib.Variant('(ss)', (beds.INTERFACE, 'Version')), None, 0, 60000, None,
                        self.answered)

    def answered(self, bus, result):
        bus.call_finish(result)
        self.waits.append(time.monotonic() - self.asked)
        if self.running:
            GLib.timeout_add(20, lambda: self.ask())

    def stop(self):
        self.running = False
        return max(self.waits)


@test
def a_flood_of_libvirt_events():
    bed = BED[0]
    folder = bed.folder('load')
    floods = []
    for i in range(4):
        with open(f'{folder}/flood-{i}.xml', 'w') as stream:
            stream.write(guestimage.test_domain_xml(f'flood-{i}'))
        pair = f'define {folder}/flood-{i}.xml\nundefine flood-{i}\n'
        floods.append(bed.start(f'flood-{i}', [
            'sh', '-c', f'yes "{pair}" | timeout {FLOOD_SECONDS} virsh -c {bed.libvirt.uri} '
            '| grep -c "defined from"']))
    pinger = Pinger()
    began = time.monotonic()
    loop.until(lambda: not any(flood.alive() for flood in floods), 'the end of the flood', 60,
               look_again=0.5)
    seconds = time.monotonic() - began
    # Each was undefined again, but perhaps the last.
    events = 2 * sum(int(flood.text().strip().split('\n')[-1]) for flood in floods)
    worst = pinger.stop()
    for i in range(len(floods)):
        bed.libvirt.virsh('undefine', f'flood-{i}', check=False)
    ended = time.monotonic()
    loop.until(lambda: not any('flood' in name for name in names()), 'the flood to be over')
    figure('events in a second', f'{events / seconds:.0f}')
    figure('longest wait for an answer meanwhile, ms', f'{worst * 1000:.0f}')
    figure('ms until all was told', f'{(time.monotonic() - ended) * 1000:.0f}')
    equal(len(names()), MANY + 1)


@test
def a_flood_of_calls():
    bed = BED[0]
    asked, answered = [0], [0]

    def ask():
        asked[0] += 1
        bed.bus.call(beds.NAME, beds.PATH, 'org.freedesktop.DBus.Properties', 'Get',
                     GLib.Variant('(ss)', (beds.INTERFACE, 'Connection')), None, 0, 120000, None,
                     on_answer)

    def on_answer(bus, result):
        bus.call_finish(result)
        answered[0] += 1
        if asked[0] < 2000:
            ask()
    began = time.monotonic()
    for _ in range(100):  # the bus lets nobody wait for more than 128 answers
        ask()
    loop.until(lambda: answered[0] == 2000, 'all answers', 120)
    figure('calls in a second', f'{2000 / (time.monotonic() - began):.0f}')


def nonsense(dice, depth=0):
    """Some D-Bus value of some type."""
    kind = dice.choice('bynqiuxtdsogvAD' if depth < 3 else 'bis')
    if kind == 'v':
        return GLib.Variant('v', nonsense(dice, depth + 1))
    if kind == 'A':
        return GLib.Variant('as', [dice.choice(['', 'win10', '\u2603' * 50])] * dice.randrange(4))
    if kind == 'D':
        keys = ['force', 'no-wait', 'ignore-busy', 'guest', 'return-after', 'x']
        return GLib.Variant('a{sv}', {dice.choice(keys): nonsense(dice, depth + 1)
                                      for _ in range(dice.randrange(4))})
    value = {'b': True, 'd': 0.5, 's': dice.choice(['', 'load-1', 'guest', 'x' * 1000]), 'o': '/',
             'g': 'a{sv}'}.get(kind, dice.randrange(100))
    return GLib.Variant(kind, value)


@test
def a_flood_of_nonsense():
    """Arguments of every kind get an error that names what is wrong, and change nothing."""
    bed = BED[0]
    dice = random.Random(4)
    before = names()
    described = Gio.DBusNodeInfo.new_for_xml(loop.call(
        bed.bus, beds.NAME, beds.PATH, 'org.freedesktop.DBus.Introspectable', 'Introspect')[0])
    methods = described.lookup_interface(beds.INTERFACE).methods
    taken = 0
    for _ in range(600):
        method = dice.choice(methods)
        if dice.random() < 0.5:
            # The right types, with contents that nobody would send.
            arguments = [nonsense_of(dice, argument.signature) for argument in method.in_args]
        else:
            arguments = [nonsense(dice) for _ in range(dice.randrange(4))]
        try:
            bed.bus.call_sync(beds.NAME, beds.PATH, beds.INTERFACE, method.name,
                              GLib.Variant.new_tuple(*arguments), None, 0, 60000, None)
            taken += 1
        except GLib.Error as error:
            assert 'NoReply' not in error.message and 'Disconnected' not in error.message, error
            assert len(error.message) > 20, error.message
    figure('calls of 600 that made sense', taken)
    equal(names(), before)


def nonsense_of(dice, signature):
    if signature == 's':
        return GLib.Variant('s', dice.choice(['', 'no-such-guest', '../..', '\n', 'x' * 5000]))
    if signature == 'a{sv}':
        return GLib.Variant('a{sv}', {'no-such-option': nonsense(dice)})
    if signature == 'b':
        return GLib.Variant('b', False)
    return nonsense(dice)


@test
def a_hundred_clicks_are_one():
    """A hundred clicks in a second: what is under way goes on, nothing is queued."""
    bed = BED[0]
    watch = bed.libvirt.watch()
    equal(names()['test'], 'running')
    mark = len(watch.lines)
    for _ in range(100):
        ITEM[0].left_click()
    loop.until(lambda: names()['test'] == 'off', 'the guest to be off')
    # A sentinel: whatever a click had left behind would have been told before it.
    bed.libvirt.virsh('start', 'load-1')
    loop.until(lambda: any('load-1' in line for line in watch.lines[mark:]), 'the sentinel')
    told = [line for line in watch.lines[mark:] if "'test'" in line or ' test:' in line]
    assert not [line for line in told if 'Started' in line], told
    equal(names()['test'], 'off')


beds.main(BED, set_up=set_up)
