#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`handover setup`: what it adds to real guests, what it asks, and how it goes back."""

import glob
import os
import stat
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
from gi.repository import Gio, GLib  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
PORT = 'org.handover.return.0'


def set_up():
    bed = beds.Bed(display=False)
    BED.append(bed)
    beds.with_qemu(bed).add_guest('win10')


def description(guest='win10'):
    return BED[0].libvirt.virsh('dumpxml', '--inactive', '--security-info', guest)


def tree(guest='win10'):
    return ElementTree.fromstring(description(guest))


def backups(guest='win10'):
    uuid = BED[0].libvirt.virsh('domuuid', guest)
    return sorted(glob.glob(f'{BED[0].env["XDG_DATA_HOME"]}/handover/backup/{uuid}/*'))


class Terminal:
    """The command with a terminal to ask on."""

    def __init__(self, *words):
        bed = BED[0]
        self.master, slave = os.openpty()
        launcher = Gio.SubprocessLauncher.new(Gio.SubprocessFlags.STDOUT_PIPE)
        launcher.set_environ([f'{key}={value}' for key, value in bed.env.items()])
        launcher.take_stdin_fd(os.dup(slave))
        launcher.take_stderr_fd(slave)
        self.text = ''
        self.child = launcher.spawnv([beds.program('handover'), *words])
        GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, self.master,
                              GLib.IOCondition.IN | GLib.IOCondition.HUP, self._readable)

    def _readable(self, *_args):
        try:
            data = os.read(self.master, 4096)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode()
        return bool(data)

    def wait_for(self, text):
        loop.until(lambda: text in self.text, lambda: f'{text!r} in {self.text!r}')

    def answer(self, text):
        """Type a line; returns the exit status and what was printed."""
        os.write(self.master, f'{text}\n'.encode())
        done = []
        self.child.communicate_utf8_async(None, None, lambda c, r: done.append(r))
        loop.until(lambda: done, 'the command to end')
        return self.child.get_exit_status(), self.child.communicate_utf8_finish(done[0])[1]


@test
def without_a_terminal_nothing_is_changed():
    before = description()
    result = BED[0].handover('setup', 'win10', 'return-channel')
    equal(result.code, 2, repr(result))
    assert f'+      <target type="virtio" name="{PORT}"/>' in result.out, result.out
    assert '--yes' in result.err and len(result.err.strip().split('\n')) == 1, result.err
    equal(description(), before)
    equal(backups(), [])


@test
def a_no_changes_nothing():
    before = description()
    for answer in ('n', '', 'maybe'):
        terminal = Terminal('setup', 'win10', 'return-channel')
        terminal.wait_for('[y/N]')
        code, out = terminal.answer(answer)
        equal(code, 1, terminal.text)
        assert PORT in out, out
        assert 'win10 was not changed' in terminal.text, terminal.text
    equal(description(), before)
    equal(backups(), [])


@test
def a_yes_changes_it_and_the_guest_starts():
    bed = BED[0]
    before = description()
    terminal = Terminal('setup', 'win10', 'return-channel')
    terminal.wait_for('[y/N]')
    code, out = terminal.answer('y')
    equal(code, 0, terminal.text)
    equal(len(backups()), 1)
    assert backups()[0] in out and 'setup win10 --undo' in out, out
    assert 'is running' not in out, out
    equal(open(backups()[0]).read().strip(), before)
    equal(stat.S_IMODE(os.stat(backups()[0]).st_mode), 0o600)
    equal(stat.S_IMODE(os.stat(os.path.dirname(backups()[0])).st_mode), 0o700)
    assert tree().find(f".//channel[@type='unix']/target[@name='{PORT}']") is not None
    equal(bed.handover('start', 'win10').code, 0)
    equal(bed.libvirt.state('win10'), 'running')
    result = bed.handover('setup', 'win10', 'return-channel')
    equal(result.code, 0, repr(result))
    assert 'nothing to change' in result.out, result.out


@test
def a_running_guest_is_told_of():
    result = BED[0].handover('setup', 'win10', '--undo', '--yes')
    equal(result.code, 0, repr(result))
    assert 'next start' in result.out, result.out
    equal(len(backups()), 2)
    assert PORT not in description()
    assert PORT in BED[0].libvirt.virsh('dumpxml', 'win10')
    equal(BED[0].handover('stop', 'win10', '--force').code, 0)


@test
def undo_gives_back_the_very_same():
    bed = BED[0]
    before = description()
    equal(bed.handover('setup', 'win10', 'return-channel', '--yes').code, 0)
    between = description()
    assert between != before
    equal(bed.handover('setup', 'win10', 'audio', '-y').code, 0)
    assert description() != between
    equal(bed.handover('setup', 'win10', '--undo', '--yes').code, 0)
    equal(description(), between)
    equal(bed.handover('setup', 'win10', '--undo', '--yes').code, 0)
    equal(description(), before)
    result = bed.handover('setup', 'win10', '--undo', '--yes')
    equal(result.code, 1, repr(result))
    assert 'nothing to undo' in result.err, result.err


@test
def audio_replaces_the_variables():
    bed = BED[0]
    xml = description()
    env = ''.join(f"<qemu:env name='{name}' value='{value}'/>" for name, value in (
        ('QEMU_AUDIO_DRV', 'pa'), ('QEMU_PA_SERVER', '/run/user/1000/pulse/native'), ('X', 'y')))
    xml = xml.replace("<domain type='qemu'>",
                      "<domain type='qemu' "
                      "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>")
    bed.libvirt.define(xml.replace(
        '</domain>', f'<qemu:commandline>{env}</qemu:commandline></domain>'))
    before = description()
    assert 'QEMU_AUDIO_DRV' in before
    equal(bed.handover('setup', 'win10', 'audio', '--yes', env={'HANDOVER_RUN_DIR': '/run/h'}).code,
          0)
    after = tree()
    assert 'QEMU_AUDIO' not in description() and "name='X'" in description(), description()
    audio = after.find('.//audio[@type]')
    equal(dict(audio.attrib), {'id': '1', 'type': 'pulseaudio', 'timerPeriod': '2000',
                               'serverName': f'unix:/run/h/{os.getuid()}/pulse.sock'})
    equal(dict(audio.find('output').attrib),
          {'mixingEngine': 'no', 'streamName': 'win10 sound', 'latency': '20000',
           'bufferLength': '10000'})
    equal(after.find('.//sound/codec').get('type'), 'output')
    equal(after.find('.//sound/audio').get('id'), '1')
    equal(bed.handover('setup', 'win10', 'audio', env={'HANDOVER_RUN_DIR': '/run/h'}).code, 0)
    equal(bed.handover('setup', 'win10', '--undo', '--yes').code, 0)
    equal(description(), before)


@test
def another_way_of_sound_is_left_alone():
    bed = BED[0]
    bed.libvirt.add_guest('jack', devices="<sound model='ich9'/><audio id='1' type='jack'/>")
    before = description('jack')
    result = bed.handover('setup', 'jack', 'audio', '--yes')
    equal(result.code, 1, repr(result))
    assert 'JACK' in result.err, result.err
    equal(description('jack'), before)
    # Asked for everything, it does the rest and says what it left out.
    result = bed.handover('setup', 'jack', '--yes')
    equal(result.code, 0, repr(result))
    assert 'JACK' in result.err and PORT in description('jack'), result
    equal(tree('jack').find('.//audio').get('type'), 'jack')


@test
def who_was_faster_wins():
    bed = BED[0]
    terminal = Terminal('setup', 'win10', 'return-channel')
    terminal.wait_for('[y/N]')
    bed.libvirt.virsh('desc', 'win10', '--config', '--title', 'Mine')
    count = len(backups())
    code, _out = terminal.answer('y')
    equal(code, 4, terminal.text)
    assert 'Another program' in terminal.text, terminal.text
    assert PORT not in description() and '<title>Mine</title>' in description()
    equal(len(backups()), count)


@test
def bad_words():
    bed, before = BED[0], description()
    for words, code in ((('setup',), 2), (('setup', '--undo'), 2), (('setup', 'nobody'), 3),
                        (('setup', 'win10', 'wings'), 2), (('setup', 'win10', 'audio', 'wings'), 2),
                        (('setup', 'win10', 'audio', '--undo'), 2),
                        (('setup', 'win10', '--json'), 2), (('status', '--yes'), 2),
                        (('start', 'win10', '--undo'), 2)):
        result = bed.handover(*words)
        equal(result.code, code, repr(result))
        equal(len(result.err.strip().split('\n')), 1, repr(result))
        equal(result.out, '', repr(result))
    equal(bed.handover('setup', 'win10', '--connect', 'nonsense:///').code, 5)
    equal(description(), before)


@test
def a_backup_that_cannot_be_kept_stops_it():
    bed = BED[0]
    before = description()
    result = bed.handover('setup', 'win10', 'return-channel', '--yes',
                          env={'XDG_DATA_HOME': '/proc/nowhere'})
    equal(result.code, 1, repr(result))
    assert 'backup' in result.err, result.err
    equal(description(), before)


@test
def a_guest_that_is_not_kept_is_not_changed():
    bed = BED[0]
    path = f'{bed.root}/passing.xml'
    with open(path, 'w') as stream:
        stream.write(description('jack').replace('>jack<', '>passing<').replace(
            bed.libvirt.virsh('domuuid', 'jack'), '11111111-2222-4333-8444-555555555555').replace(
                "type='jack'", "type='none'"))
    bed.libvirt.virsh('create', path)
    result = bed.handover('setup', 'passing', '--yes')
    equal(result.code, 1, repr(result))
    assert 'gone as soon as it stops' in result.err, result.err
    bed.libvirt.virsh('destroy', 'passing')
    assert 'passing' not in bed.libvirt.virsh('list', '--all', '--name')


beds.main(BED, set_up=set_up)
