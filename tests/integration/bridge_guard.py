#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audio bridge against clients that mean ill, and against what others put in its way."""

import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import bridgebed  # noqa: E402
import loop  # noqa: E402
import native  # noqa: E402
import sound  # noqa: E402
from tap import diag, equal, figure, test  # noqa: E402

BED = bridgebed.BED
# What the bridge may hold after an attack, beyond what it held before.
MEMORY_KIB = 16 * 1024


def attempt(bed, path, *options, user=None):
    """Start a bridge that should not start; returns its result."""
    argv = [beds.program('handover-audio-bridge'), '--socket', path, *options]
    result = bed.butler.run(*argv, user=user) if user else bed.run(*argv, seconds=20)
    equal(len(result.err.strip().split('\n')), 1, repr(result))
    return result


def refused(bed, path, *words, **options):
    result = attempt(bed, path, **options)
    equal(result.code, 4, repr(result))
    for word in words:
        assert word in result.err, (word, result)


@test
def what_is_not_its_own_is_left():
    """A file, a link, a folder, a served socket, another user's socket at the path"""
    bed = BED[0]
    folder = bed.folder('place')
    path = f'{folder}/p.sock'
    with open(path, 'w') as stream:
        stream.write('precious')
    refused(bed, path, 'not a socket')
    with open(path) as stream:
        equal(stream.read(), 'precious')
    os.rename(path, f'{folder}/kept')
    os.symlink(f'{folder}/kept', path)
    refused(bed, path, 'not a socket')
    equal(os.readlink(path), f'{folder}/kept')
    os.unlink(path)
    os.symlink(bed.server.socket, path)  # the desktop's own, by a link
    refused(bed, path, 'not a socket')
    assert sound.listens(bed.server.socket)
    os.unlink(path)
    os.mkdir(path)
    refused(bed, path, 'not a socket')
    os.rmdir(path)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        refused(bed, path, 'Another program serves')
        assert sound.listens(path)
    os.unlink(path)
    bed.butler.run('/usr/bin/python3', '-c', 'import socket, sys, os\n'
                   'socket.socket(socket.AF_UNIX).bind(sys.argv[1])\n'
                   'os.chown(sys.argv[1], 65534, 65534)', path)
    refused(bed, path, 'belongs to another user', '65534')
    equal(os.stat(path).st_uid, 65534)
    os.unlink(path)
    # And the desktop's own native socket is never taken for a place.
    result = attempt(bed, bed.server.socket)
    equal(result.code, 2, repr(result))
    assert 'own socket' in result.err and sound.listens(bed.server.socket), result


@test
def a_dead_socket_of_ones_own_is_replaced():
    """What a killed bridge left is taken over; a second bridge is told of the first"""
    bed = BED[0]
    path = f'{bed.folder("place")}/dead.sock'
    first = bridgebed.Bridge(bed, name='dead', path=path, qemu=False)
    refused(bed, path, 'serves')
    first.process.kill()
    assert os.path.exists(path)
    second = bridgebed.Bridge(bed, name='alive', path=path, qemu=False)
    second.client().close()
    equal(second.stop(), 0)


@test
def the_folder_has_to_be_ones_own():
    """A folder of another user, a link, one that others write to: refused, and left"""
    bed = BED[0]
    run = bed.env['HANDOVER_RUN_DIR']  # like /run/handover: everybody may make a folder there
    made = bed.butler.run('mkdir', '-m', '777', f'{run}/squatted', user='nobody')
    equal(made.code, 0, repr(made))
    refused(bed, f'{run}/squatted/p.sock', 'belongs to another user')
    equal(os.listdir(f'{run}/squatted'), [])
    os.symlink(bed.folder('real'), f'{run}/linked')
    refused(bed, f'{run}/linked/p.sock', 'symbolic link')
    equal(os.listdir(bed.folder('real')), [])
    for mode in (0o777, 0o770, 0o1777):
        os.mkdir(f'{run}/open')
        os.chmod(f'{run}/open', mode)
        refused(bed, f'{run}/open/p.sock', 'chmod go-w')
        equal(os.stat(f'{run}/open').st_mode & 0o7777, mode)
        os.rmdir(f'{run}/open')
    with open(f'{run}/file', 'w'):
        pass
    refused(bed, f'{run}/file/p.sock', 'not a folder')
    refused(bed, f'{run}/missing/deeper/p.sock', 'cannot be made')
    refused(bed, f'{run}/{"x" * 100}/p.sock', 'no path for a socket')
    refused(bed, 'relative.sock', 'no path for a socket')


@test
def the_folder_is_made_for_passing_through():
    """--prepare makes it 0711 whatever the umask, and says what is wrong with one that is there"""
    bed = BED[0]
    run = bed.env['HANDOVER_RUN_DIR']
    program = beds.program('handover-audio-bridge')
    equal(bed.run('sh', '-c', f'umask 077; exec {program} --prepare --socket {run}/new/p.sock').code, 0)
    equal(os.stat(f'{run}/new').st_mode & 0o7777, 0o711)
    equal(os.listdir(f'{run}/new'), [])
    result = bed.run(program, '--prepare', '--socket', f'{run}/squatted/p.sock')
    equal(result.code, 4, repr(result))


@test
def options_that_make_no_sense():
    """One line and exit 2"""
    bed = BED[0]
    program = beds.program('handover-audio-bridge')
    path = f'{bed.folder("place")}/never.sock'
    for words in (('--nope',), (), ('--socket', path, 'more'), ('--socket', path, '--allow-uid', 'root'),
                  ('--socket', path, '--allow-uid', '-1'), ('--socket', path, '--allow-uid', '65534'),
                  ('--socket', path, '--allow-uid', '4294967295'),
                  ('--socket', path, '--upstream', 'tcp:localhost')):
        result = bed.run(program, *words)
        equal(result.code, 2, repr(result))
        equal(len(result.err.strip().split('\n')), 1, repr(result))
    assert not os.path.exists(path)


def activated(bed, name, listening):
    """Start a bridge as a service manager does, with a listening socket."""
    return bed.start(name, ['/usr/bin/python3', '-c', f'''if True:
        import os
        os.dup2({listening.fileno()}, 3)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
        os.execv({beds.program("handover-audio-bridge")!r}, ['handover-audio-bridge'])'''],
                     pass_fds=(listening.fileno(),))


@test
def it_can_be_given_its_socket():
    """Socket activation: serves what is passed, and leaves it at the end"""
    bed = BED[0]
    path = f'{bed.folder("activated")}/p.sock'
    os.chmod(os.path.dirname(path), 0o711)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(5)
        child = activated(bed, 'activated', listening)
        client = native.Client(path)
        client.greet()
        client.play()
        client.close()
        child.stop()
        equal(child.returncode, 0)
    equal(child.text(), '')
    assert os.path.exists(path)
    # One in a folder that others write to is not served.
    os.chmod(os.path.dirname(path), 0o777)
    os.unlink(path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(5)
        child = activated(bed, 'activated-badly', listening)
        equal(child.wait(), 4)
    assert 'chmod go-w' in child.text(), child.text()


@test
def it_gives_up_what_it_never_needs():
    """No new privileges, and a filter of system calls"""
    bed = BED[0]
    with open(f'/proc/{bed.bridge.pid}/status') as stream:
        status = dict(line.strip().split(':\t', 1) for line in stream if ':\t' in line)
    equal(status['NoNewPrivs'], '1')
    if not beds.is_sanitized():
        equal(status['Seccomp'], '2')
    equal(status['Threads'], '1')


def sleeps(pid):
    """How often a process has gone to sleep so far."""
    with open(f'/proc/{pid}/status') as stream:
        return int(next(line for line in stream if line.startswith('voluntary')).split()[1])


@test
def an_idle_bridge_sleeps():
    """No wake-up without need: with nobody there, and with a client that plays nothing to no server"""
    bed = BED[0]
    bridge = bridgebed.Bridge(bed, '--upstream', f'{bed.root}/nowhere/pulse/native',
                              name='bridge-idle', path=f'{bed.folder("idle")}/p.sock', qemu=False)

    def slept_on():
        before = sleeps(bridge.pid)
        loop.spin(5)
        return sleeps(bridge.pid) == before

    for _ in range(2):
        # Not at once on a busy machine, where it may still have something to end.
        loop.until(slept_on, '5 s without a wake-up', 60, look_again=0.1)
        client = bridge.client()
        client.play()
        loop.spin(0.5)
    client.close()
    equal(bridge.stop(), 0)


def served(bridge):
    """Wait until the bridge takes a client; it hears of those that left a moment later."""
    def there():
        try:
            client = bridge.client()
        except (AssertionError, OSError):
            return False
        client.close()
        return True
    loop.until(there, 'a client to be served', look_again=0.2)


def busy(bed):
    """A player whose tone must go on whatever others do."""
    client = bed.bridge.client()
    tone = native.Tone(client)
    sound.wait_for_tone(bed, 700)
    return client, tone


def calm(bed, client, tone, memory):
    """The tone is still there, and the bridge has not grown."""
    sound.wait_for_tone(bed, 700)
    tone.stop()
    client.close()
    assert bed.bridge.process.alive(), bed.bridge.process.text()
    grown = native.resident_kib(bed.bridge.pid) - memory
    diag(f'grown by {grown} KiB')
    assert beds.is_sanitized() or grown < MEMORY_KIB, f'grown by {grown} KiB'


@test
def many_clients_at_once():
    """200 clients of 14 processes, most of them half-open; the others play on"""
    bed = BED[0]
    memory = native.resident_kib(bed.bridge.pid)
    client, tone = busy(bed)
    crowd = [bed.lines(f'crowd-{number}', ['/usr/bin/python3', '-u', '-c', f'''if True:
        import socket, sys
        held = []
        for n in range(15):
            s = socket.socket(socket.AF_UNIX)
            s.connect({bed.audio_socket!r})
            if n % 3 == 1:
                s.send(bytes(7))
            if n % 3 == 2:
                s.send(bytes.fromhex('0000011affffffff0000000000000000000000004c'))
            held.append(s)
        print('connected')
        sys.stdin.read()
        import time
        time.sleep(3600)''']) for number in range(14)]
    for one in crowd:
        one.wait_for(lambda line: line == 'connected', 'a crowd of clients')
    # One more of a process that has many is turned away; one of another process is not.
    late = bed.bridge.client()
    late.play()
    late.close()
    sound.wait_for_tone(bed, 700)
    # Those who never say who they are are not kept.
    loop.until(lambda: len(os.listdir(f'/proc/{bed.bridge.pid}/fd')) < 40,
               'half-open connections to be closed', look_again=0.5)
    for one in crowd:
        one.stop()
    calm(bed, client, tone, memory)


@test
def one_process_cannot_have_all():
    """The seventeenth connection of one process is closed"""
    bed = BED[0]
    clients = []
    for _ in range(16):
        clients.append(bed.bridge.client())
    extra = native.Client(bed.audio_socket)
    extra.wait_closed()
    for client in clients:
        client.close()
    served(bed.bridge)


@test
def what_is_no_protocol_ends_the_connection():
    """Frames too long, empty, of shared memory, for a place, of odd size; random bytes"""
    bed = BED[0]
    memory = native.resident_kib(bed.bridge.pid)
    client, tone = busy(bed)
    frame = '>IIQI'
    auth = native.u32(native.AUTH) + native.u32(0)
    bad = [struct.pack(frame, 0xffffffff, native.CONTROL, 0, 0), struct.pack(frame, 0, 0, 0, 0),
           struct.pack(frame, 20000, native.CONTROL, 0, 0), struct.pack(frame, 1 << 18, 0, 0, 0),
           struct.pack(frame, 4, 0, 0, 0x80000000) + bytes(4),
           struct.pack(frame, 4, 0, 0, 0xc0000000) + bytes(4),
           struct.pack(frame, 4, 0, 0, 0x20000000) + bytes(4),
           struct.pack(frame, 4, 0, 4, 0) + bytes(4), struct.pack(frame, 4, 0, 0, 1) + bytes(4),
           struct.pack(frame, 3, native.CONTROL, 0, 0) + b'L\0\0',
           struct.pack(frame, len(auth), native.CONTROL, 0, 0) + auth]
    bad += [os.urandom(4096) for _ in range(20)]
    for data in bad:
        one = native.Client(bed.audio_socket)
        try:
            one.send_raw(data)
        except native.Closed:
            pass
        one.wait_closed()
        one.close()
    odd = bed.bridge.client()
    channel, _ = odd.play()
    odd.send_frame(channel, bytes(5))
    odd.wait_closed()
    calm(bed, client, tone, memory)


@test
def floods_are_bounded():
    """A client that sends without end, and one that never reads: nobody else notices"""
    bed = BED[0]
    memory = native.resident_kib(bed.bridge.pid)
    client, tone = busy(bed)
    flood = bed.lines('flood', ['/usr/bin/python3', '-u', '-c', f'''if True:
        import sys
        sys.path.insert(0, {os.path.dirname(os.path.abspath(native.__file__))!r})
        import native, socket, struct, threading
        c = native.Client({bed.audio_socket!r})
        c.greet()
        channel, _ = c.play()
        c.pause()
        c.socket.setblocking(True)
        ask = native.u32(native.LATENCY) + native.u32(7) + native.u32(channel) + native.timeval()
        ask = struct.pack('>IIQI', len(ask), native.CONTROL, 0, 0) + ask
        audio = struct.pack('>IIQI', 65536, channel, 0, 0) + bytes(65536)
        c.socket.settimeout(2)
        sent = 0
        try:
            for n in range(400):
                c.socket.sendall(audio)
                sent += 1
        except OSError:
            pass
        print('audio', sent)
        d = native.Client({bed.audio_socket!r})
        d.greet()
        d.pause()
        d.socket.settimeout(2)
        asked = 0
        unknown = native.u32(35) + native.u32(7) + native.u32(0)
        unknown = struct.pack('>IIQI', len(unknown), native.CONTROL, 0, 0) + unknown
        try:
            for n in range(1000):
                d.socket.sendall(unknown * 1000)
                asked += 1000
        except OSError:
            pass
        print('asked', asked)
        sys.stdout.flush()
        import time
        time.sleep(3600)'''])
    audio = flood.wait_for(lambda line: line.startswith('audio'), 'the flood of audio')
    asked = flood.wait_for(lambda line: line.startswith('asked'), 'the flood of questions')
    figure('flood', f'{audio} frames of 64 KiB, {asked} questions before it had to wait')
    assert int(asked.split()[1]) < 1000000, asked
    calm(bed, client, tone, memory)
    flood.stop()


@test
def a_reader_that_stops_is_cut_off_or_waits():
    """A stream that never reads costs at most its queue"""
    bed = BED[0]
    memory = native.resident_kib(bed.bridge.pid)
    clients = []
    for _ in range(8):
        client = bed.bridge.client()
        for _ in range(8):
            client.play()
        # The ninth is one too many.
        equal(client.ask(native.CREATE_PLAYBACK, native.playback())[0], native.ERROR)
        client.pause()
        clients.append(client)
    loop.spin(1)
    grown = native.resident_kib(bed.bridge.pid) - memory
    assert beds.is_sanitized() or grown < MEMORY_KIB, f'grown by {grown} KiB'
    for client in clients:
        client.close()
    served(bed.bridge)


@test
def no_descriptor_is_left():
    """At the limit of file descriptors new clients wait or are turned away, and later served"""
    bed = BED[0]
    bridge = bridgebed.Bridge(bed, name='bridge-few', path=f'{bed.folder("few")}/p.sock',
                                limit=24, qemu=False)
    first = bridge.client()
    tone = native.Tone(first)
    sound.wait_for_tone(bed, 700)
    held = []
    for _ in range(12):
        client = native.Client(bridge.path)
        held.append(client)
    greeted = bridge.process.wait_for_text('there are too many')
    assert greeted
    sound.wait_for_tone(bed, 700)
    used, started = native.cpu_seconds(bridge.pid), native.now()
    loop.spin(1)
    used, took = native.cpu_seconds(bridge.pid) - used, native.now() - started
    assert used < took / 2, f'it turns in a circle: {used} s of {took} s'
    for client in held:
        client.close()
    served(bridge)
    tone.stop()
    first.close()
    equal(bridge.stop(), 0)


beds.main(BED, set_up=lambda: bridgebed.set_up(sound.PulseAudio))
