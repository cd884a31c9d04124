# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of PulseAudio's native protocol that says exactly what a test wants.

libpulse would be too well-behaved for that. Numbers are PulseAudio's (native-common.h)."""

import os
import socket
import struct
import time

from gi.repository import GLib

import loop

CONTROL = 0xffffffff
NONE = 0xffffffff
ERROR, REPLY, CREATE_PLAYBACK, DELETE_PLAYBACK, CREATE_RECORD = 0, 2, 3, 4, 5
EXIT, AUTH, SET_NAME, DRAIN, LATENCY = 7, 8, 9, 12, 14
SERVER_INFO, SINK_INPUT_LIST, SUBSCRIBE = 20, 30, 35
VOLUME, CORK, FLUSH, TRIGGER = 37, 41, 42, 43
KILL_CLIENT, KILL_SINK_INPUT, LOAD_MODULE = 48, 49, 51
REQUEST, MOVE_SINK_INPUT, MUTE, EXTENSION = 61, 67, 69, 87
STARTED, MOVED = 86, 78
ACCESS = 1
# What the bridge lets through without the microphone.
FOR_PLAYING = {AUTH, SET_NAME, CREATE_PLAYBACK, DELETE_PLAYBACK, DRAIN, LATENCY, CORK, FLUSH, TRIGGER,
               VOLUME, MUTE}


PROPERTIES = {name.replace('.', '_'): name for name in (
    'application.process.id', 'stream.capture.sink', 'target.object', 'node.name', 'media.role')}


def u8(value):
    return b'B' + struct.pack('>B', value)


def u32(value):
    return b'L' + struct.pack('>I', value)


def string(value):
    return b'N' if value is None else b't' + value.encode() + b'\0'


def boolean(value):
    return b'1' if value else b'0'


def arbitrary(data):
    return b'x' + struct.pack('>I', len(data)) + data


def proplist(**values):
    text = b'P'
    for key, value in values.items():
        data = value if isinstance(value, bytes) else value.encode() + b'\0'
        text += string(PROPERTIES.get(key, key.replace('_', '.', 1))) + u32(len(data)) + arbitrary(data)
    return text + b'N'


def volume(*values):
    return b'v' + struct.pack('>B', len(values)) + b''.join(struct.pack('>I', v) for v in values)


def timeval(seconds=0, microseconds=0):
    return b'T' + struct.pack('>II', seconds, microseconds)


def samples(rate=48000, channels=2, sample_format=3):
    return b'a' + struct.pack('>BBI', sample_format, channels, rate)


def channel_map(channels=2):
    return b'm' + struct.pack('>B', channels) + bytes(range(1, channels + 1))


def playback(channels=2, rate=48000, device=None, tlength=19200, prebuf=0, minreq=1920,
             corked=False, formats=0, loud=(), name='tone', **properties):
    """The body of CREATE_PLAYBACK_STREAM."""
    flags = b'0' * 7
    return (samples(rate, channels) + channel_map(channels) + u32(NONE) + string(device)
            + u32(NONE) + boolean(corked) + u32(tlength) + u32(prebuf) + u32(minreq) + u32(0)
            + volume(*(loud or [0x10000] * channels)) + flags + boolean(False) + boolean(True)
            + proplist(media_name=name, **properties) + boolean(bool(loud)) + boolean(False)
            + boolean(False) * 2 + boolean(False) + boolean(False) + boolean(False) + u8(formats))


def record(device=None, direct=NONE, **properties):
    """The body of CREATE_RECORD_STREAM."""
    return (samples() + channel_map() + u32(NONE) + string(device) + u32(NONE) + boolean(False)
            + u32(4800) + b'0' * 7 + boolean(False) + boolean(True)
            + proplist(media_name='ears', **properties) + u32(direct) + boolean(False)
            + boolean(False) * 2 + u8(0) + volume(0x10000, 0x10000) + b'0' * 5)


class Closed(AssertionError):
    """The other side closed the connection."""


class Client:
    """One connection. What comes unasked for is kept in `events` as (command, body)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The kernel then tells the server who writes. Without, PulseAudio knows it only if it has
        # asked on its own side before the first byte arrives, else it sees nobody (user 65534).
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.closed = False
        self.buffer = b''
        self.replies = {}
        self.events = []
        self.audio = b''
        self.granted = 0
        self.tag = 0
        self._source = GLib.unix_fd_add_full(
            GLib.PRIORITY_DEFAULT, self.socket.fileno(), GLib.IOCondition.IN | GLib.IOCondition.HUP,
            lambda *_args: self._read())

    def close(self):
        if self._source:
            GLib.source_remove(self._source)
            self._source = None
        self.socket.close()
        self.closed = True

    def pause(self):
        """Stop reading: what the other side sends piles up."""
        GLib.source_remove(self._source)
        self._source = None

    def _read(self):
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return True
        except OSError:
            data = b''
        if not data:
            self.closed = True
            self._source = None
            return False
        self.buffer += data
        while len(self.buffer) >= 20:
            size, channel = struct.unpack('>II', self.buffer[:8])
            if len(self.buffer) < 20 + size:
                break
            payload = self.buffer[20:20 + size]
            self.buffer = self.buffer[20 + size:]
            self._take(channel, payload)
        return True

    def _take(self, channel, payload):
        if channel != CONTROL:
            self.audio += payload
            return
        command, tag = struct.unpack('>xIxI', payload[:10])
        body = payload[10:]
        if command in (ERROR, REPLY):
            self.replies[tag] = (command, body)
            return
        self.events.append((command, body))
        if command == REQUEST:
            self.granted += struct.unpack('>xIxI', body)[1]

    def send_raw(self, data):
        """Write bytes, all of them, while the loop goes on."""
        def put():
            nonlocal data
            try:
                data = data[self.socket.send(data):]
            except BlockingIOError:
                pass
            except OSError as error:
                self.closed = True
                raise Closed(str(error)) from error
            return not data
        loop.until(put, 'the other side to read', look_again=0.01)

    def send_frame(self, channel, payload, flags=0, offset=0):
        self.send_raw(struct.pack('>IIQI', len(payload), channel, offset, flags) + payload)

    def send(self, command, body=b'', tag=None):
        """Send a command; returns its tag."""
        if tag is None:
            tag = self.tag
            self.tag += 1
        self.send_frame(CONTROL, u32(command) + u32(tag) + body)
        return tag

    def answer(self, tag, seconds=loop.DEADLINE):
        """Wait for the answer to a tag: (REPLY or ERROR, body)."""
        loop.until(lambda: tag in self.replies or self.closed, f'answer to {tag}', seconds)
        if tag not in self.replies:
            raise Closed('the connection was closed')
        return self.replies.pop(tag)

    def ask(self, command, body=b''):
        return self.answer(self.send(command, body))

    def greet(self, version=35, **properties):
        """AUTH and SET_CLIENT_NAME, as libpulse begins; returns the version that is offered."""
        command, body = self.ask(AUTH, u32(version) + arbitrary(bytes(256)))
        assert command == REPLY, (command, body)
        assert self.ask(SET_NAME, proplist(application_name='tester', **properties))[0] == REPLY
        return struct.unpack('>xI', body)[0]

    def play(self, body=None):
        """Create a stream; returns (channel, mixer entry). What it asks for is `granted`."""
        command, body = self.ask(CREATE_PLAYBACK, body or playback())
        assert command == REPLY, (command, body)
        channel, index, missing = struct.unpack('>xIxIxI', body[:15])
        self.granted += missing
        return channel, index

    def wait_closed(self, seconds=loop.DEADLINE):
        loop.until(lambda: self.closed, 'the connection to be closed', seconds)


class Tone:
    """Plays a sine tone on a client, as it is asked for, as long as the loop runs."""

    def __init__(self, client, hertz=700, rate=48000, body=None, loud=20000):
        import numpy
        self.client = client
        # A second of it, 16 bits, stereo: whole waves.
        wave = (numpy.sin(numpy.arange(rate) * 2 * numpy.pi * hertz / rate) * loud).astype('<i2')
        self.data = numpy.repeat(wave, 2).tobytes()
        self.at = 0
        self.sent = 0
        self.channel, self.index = client.play(body)
        self._source = GLib.timeout_add(5, self._feed)

    def stop(self):
        GLib.source_remove(self._source)

    def _feed(self):
        while self.client.granted >= 4 and not self.client.closed:
            size = min(self.client.granted, 9600, len(self.data) - self.at)
            size -= size % 4
            self.client.send_frame(self.channel, self.data[self.at:self.at + size])
            self.at = (self.at + size) % len(self.data)
            self.client.granted -= size
            self.sent += size
        return not self.client.closed


def resident_kib(pid):
    """The memory that a process holds."""
    with open(f'/proc/{pid}/status') as stream:
        return int(next(line for line in stream if line.startswith('VmRSS:')).split()[1])


def cpu_seconds(pid):
    """The processor time that a process has used."""
    with open(f'/proc/{pid}/stat') as stream:
        fields = stream.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def now():
    return time.monotonic()
