#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bridge adds to the direct way: time, and processor time, measured side by side."""

import os
import pwd
import socket
import statistics
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import bridgebed  # noqa: E402
import loop  # noqa: E402
import native  # noqa: E402
import sound  # noqa: E402
from tap import equal, figure, test  # noqa: E402

BED = bridgebed.BED
ROUNDS = 1500
SECONDS = 5
ROUNDS_OF_PLAYING = 2


def processor_ms(pid):
    """What a process has had of the processors, in milliseconds."""
    with open(f'/proc/{pid}/schedstat') as stream:
        return int(stream.read().split()[0]) / 1e6


class Asker:
    """A client that asks for its stream's latency and waits, without a main loop in between."""

    def __init__(self, path):
        client = native.Client(path)
        client.greet()
        self.channel, _ = client.play(native.playback(corked=True))
        client.pause()
        self.socket = client.socket
        self.socket.setblocking(True)

    def ask(self):
        """Seconds until the answer."""
        body = native.u32(native.LATENCY) + native.u32(99) + native.u32(self.channel) \
            + native.timeval()
        started = time.perf_counter()
        self.socket.sendall(struct.pack('>IIQI', len(body), native.CONTROL, 0, 0) + body)
        while True:
            header = self.socket.recv(20, socket.MSG_WAITALL)
            payload = self.socket.recv(struct.unpack('>I', header[:4])[0], socket.MSG_WAITALL)
            if struct.unpack('>xIxI', payload[:10]) == (native.REPLY, 99):
                return time.perf_counter() - started


@test
def time_added():
    """A question and its answer, directly and through the bridge, in turns"""
    bed = BED[0]
    direct, through = Asker(bed.server.socket), Asker(bed.audio_socket)
    times = {direct: [], through: []}
    for _ in range(ROUNDS):
        for asker, list_ in times.items():
            list_.append(asker.ask() * 1000)
    for name, pick in (('median', statistics.median),
                       ('99 of 100', lambda list_: sorted(list_)[len(list_) * 99 // 100])):
        there, by = pick(times[direct]), pick(times[through])
        figure(f'{bed.server.kind}: round trip {name}, ms', f'{there:.3f} direct, {by:.3f} bridge')
        figure(f'{bed.server.kind}: added one way, {name}, ms', f'{(by - there) / 2:.3f}')
    direct.socket.close()
    through.socket.close()


class Cost:
    """What processes have had of the processors, and how often they were woken, in some time."""

    def __init__(self, pids):
        self.pids = pids
        self.share = dict.fromkeys(pids, 0.0)  # milliseconds, then % of a core
        self.wakes = dict.fromkeys(pids, 0)
        self.took = 0.0

    def measure(self, seconds):
        before = {name: (processor_ms(pid), wakes(pid)) for name, pid in self.pids.items()}
        started = time.monotonic()
        loop.spin(seconds)
        self.took += time.monotonic() - started
        for name, pid in self.pids.items():
            self.share[name] += processor_ms(pid) - before[name][0]
            self.wakes[name] += wakes(pid) - before[name][1]

    def percent(self, name):
        return self.share[name] / self.took / 10

    def __str__(self):
        return ', '.join(f'{name} {self.percent(name):.2f} ({self.wakes[name] / self.took:.0f}/s)'
                         for name in self.pids)


def wakes(pid):
    """How often a process has waited for something so far."""
    with open(f'/proc/{pid}/status') as stream:
        return next(int(line.split()[1]) for line in stream
                    if line.startswith('voluntary_ctxt_switches'))


@test
def processor_time_added():
    """A real guest that plays: directly, through the least that could be there, through the bridge"""
    bed = BED[0]
    costs = {}
    for way in ('direct', 'relay', 'bridge') * ROUNDS_OF_PLAYING:
        pids = {'bridge': bed.bridge.pid, 'server': bed.server.daemon.pid}
        path, user = bed.audio_socket, None
        if way == 'direct':  # QEMU has to be of the desktop's user, who has the server's socket
            path, user = bed.server.socket, pwd.getpwuid(os.getuid()).pw_name
        elif way == 'relay':
            path = f'{os.path.dirname(bed.audio_socket)}/relay-{len(costs)}.sock'
            if os.path.exists(path):
                os.unlink(path)
            relay = bed.start('relay', [f'{os.environ["HANDOVER_BUILD"]}/tests/relay', path,
                                        bed.server.socket])
            # It lets others in once it listens; to connect would be to take its only place.
            loop.until(lambda: os.path.exists(path) and os.stat(path).st_mode & 0o002, 'the relay',
                       look_again=0.05)
            pids['relay'] = relay.pid
        guest = bridgebed.Guest(bed, way, path=path, user=user)
        sound.wait_for_tone(bed, 1000)
        pids['QEMU'] = guest.pid
        cost = costs.setdefault(way, Cost(pids))
        cost.pids = pids
        cost.measure(SECONDS)
        guest.stop()
    for way, cost in costs.items():
        figure(f'{bed.server.kind}: % of a core (and wake-ups), {way}', cost)
    bridge, relay = costs['bridge'].percent('bridge'), costs['relay'].percent('relay')
    figure(f'{bed.server.kind}: bridge against the least', f'{bridge / relay:.2f}')
    idle = costs['direct'].percent('bridge')
    equal(idle < 0.5, True, f'idle bridge: {idle}')
    # It looks at each packet, and gathers what the relay does not.
    assert bridge < relay + 0.5, (bridge, relay)


beds.main(BED, set_up=lambda: bridgebed.set_up(sound.PulseAudio))
