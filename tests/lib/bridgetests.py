# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of the audio bridge, which are the same for each real sound server.

A script for one server calls `run (server class)`."""

import os
import socket
import time

import bed as beds
import bridgebed
import loop
import native
import sound
from tap import diag, equal, figure, test

BED = bridgebed.BED
Guest = bridgebed.Guest
Bridge = bridgebed.Bridge
QEMU = sound.QEMU_USER


def through(bed):
    return f'unix:{bed.audio_socket}'


def sink_inputs(bed):
    """What `pactl list sink-inputs` says, one text per stream."""
    return bed.pactl('list', 'sink-inputs').out.split('Sink Input #')[1:]


@test
def an_ordinary_player_is_heard():
    """paplay through the bridge: the tone, ±1 Hz, and the stream's name in the mixer"""
    bed = BED[0]
    import numpy
    path = f'{bed.folder("sounds")}/tone.raw'
    (numpy.sin(numpy.arange(48000 * 60) * 2 * numpy.pi * 700 / 48000) * 12000).astype('<i2') \
        .tofile(path)
    player = bed.start('pacat', ['pacat', '--raw', '--rate=48000', '--channels=1',
                                 '--format=s16le', '--stream-name=melody', path],
                       env={'PULSE_SERVER': through(bed)})
    figure(f'{bed.server.kind}: pacat through the bridge, Hz', round(sound.wait_for_tone(bed, 700), 2))
    entry, = sink_inputs(bed)
    assert 'media.name = "melody"' in entry, entry
    assert f'application.process.id = "{player.pid}"' in entry, entry
    player.stop()


@test
def what_is_no_playing_is_refused():
    """Information, lists, modules, exit, recording: refused through the bridge"""
    bed = BED[0]
    before = bed.pactl('list', 'short', 'modules').out
    for user in (None, QEMU):
        for words in (('info',), ('list', 'sinks'), ('list', 'sink-inputs'), ('exit',),
                      ('load-module', 'module-null-sink'), ('unload-module', '0'),
                      ('set-default-sink', 'null1'), ('set-sink-volume', 'null0', '10%')):
            result = bed.pactl(*words, server=through(bed), check=False, user=user)
            assert result.code != 0 and 'Access denied' in result.err, (words, result)
        argv = ['timeout', '2', 'parec', '-d', 'null0.monitor', '--raw']
        env = {'PULSE_SERVER': through(bed)}
        result = bed.butler.run(*argv, user=user, env=env) if user else bed.run(*argv, env=env)
        equal(result.out, '', f'recorded by {user}')
        assert 'Access denied' in result.err, result
    equal(bed.pactl('list', 'short', 'modules').out, before, 'modules')


@test
def every_other_command_is_refused():
    """Of all command numbers there are, eleven do something"""
    client = BED[0].bridge.client()
    answers = {command: client.ask(command, native.u32(0)) for command in range(120)
               if command not in native.FOR_PLAYING}
    equal({command for command, answer in answers.items()
           if answer != (native.ERROR, native.u32(native.ACCESS))}, set(), 'not refused')
    # A damaged one ends the connection.
    client.send(native.VOLUME, native.u32(0))
    client.wait_closed()


@test
def strangers_are_sent_away():
    """As nobody: no word is exchanged, on the bridge; and the desktop's own socket is closed"""
    bed = BED[0]
    for words in (('info',), ('list', 'sinks'), ('load-module', 'module-null-sink'), ('exit',)):
        result = bed.pactl(*words, server=through(bed), check=False, user='nobody')
        assert result.code != 0 and 'Connection' in result.err, result
    for program in ('parec', 'pacat'):
        result = bed.butler.run('timeout', '5', program, '--raw', '/dev/null', user='nobody',
                                env={'PULSE_SERVER': through(bed), 'HOME': '/nonexistent'})
        assert result.code != 0 and 'Connection' in result.err, result
    assert 'Refused a connection of user' in bed.bridge.process.text()
    # What the kernel lets a stranger read of the bridge before it closes: nothing at all.
    heard = bed.butler.run('/usr/bin/python3', '-c', '''if True:
        import socket, sys
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        print(repr(s.recv(100)))''', bed.audio_socket, user='nobody')
    equal(heard.out.strip(), "b''", repr(heard))


@test
def the_desktops_own_sockets_stay_closed():
    """QEMU's user and nobody cannot reach the sound server but through the bridge"""
    bed = BED[0]
    paths = [bed.server.socket]
    if bed.server.kind == 'pipewire':
        paths.append(f'{bed.env["XDG_RUNTIME_DIR"]}/pipewire-0')
    for path in paths:
        assert sound.listens(path)
        for user in (QEMU, 'nobody'):
            result = bed.butler.run('/usr/bin/python3', '-c',
                                    'import socket, sys\n'
                                    'socket.socket(socket.AF_UNIX).connect(sys.argv[1])',
                                    path, user=user)
            assert 'PermissionError' in result.err, (path, user, result)


@test
def other_streams_cannot_be_touched():
    """Volume, mute, kill, cork, delete: only for what the client itself was given"""
    bed = BED[0]
    victim, thief = bed.bridge.client(), bed.bridge.client()
    tone = native.Tone(victim)
    other = victim.play(native.playback(name='second'))
    sound.wait_for_tone(bed, 700)
    real = [int(line.split()[0]) for line in
            bed.pactl('list', 'short', 'sink-inputs').out.strip().split('\n')]
    before = bed.pactl('list', 'sink-inputs').out
    for index in sorted({*real, tone.index, other[1], tone.channel, 0, 1, 2, native.NONE}):
        for command, body in ((native.VOLUME, native.volume(0, 0)), (native.MUTE, b'1'),
                              (native.CORK, b'1'), (native.DELETE_PLAYBACK, b''),
                              (native.FLUSH, b''), (native.LATENCY, native.timeval()),
                              (native.KILL_SINK_INPUT, b''), (native.KILL_CLIENT, b''),
                              (native.MOVE_SINK_INPUT, native.u32(0) + native.string(None))):
            equal(thief.ask(command, native.u32(index) + body),
                  (native.ERROR, native.u32(native.ACCESS)), f'{command} for {index}')
    # A tag that is under way for one command does not open the door for another.
    tag = thief.send(native.CREATE_PLAYBACK, native.playback(name='mine'))
    for _ in range(3):
        thief.send(native.VOLUME, native.u32(real[0]) + native.volume(0, 0), tag=tag)
    thief.ask(native.SET_NAME, native.proplist(application_name='thief'))
    equal(victim.ask(native.VOLUME, native.u32(other[1]) + native.volume(0x8000, 0x8000))[0],
          native.REPLY)
    sound.wait_for_tone(bed, 700)
    thief.close()

    def same():
        entries = bed.pactl('list', 'sink-inputs').out
        # One was halved by its owner.
        return (entries.count('Sink Input #') == 2 and entries.count('Mute: no') == 2
                and entries.count('100%') == before.count('100%') - 2)
    loop.until(same, 'the two streams as they were', look_again=0.2)
    tone.stop()
    victim.close()


@test
def what_it_says_of_itself_is_checked():
    """Process and user come from the kernel; properties that route sound are left out"""
    bed = BED[0]
    client = bed.bridge.client(application_process_id='1')
    client.play(native.playback(name='named', application_name='guest', node_name='hidden',
                                stream_capture_sink='true', media_role='phone', target_object='null1'))
    entry, = sink_inputs(bed)
    assert f'application.process.id = "{os.getpid()}"' in entry, entry
    assert 'application.name = "guest"' in entry, entry
    for word in ('phone', 'hidden', 'stream.capture', 'target.object'):
        assert word not in entry, (word, entry)
    client.close()


@test
def a_guest_is_heard():
    """A real QEMU as its own user plays through ich9: the tone, ±1 Hz"""
    bed = BED[0]
    bed.guest = Guest(bed)
    figure(f'{bed.server.kind}: guest through the bridge, Hz',
           round(sound.wait_for_tone(bed, 1000), 2))
    entry, = sink_inputs(bed)
    assert 'application.name = "win10"' in entry and 'media.name = "win10 sound"' in entry, entry
    assert f'application.process.user = "{QEMU}"' in entry, entry
    assert f'application.process.id = "{bed.guest.pid}"' in entry, entry


def back_after(bed, away, hertz=1000):
    """Take the server away by away () and start it again; returns the seconds to the tone."""
    away()
    loop.spin(1)  # the guest plays on into nothing meanwhile
    assert bed.bridge.process.alive()
    started = time.monotonic()
    bed.server.start()
    running = time.monotonic()
    loop.until(lambda: sink_inputs(bed), 'the stream to be back', look_again=0.05)
    there = time.monotonic()
    sound.wait_for_tone(bed, hertz)
    diag(f'server up after {running - started:.2f} s, stream {there - running:.2f} s later')
    return there - running


@test
def a_killed_server_is_hidden_from_the_guest():
    """The sound server is killed and started again: the guest is heard without a restart"""
    bed = BED[0]
    figure(f'{bed.server.kind}: stream back after the killed server, s',
           round(back_after(bed, bed.server.kill), 2))


@test
def a_stopped_server_is_hidden_from_the_guest():
    """The same when it ends in good order, twice"""
    bed = BED[0]
    for _ in range(2):
        figure(f'{bed.server.kind}: stream back after the stopped server, s',
               round(back_after(bed, bed.server.stop), 2))
    noise = [line for line in bed.butler.log(bed.guest.log).split('\n')
             if line and 'cookie' not in line]  # it has no home to keep one
    equal(noise, [], 'what QEMU complained about')


@test
def a_killed_stream_comes_back():
    """QEMU never makes a stream again that was taken from it; the bridge does"""
    bed = BED[0]
    client = bed.bridge.client()
    tone = native.Tone(client)
    sound.wait_for_tone(bed, 700)
    killer = native.Client(bed.server.socket)
    killer.greet()
    for line in bed.pactl('list', 'short', 'sink-inputs').out.strip().split('\n'):
        equal(killer.ask(native.KILL_SINK_INPUT, native.u32(int(line.split()[0])))[0], native.REPLY)
    loop.until(lambda: [e for e in client.events if e[0] == native.MOVED], 'another stream')
    # Not before: pipewire-pulse forgets what it has answered but not done yet when a client goes.
    killer.close()
    sound.wait_for_tone(bed, 700)
    tone.stop()
    client.close()
    sound.wait_for_tone(bed, 1000)


@test
def what_a_client_set_holds_for_the_next_server():
    """Volume, mute and cork that a client set are there again after a restart"""
    bed = BED[0]
    client = bed.bridge.client()
    _, index = client.play(native.playback(name='quiet'))
    channel, _ = client.play(native.playback(name='waiting'))
    half = native.volume(0x8000, 0x8000)
    equal(client.ask(native.VOLUME, native.u32(index) + half)[0], native.REPLY)
    equal(client.ask(native.MUTE, native.u32(index) + b'1')[0], native.REPLY)
    bed.server.kill()
    # What is set while there is no server counts too.
    equal(client.ask(native.CORK, native.u32(channel) + b'1')[0], native.REPLY)
    equal(client.ask(native.LATENCY, native.u32(channel) + native.timeval())[0], native.REPLY)
    bed.server.start()

    def entries():
        found = {name: entry for entry in sink_inputs(bed) for name in ('quiet', 'waiting')
                 if f'media.name = "{name}"' in entry}
        return (len(found) == 2 and 'Mute: yes' in found['quiet'] and ' 50% ' in found['quiet']
                and 'Corked: yes' in found['waiting'] and 'Corked: no' in found['quiet'])
    loop.until(entries, lambda: f'both streams as they were: {sink_inputs(bed)}', look_again=0.1)
    # The client was told that its streams are somewhere else now.
    loop.until(lambda: [e for e in client.events if e[0] == native.MOVED], 'the news')
    client.close()


@test
def a_guest_may_start_before_the_server():
    """Without a sound server a guest starts at once, and is heard when one comes"""
    bed = BED[0]
    if bed.guest:
        bed.guest.stop()
    bed.server.stop()
    started = time.monotonic()
    bed.guest = Guest(bed, 'early', 800)
    loop.until(lambda: os.path.exists(f'/proc/{bed.guest.pid}'), 'QEMU')
    # It is past the opening of its sound when its code runs, which the audio it sends shows.
    client_work = native.cpu_seconds(bed.bridge.pid)
    loop.until(lambda: native.cpu_seconds(bed.bridge.pid) > client_work, 'sound', look_again=0.2)
    diag(f'the guest ran after {time.monotonic() - started:.1f} s')
    bed.server.start()
    sound.wait_for_tone(bed, 800)
    bed.guest.stop()


def hear(client, seconds=1):
    """What comes on a recording client: (frequency, loudness)."""
    import numpy
    client.audio = b''
    loop.until(lambda: len(client.audio) >= seconds * 192000, 'recorded audio')
    data = numpy.frombuffer(client.audio[:len(client.audio) // 4 * 4], dtype='<i2')
    return sound.peak(data.reshape(-1, 2)[:, 0].astype(float))


@test
def the_microphone_is_the_users_to_open():
    """With --microphone the default source is recorded, never what others play"""
    bed = BED[0]
    bed.pactl('load-module', 'module-remap-source', 'master=null1.monitor', 'source_name=mic')
    bed.pactl('set-default-source', 'mic')
    bridge = Bridge(bed, '--microphone', name='bridge-mic', path=f'{bed.folder("mic")}/p.sock',
                    qemu=False)
    music = native.Tone(bed.bridge.client())
    sound.wait_for_tone(bed, 700)
    spies = [bridge.client(stream_capture_sink='true') for _ in range(3)]
    for spy, body in zip(spies, (
            native.record(), native.record(device='null0.monitor'),
            native.record(direct=music.index, stream_capture_sink='true',
                          target_object='null0'))):
        equal(spy.ask(native.CREATE_RECORD, body)[0], native.REPLY)
        assert hear(spy)[1] < 20, 'what others play was recorded'
    voice = native.Tone(bed.bridge.client(), 500, body=native.playback(device='null1'))
    loop.until(lambda: abs(hear(spies[0])[0] - 500) <= 1, 'the voice at the microphone',
               look_again=0.1)
    # A monitor as the default source is silent.
    bed.pactl('set-default-source', 'null0.monitor')
    spy = bridge.client()
    equal(spy.ask(native.CREATE_RECORD, native.record())[0], native.REPLY)
    loop.until(lambda: hear(spy)[1] < 20, 'silence in the place of the monitor', look_again=0.1)
    # And while the server is away the recording goes on, silent.
    bed.server.kill()
    loop.until(lambda: hear(spy)[1] < 20, 'silence in the place of a server', look_again=0.1)
    bed.server.start()
    bed.pactl('load-module', 'module-remap-source', 'master=null1.monitor', 'source_name=mic')
    bed.pactl('set-default-source', 'mic')
    loop.until(lambda: len(bed.pactl('list', 'short', 'source-outputs').out.strip().split('\n')) >= 4,
               'the recordings to be back', look_again=0.1)
    for tone in (music, voice):
        tone.stop()
        tone.client.close()
    for client in (spy, *spies):
        client.close()
    equal(bridge.stop(), 0)


@test
def the_end_removes_only_its_own_socket():
    """SIGTERM: exit 0, nothing printed, the socket gone"""
    bed = BED[0]
    bridge = Bridge(bed, name='bridge-quiet', path=f'{bed.folder("quiet")}/p.sock', qemu=False)
    client = bridge.client()
    client.play()
    equal(bridge.stop(), 0)
    equal(bridge.process.text(), '')
    assert not os.path.exists(bridge.path)
    client.wait_closed()
    # And the one that a newer program put in its place stays.
    bridge = Bridge(bed, name='bridge-replaced', path=f'{bed.folder("quiet")}/q.sock', qemu=False)
    os.unlink(bridge.path)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(bridge.path)
        equal(bridge.stop(), 0)
        assert os.path.exists(bridge.path)


def run(server):
    beds.main(BED, set_up=lambda: bridgebed.set_up(server))
