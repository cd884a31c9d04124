#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound of a guest on a desktop with PulseAudio: the module."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
import loop  # noqa: E402
import sound  # noqa: E402
from tap import diag, equal, figure, test  # noqa: E402

BED = []


def set_up():
    bed = sound.SoundBed()
    BED.append(bed)
    libvirt = bed.use_system_libvirt()
    tone = guestimage.tone(bed.folder('tone'))
    libvirt.add_guest('win10', tone, audio=bed.audio_socket)
    libvirt.add_guest('other')
    bed.server = sound.PulseAudio(bed).start()
    bed.start_tray()
    bed.start_notifications()


def succeed(*words):
    result = BED[0].handover(*words)
    equal(result.code, 0, repr(result))


@test
def nothing_is_made_by_looking():
    """Without an applet: status says how things are, and changes nothing"""
    bed = BED[0]
    audio = bed.audio()
    equal(audio['mode'], 'module', audio)
    equal(audio['state'], 'off', audio)
    equal(audio['server'], 'pulseaudio')
    equal(audio['qemu-user'], sound.QEMU_USER)
    equal(audio['qemu-group'], sound.QEMU_USER)
    equal(bed.our_modules(), [])
    assert not os.path.exists(bed.audio_socket)
    text = bed.handover('audio').out
    assert 'win10: The way is made when a guest starts' in text, text


@test
def started_without_an_applet_it_is_heard():
    """The command alone opens the way before the start"""
    bed = BED[0]
    result = bed.handover('start', 'win10')
    equal(result.code, 0, repr(result))
    frequency = sound.wait_for_tone(bed, 1000)
    figure('tone heard through the module, Hz', f'{frequency:.2f}')
    equal(len(bed.our_modules()), 1)
    succeed('stop', 'win10', '--force')


@test
def the_module_is_adopted():
    """An applet that starts later finds the module there, and loads no second one"""
    bed = BED[0]
    before = bed.our_modules()
    bed.start_applet()
    bed.wait_for_audio(state='on', mode='module')
    equal(bed.our_modules(), before)
    bed.applet.stop()
    equal(bed.our_modules(), before, 'after the applet has ended')
    bed.start_applet()
    bed.wait_for_audio(state='on', mode='module')
    equal(bed.our_modules(), before)
    argument = before[0][2]
    equal(argument, f'socket={bed.audio_socket} auth-group={sound.QEMU_USER} auth-cookie-enabled=0')
    assert 'anonymous' not in argument


@test
def switched_off_and_on():
    """off takes our socket away and leaves the desktop's own; a guest is then told why not"""
    bed = BED[0]
    own = [m for m in bed.modules() if m[1] == 'module-native-protocol-unix'
           and bed.audio_socket not in m[2]]
    result = bed.handover('audio', 'off')
    equal(result.code, 0, repr(result))
    equal(bed.our_modules(), [])
    assert not os.path.exists(bed.audio_socket)
    assert sound.listens(bed.server.socket), 'the desktop has lost its own socket'
    equal([m for m in bed.modules() if m in own], own)
    equal(bed.audio()['state'], 'off')
    result = bed.handover('start', 'win10')
    equal(result.code, 1, repr(result))
    assert 'handover audio on' in result.err, result
    equal(bed.libvirt.state('win10'), 'shut off')
    equal(bed.handover('start', 'other').code, 0, 'a guest that needs no sound')
    succeed('stop', 'other', '--force')
    succeed('audio', 'on')
    equal(len(bed.our_modules()), 1)
    bed.wait_for_audio(state='on')


def check_intruder():
    bed = BED[0]
    server = f'unix:{bed.audio_socket}'
    for words in (['info'], ['list', 'sink-inputs'], ['load-module', 'module-null-sink'], ['exit']):
        result = bed.pactl(*words, server=server, user='nobody')
        assert result.code != 0 and 'denied' in result.err, result
    result = bed.butler.run('timeout', '5', 'parec', '-s', server, '-d', 'null0.monitor', '--raw',
                            user='nobody')
    equal(result.out, '', 'what an intruder recorded')
    assert result.code != 0, result


@test
def an_intruder_stays_outside():
    """nobody may not connect, list, load a module, end the server or record; QEMU may connect"""
    bed = BED[0]
    check_intruder()
    result = bed.pactl('info', server=f'unix:{bed.audio_socket}', user=sound.QEMU_USER)
    equal(result.code, 0, repr(result))
    # The desktop's own socket is not in QEMU's reach.
    result = bed.pactl('info', server=f'unix:{bed.server.socket}', user=sound.QEMU_USER)
    assert result.code != 0, result


@test
def the_mode_is_explained():
    """In the command's words: what module mode lets QEMU do, who QEMU is and how that was found"""
    bed = BED[0]
    text = bed.handover('audio').out
    diag(text)
    for part in ('on (module)', 'loading modules', 'bridge lets it only play', sound.QEMU_USER,
                 'account of that name'):
        assert part in text, text


def volume_and_mute():
    """What PulseAudio says of the guest's stream: percent, mute, device."""
    bed = BED[0]
    for guest in bed.audio()['guests']:
        if guest['playing']:
            return guest['volume'], guest['muted'], guest['device']
    return None


def wait_for_stream(*wanted):
    loop.until(lambda: volume_and_mute() == wanted, lambda: f'{wanted}, is {volume_and_mute()}',
               look_again=0.3)


@test
def the_wheel_and_the_menu():
    """The icon's wheel, on Plasma and on Xfce, and the menu: volume, mute, device"""
    bed = BED[0]
    item = bed.tray.items[0]
    succeed('start', 'win10')
    sound.wait_for_tone(bed, 1000)
    wait_for_stream(100, False, 'null0')
    item.scroll(-120, 'Vertical')
    wait_for_stream(95, False, 'null0')
    item.scroll(1, 'vertical')
    wait_for_stream(90, False, 'null0')
    for _ in range(4):
        item.scroll(-30, 'Vertical')
    wait_for_stream(85, False, 'null0')
    item.scroll(120, 'Vertical')
    wait_for_stream(90, False, 'null0')
    item.menu.wait_for_entry('Sound', 'Quieter').click()
    wait_for_stream(85, False, 'null0')
    item.menu.wait_for(lambda root: root.find('Sound', 'win10: volume 85 %'), 'the volume')
    entry = item.menu.wait_for(
        lambda root: root.find('Sound', 'QEMU may do anything with your sound server'), 'the mode')
    assert not entry.enabled
    item.menu.wait_for_entry('Sound', 'Mute').click()
    wait_for_stream(85, True, 'null0')
    loop.until(lambda: sound.is_silent(bed), 'silence')
    item.menu.wait_for(lambda root: root.find('Sound', 'Mute').checked, 'the check mark')
    assert 'It is muted' in bed.handover('audio').out
    names = descriptions()
    item.menu.wait_for_entry('Sound', 'Output Device', names['null1']).click()
    wait_for_stream(85, True, 'null1')
    item.menu.wait_for_entry('Sound', 'Mute').click()
    wait_for_stream(85, False, 'null1')
    sound.wait_for_tone(bed, 1000, sink='null1')


def descriptions():
    """Name → description of each output device."""
    result, name = {}, None
    for line in BED[0].pactl('list', 'sinks').out.split('\n'):
        line = line.strip()
        if line.startswith('Name: '):
            name = line[6:]
        elif line.startswith('Description: '):
            result[name] = line[13:]
    return result


@test
def it_is_kept_when_qemu_resets_it():
    """A new stream, and one that was changed behind our back, sound as the user wanted"""
    bed = BED[0]

    def index():
        return bed.pactl('list', 'short', 'sink-inputs').out.split('\t')[0]

    bed.pactl('set-sink-input-volume', index(), '100%')
    wait_for_stream(85, False, 'null1')
    succeed('stop', 'win10', '--force')
    loop.until(lambda: volume_and_mute() is None, 'the stream to end', look_again=0.3)
    succeed('start', 'win10')
    wait_for_stream(85, False, 'null1')
    item = bed.tray.items[0]
    item.menu.wait_for_entry('Sound', 'Mute').click()
    wait_for_stream(85, True, 'null1')
    bed.pactl('set-sink-input-mute', index(), '0')
    wait_for_stream(85, True, 'null1')
    item.menu.wait_for_entry('Sound', 'Mute').click()
    item.menu.wait_for_entry('Sound', 'Output Device', descriptions()['null0']).click()
    wait_for_stream(85, False, 'null0')
    for _ in range(3):
        item.scroll(120, 'Vertical')
    wait_for_stream(100, False, 'null0')
    succeed('stop', 'win10', '--force')


@test
def switched_in_the_menu():
    """The menu's switch does what the command does"""
    bed = BED[0]
    item = bed.tray.items[0]
    item.menu.wait_for_entry('Sound', 'Guests May Be Heard').click()
    bed.wait_for_audio(state='off')
    equal(bed.our_modules(), [])
    item.menu.wait_for(lambda root: root.find('Sound', 'Guests are not heard'), 'the words')
    item.menu.wait_for_entry('Sound', 'Guests May Be Heard').click()
    bed.wait_for_audio(state='on')
    equal(len(bed.our_modules()), 1)


@test
def a_restarted_server_has_it_again():
    """Killed under a playing guest: the module is back, and the user is told of the silent guest"""
    bed = BED[0]
    succeed('start', 'win10')
    sound.wait_for_tone(bed, 1000)
    mark = len(bed.notifications.all)
    bed.server.kill()
    bed.wait_for_audio(state='waiting')
    assert os.path.exists(bed.audio_socket), 'a killed server leaves its socket'
    bed.server.start()
    audio = bed.wait_for_audio(state='on', mode='module')
    equal([guest['silenced'] for guest in audio['guests']], [True], audio)
    equal(len(bed.our_modules()), 1)
    note = bed.notifications.wait_for('win10 stays silent', mark)
    diag(note)
    text = bed.handover('audio').out
    assert 'restart' in text, text
    succeed('stop', 'win10', '--force')
    succeed('start', 'win10')
    sound.wait_for_tone(bed, 1000)
    equal([guest['silenced'] for guest in bed.audio()['guests']], [False])
    succeed('stop', 'win10', '--force')


def check_start_without_answer():
    """The guest starts although the server stands still, and is heard when it goes on."""
    bed = BED[0]
    mark = len(bed.notifications.all)
    succeed('start', 'win10')
    equal(bed.libvirt.state('win10'), 'running')
    audio = bed.wait_for_audio(state='on', mode='bridge')
    assert 'does not answer' in audio['reason'], audio
    equal([guest['text'] for guest in audio['guests'] if guest['name'] == 'win10'],
          [audio['reason']], audio)
    note = bed.notifications.wait_for('silent for now', mark)
    assert 'does not answer' in note.text, note
    os.kill(bed.server.daemon.pid, signal.SIGCONT)
    sound.wait_for_tone(bed, 1000)
    loop.until(lambda: note.id not in bed.notifications.shown, 'the notification to be taken back')
    audio = bed.audio()
    equal(audio['mode'], 'bridge', 'a way that is used stays')
    assert 'does not answer' not in audio['reason'], audio
    succeed('stop', 'win10', '--force')
    bed.wait_for_audio(state='on', mode='module')
    equal(len(bed.our_modules()), 1)


@test
def a_server_that_does_not_answer_keeps_no_guest_from_starting():
    """Right after the login, say: nobody knows yet what server it is"""
    bed = BED[0]
    succeed('audio', 'off')
    bed.applet.stop()
    loop.until(lambda: not bed.tray.items, 'the icon to go')
    bed.write_settings('[settings]\n')
    os.kill(bed.server.daemon.pid, signal.SIGSTOP)
    try:
        bed.start_applet()
        bed.wait_for_audio(state='waiting')
        check_start_without_answer()
    finally:
        os.kill(bed.server.daemon.pid, signal.SIGCONT)


@test
def nor_does_one_that_stops_answering():
    """It was asked to load the module when it stood still"""
    bed = BED[0]
    succeed('audio', 'off')
    bed.wait_for_audio(state='off')
    os.kill(bed.server.daemon.pid, signal.SIGSTOP)
    try:
        bed.write_settings('[settings]\n')
        bed.wait_for_audio(state='waiting')
        check_start_without_answer()
    finally:
        os.kill(bed.server.daemon.pid, signal.SIGCONT)


@test
def asked_for_the_module_it_is_refused():
    """Where the setting leaves no choice: said what is wrong and what to do"""
    bed = BED[0]
    succeed('audio', 'off')
    os.kill(bed.server.daemon.pid, signal.SIGSTOP)
    try:
        bed.write_settings("[settings]\naudio-mode='module'\n")
        bed.wait_for_audio(state='waiting')
        result = bed.handover('start', 'win10')
        equal(result.code, 1, repr(result))
        assert 'does not answer' in result.err and "'bridge'" in result.err, result
        equal(bed.libvirt.state('win10'), 'shut off')
    finally:
        os.kill(bed.server.daemon.pid, signal.SIGCONT)
    bed.write_settings('[settings]\n')
    bed.wait_for_audio(state='on', mode='module')


# Restarts of the sound server in one run of the applet.
RESTARTS = 50 if os.environ.get('HANDOVER_TESTS_LONG') else 8


def weigh(pid):
    """(descriptors, threads, private memory in KiB) of a process."""
    with open(f'/proc/{pid}/smaps_rollup') as stream:
        memory = sum(int(line.split()[1]) for line in stream if line.startswith('Private_Dirty:'))
    return len(os.listdir(f'/proc/{pid}/fd')), len(os.listdir(f'/proc/{pid}/task')), memory


@test
def many_restarts():
    """The server restarts again and again: one module each time, and nothing grows"""
    bed = BED[0]
    weights = []
    for number in range(RESTARTS):
        (bed.server.stop if number % 2 else bed.server.kill)()
        bed.wait_for_audio(state='waiting')
        bed.server.start()
        bed.wait_for_audio(state='on')
        equal(len(bed.our_modules()), 1, f'modules after restart {number}')
        weights.append(weigh(bed.applet.pid))
    settled = weights[2]
    # A pool's thread, and a connection of whoever asked last, go a moment later.
    loop.until(lambda: all(now <= then for now, then in zip(weigh(bed.applet.pid)[:2], settled)),
               lambda: f'descriptors and threads as before: {settled}, {weigh(bed.applet.pid)}',
               look_again=0.5)
    figure('applet after 3 restarts of the server, and after all: descriptors, threads, KiB',
           f'{settled}, {weigh(bed.applet.pid)} after {RESTARTS}')
    assert beds.is_sanitized() or weights[-1][2] <= settled[2] * 1.05, weights


@test
def what_is_not_ours_is_left_alone():
    """At the socket's path: a file, a link, another user's socket; around it: another's folder"""
    bed = BED[0]
    folder = os.path.dirname(bed.audio_socket)
    succeed('audio', 'off')
    precious = bed.folder('precious') + '/file'
    with open(precious, 'w') as stream:
        stream.write('precious')

    def refused(part):
        result = bed.handover('audio', 'on')
        equal(result.code, 1, repr(result))
        assert part in result.err, result
        equal(bed.our_modules(), [])
        audio = bed.audio()
        equal(audio['state'], 'error', audio)
        assert part in audio['problem'], audio
        result = bed.handover('start', 'win10')
        equal(result.code, 1, repr(result))
        assert part in result.err, result
        succeed('audio', 'off')

    with open(bed.audio_socket, 'w') as stream:
        stream.write('mine')
    refused('not a socket of yours')
    with open(bed.audio_socket) as stream:
        equal(stream.read(), 'mine')
    os.unlink(bed.audio_socket)

    os.symlink(precious, bed.audio_socket)
    refused('not a socket of yours')
    with open(precious) as stream:
        equal(stream.read(), 'precious')
    equal(os.readlink(bed.audio_socket), precious)
    os.unlink(bed.audio_socket)

    bed.butler.run('sh', '-c', f'echo other >{bed.audio_socket}')
    refused('not a socket of yours')
    equal(bed.butler.run('cat', bed.audio_socket).out, 'other\n')
    bed.butler.run('rm', bed.audio_socket)

    os.rename(folder, folder + '.away')
    bed.butler.run('mkdir', folder)
    refused('not a folder of yours')
    bed.butler.run('rmdir', folder)
    os.symlink(folder + '.away', folder)
    refused('not a folder of yours')
    os.unlink(folder)
    os.rename(folder + '.away', folder)

    bed.butler.run('chmod', '-t', os.path.dirname(folder))
    refused('not safe')
    bed.butler.run('chmod', '+t', os.path.dirname(folder))

    # A socket that nobody listens on any more is replaced.
    import socket
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(bed.audio_socket)
    stale.close()
    succeed('audio', 'on')
    equal(len(bed.our_modules()), 1)


@test
def another_program_on_the_socket():
    """Somebody of ours listens there who is no bridge: said so, and not replaced"""
    bed = BED[0]
    succeed('audio', 'off')
    import socket
    other = socket.socket(socket.AF_UNIX)
    other.bind(bed.audio_socket)
    other.listen()
    result = bed.handover('audio', 'on')
    equal(result.code, 1, repr(result))
    assert f'process {os.getpid()}' in result.err, result
    assert sound.listens(bed.audio_socket)
    other.close()
    os.unlink(bed.audio_socket)
    succeed('audio', 'on')


@test
def an_unknown_qemu_user_is_told():
    """A wrong setting opens nothing to anybody"""
    bed = BED[0]
    succeed('audio', 'off')
    bed.write_settings("[settings]\nqemu-user='no-such-user'\naudio-mode='module'\n")
    audio = bed.wait_for_audio(state='error')
    assert 'no-such-user' in audio['problem'], audio
    equal(bed.our_modules(), [])
    bed.write_settings(f"[settings]\nqemu-user='{sound.QEMU_USER}'\n")
    audio = bed.wait_for_audio(state='on')
    assert 'qemu-user' in audio['qemu-user-found'], audio


beds.main(BED, set_up=set_up)
