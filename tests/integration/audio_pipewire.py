#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound of a guest on a desktop with PipeWire: the bridge."""

import os
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
    libvirt.add_guest('win10', guestimage.tone(bed.folder('tone')), audio=bed.audio_socket)
    bed.server = sound.PipeWire(bed).start()
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
    equal((audio['server'], audio['mode'], audio['state']), ('pipewire', 'bridge', 'off'), audio)
    assert not os.path.exists(bed.audio_socket)


@test
def it_is_heard_through_the_bridge():
    """The applet has the bridge there before the guest starts"""
    bed = BED[0]
    bed.start_applet()
    audio = bed.wait_for_audio(state='on', mode='bridge')
    assert 'nothing else' in audio['reason'], audio
    assert sound.listens(bed.audio_socket)
    succeed('start', 'win10')
    frequency = sound.wait_for_tone(bed, 1000)
    figure('tone heard through the bridge, Hz', f'{frequency:.2f}')


@test
def the_bridge_outlives_the_applet():
    """It plays on without an applet, and the next one adopts it"""
    bed = BED[0]
    before = sound.listener(bed.audio_socket)
    bed.applet.kill()
    sound.wait_for_tone(bed, 1000)
    bed.start_applet()
    bed.wait_for_audio(state='on', mode='bridge')
    equal(sound.listener(bed.audio_socket), before)


@test
def an_intruder_stays_outside():
    """nobody gets nothing; QEMU may play and nothing else"""
    bed = BED[0]
    server = f'unix:{bed.audio_socket}'
    for words in (['info'], ['list', 'sink-inputs'], ['load-module', 'module-null-sink'], ['exit']):
        result = bed.pactl(*words, server=server, user='nobody')
        assert result.code != 0, result
    result = bed.butler.run('timeout', '5', 'parec', '-s', server, '-d', 'null0.monitor', '--raw',
                            user='nobody')
    equal(result.out, '', 'what an intruder recorded')
    before = bed.modules()
    for words in (['list', 'modules'], ['load-module', 'module-null-sink'], ['exit'],
                  ['set-sink-mute', 'null0', '1']):
        result = bed.pactl(*words, server=server, user=sound.QEMU_USER)
        assert result.code != 0, result
    result = bed.butler.run('timeout', '5', 'parec', '-s', server, '-d', 'null0.monitor', '--raw',
                            user=sound.QEMU_USER)
    equal(result.out, '', 'what QEMU recorded')
    for path in (bed.server.socket, f'{bed.env["XDG_RUNTIME_DIR"]}/pipewire-0'):
        result = bed.pactl('info', server=f'unix:{path}', user=sound.QEMU_USER)
        assert result.code != 0, result
    equal(bed.modules(), before)
    sound.wait_for_tone(bed, 1000)


@test
def a_restarted_server_is_hidden_from_the_guest():
    """Killed and started under a playing guest: the tone is back, nobody is told of a silent guest"""
    bed = BED[0]
    mark = len(bed.notifications.all)
    bed.server.kill()
    audio = bed.wait_for_audio(state='on', mode='bridge')
    bed.server.start()
    sound.wait_for_tone(bed, 1000)
    audio = bed.audio()
    equal([guest['silenced'] for guest in audio['guests']], [False], audio)
    equal([note for note in bed.notifications.all[mark:] if 'silent' in note.text], [])
    succeed('stop', 'win10', '--force')


@test
def a_dead_bridge_is_replaced():
    """Killed while no guest plays: there is another at once"""
    bed = BED[0]
    before = sound.listener(bed.audio_socket)
    os.kill(before, 9)
    loop.until(lambda: sound.listener(bed.audio_socket) not in (None, before), 'another bridge',
               look_again=0.2)
    bed.wait_for_audio(state='on', mode='bridge')


@test
def the_microphone_is_opened_by_setting():
    """The bridge starts again with what the settings say, and nobody plays meanwhile"""
    bed = BED[0]
    before = sound.listener(bed.audio_socket)
    bed.write_settings('[settings]\naudio-microphone=true\n')
    loop.until(lambda: sound.listener(bed.audio_socket) not in (None, before), 'another bridge',
               look_again=0.2)
    audio = bed.wait_for_audio(state='on', mode='bridge')
    with open(f'/proc/{sound.listener(bed.audio_socket)}/cmdline') as stream:
        assert '--microphone' in stream.read().split('\0')
    assert 'record' in audio['reason'], audio
    bed.write_settings('[settings]\n')


@test
def module_mode_is_refused_by_pipewire():
    """Asked for by setting: said what is wrong, and what to set"""
    bed = BED[0]
    bed.write_settings("[settings]\naudio-mode='module'\n")
    audio = bed.wait_for_audio(state='error')
    assert "'bridge'" in audio['problem'], audio
    bed.notifications.wait_for('PipeWire cannot open a socket')
    bed.write_settings('[settings]\n')
    bed.wait_for_audio(state='on', mode='bridge')


@test
def it_starts_before_the_sound_server():
    """With no sound server at all the guest starts, and is heard when one comes"""
    bed = BED[0]
    bed.applet.stop()
    succeed('audio', 'off')
    assert not os.path.exists(bed.audio_socket)
    bed.server.stop()
    bed.write_settings('[settings]\n')
    succeed('start', 'win10')
    bed.server.start()
    sound.wait_for_tone(bed, 1000)
    succeed('stop', 'win10', '--force')


beds.main(BED, set_up=set_up)
