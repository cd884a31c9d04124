# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop with a sound server and a running audio bridge, and guests that play through it."""

import os
import pwd

import bed as beds
import guestimage
import loop
import native
import sound

BED = []
QEMU = sound.QEMU_USER


class Bridge:
    """A running handover-audio-bridge."""

    def __init__(self, bed, *options, name='bridge', path=None, limit=None, qemu=True):
        self.bed = bed
        self.path = path or bed.audio_socket
        argv = [beds.program('handover-audio-bridge'), '--socket', self.path, *options]
        if qemu:
            argv += ['--allow-uid', str(pwd.getpwnam(QEMU).pw_uid)]
        if limit:
            argv = ['sh', '-c', f'ulimit -n {limit}; exec "$@"', 'sh', *argv]
        self.process = bed.start(name, argv)
        loop.until(lambda: sound.listens(self.path) or not self.process.alive(), 'the bridge',
                   look_again=0.05)
        assert self.process.alive(), self.process.text()
        self.pid = self.process.pid

    def client(self, **options):
        client = native.Client(self.path)
        client.greet(**options)
        return client

    def stop(self):
        return self.process.stop()


class Guest:
    """A real QEMU as the user that libvirt gives it, playing 1000 Hz through ich9."""

    def __init__(self, bed, name='win10', hertz=1000, path=None, user=None):
        self.bed = bed
        image = guestimage.write(f'{bed.open_folder}/{name}.img',
                                 guestimage.tone(bed.folder('tone'), hertz))
        os.chmod(image, 0o644)
        self.log = f'qemu-{name}'
        self.pid = bed.butler.start(
            self.log, 'qemu-system-x86_64', '-name', name, '-M', 'pc', '-m', '32', '-nodefaults',
            '-display', 'none', '-drive', f'if=floppy,format=raw,file={image},readonly=on',
            '-audiodev', f'pa,id=a,server=unix:{path or bed.audio_socket},'
            f'out.stream-name={name} sound,out.latency=20000,out.buffer-length=10000,'
            'timer-period=2000,in.mixing-engine=off,out.mixing-engine=off',
            '-device', 'ich9-intel-hda', '-device', 'hda-output,audiodev=a', user=user or QEMU)

    def stop(self):
        return self.bed.butler.stop(self.pid)


def set_up(server):
    bed = sound.SoundBed(display=False)
    BED.append(bed)
    bed.server = server(bed).start()
    bed.bridge = Bridge(bed)
    bed.guest = None
