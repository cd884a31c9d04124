# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop with a real sound server, and a real libvirt that runs QEMU as another user.

`SoundBed` is made by root and goes on as the tests' ordinary user: the desktop's. QEMU runs as
`libvirt-qemu` below a libvirtd that has private folders in the place of the system's (a mount
namespace), so nothing of the machine's own libvirt is touched."""

import grp
import os
import pwd
import socket
import subprocess
import sys

import bed as beds
import butler as butlers
import guestimage
import libvirtd
import loop
import session
import tap

QEMU_USER = 'libvirt-qemu'

# What libvirt and QEMU write to; each is empty and of this test alone.
_PRIVATE = '/etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /run/libvirt'
_IN_NAMESPACE = '''set -e
for folder in {private}; do
  mkdir -p $folder
  mount -t tmpfs -o mode=755 none $folder
done
cat >/etc/libvirt/qemu.conf <<END
user = "{user}"
group = "{user}"
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
dynamic_ownership = 0
END
exec libvirtd -f {folder}/libvirtd.conf -p {folder}/libvirtd.pid
'''


def make_qemu_user():
    """The account as Debian's libvirt makes it: its first group is kvm, and it is in its own."""
    for name in ('kvm', QEMU_USER):
        try:
            grp.getgrnam(name)
        except KeyError:
            subprocess.run(['groupadd', '--system', name], check=True)
    try:
        pwd.getpwnam(QEMU_USER)
    except KeyError:
        subprocess.run(['useradd', '--system', '--no-create-home', '--home-dir', '/var/lib/libvirt',
                        '--shell', '/usr/sbin/nologin', '-g', 'kvm', '-G', QEMU_USER, QEMU_USER],
                       check=True)


class SystemLibvirt(libvirtd.Libvirtd):
    """libvirtd as root with QEMU as libvirt-qemu, behind a socket that the desktop's user has."""

    def __init__(self, bed):
        super().__init__(bed, 'libvirtd-system', 'qemu+unix', 'system')
        self.butler = bed.butler
        self.folder = f'{self.butler.folder}/libvirt'
        self.socket = f'{self.folder}/libvirt-sock'
        self.uri = f'qemu+unix:///system?socket={self.socket}'
        self.pid = None

    def start(self):
        script = _IN_NAMESPACE.format(private=_PRIVATE, user=QEMU_USER, folder=self.folder)
        conf = (f'unix_sock_dir = "{self.folder}"\nunix_sock_rw_perms = "0777"\n'
                'auth_unix_rw = "none"\nauth_unix_ro = "none"\nlog_outputs = "2:stderr"\n'
                'log_filters = "4:util"\n')
        made = self.butler.run('sh', '-c', 'mkdir -p "$1" && printf %s "$2" >"$1/libvirtd.conf"',
                               'sh', self.folder, conf)
        tap.equal(made.code, 0, repr(made))
        self.pid = self.butler.start('libvirtd', 'unshare', '--mount', 'sh', '-c', script, env={
            'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={self.folder}/no-system-bus'})
        loop.until(lambda: libvirtd._answers(self.socket), lambda: 'libvirtd: '
                   + self.butler.log('libvirtd')[-2000:], look_again=0.2)
        return self

    def add_guest(self, name, code=None, audio=None, devices='', **options):
        """Define a guest; with audio, the path of the socket it plays to."""
        folder = self.bed.open_folder
        image = guestimage.write(f'{folder}/{name}.img', code or guestimage.OBEDIENT)
        os.chmod(image, 0o644)
        with open(f'{image}.serial', 'w'):
            os.chmod(f'{image}.serial', 0o666)
        if audio:
            devices += sound_xml(audio, name)
        self.define(guestimage.domain_xml(name, image, devices=devices, **options), name)

    def wait_until_ready(self, guest):
        path = f'{self.bed.open_folder}/{guest}.img.serial'
        loop.wait_for_path(path, lambda p: os.path.exists(p) and os.path.getsize(p) > 0)


def sound_xml(path, name):
    """What `handover setup` writes, see facts about latency in the user's manual."""
    return f'''<sound model='ich9'><codec type='output'/><audio id='1'/></sound>
    <audio id='1' type='pulseaudio' serverName='unix:{path}' timerPeriod='2000'>
      <input mixingEngine='no'/>
      <output mixingEngine='no' streamName='{name} sound' latency='20000' bufferLength='10000'/>
    </audio>'''


class SoundBed(beds.Bed):
    """A Bed made while root: `butler`, `libvirt`, `audio_socket`; no sound server yet."""

    def __init__(self, **options):
        self.butler = butlers.Butler()
        session.need('libvirtd', 'unshare', 'qemu-system-x86_64', 'parec', 'pactl', 'cc', 'ld')
        make_qemu_user()
        run_dir = f'{self.butler.folder}/run'
        os.mkdir(run_dir)
        os.chmod(run_dir, 0o1777)
        open_folder = f'{self.butler.folder}/open'
        os.mkdir(open_folder)
        os.chmod(open_folder, 0o1777)
        super().__init__(**options)
        self.env['HANDOVER_RUN_DIR'] = run_dir
        self.open_folder = open_folder
        self.audio_socket = f'{run_dir}/{os.getuid()}/pulse.sock'
        self.server = None

    def use_system_libvirt(self):
        return self.use(SystemLibvirt(self))

    def pactl(self, *args, server=None, check=True, user=None, **options):
        """Run pactl, on the desktop's own server or another; as the desktop's user or another."""
        argv = ['pactl', *(['-s', server] if server else []), *args]
        if user:
            return self.butler.run(*argv, user=user, seconds=60)
        return self.run(*argv, check=check, **options)

    def modules(self):
        """(index, name, argument) of every loaded module."""
        rows = [line.split('\t') for line in self.pactl('list', 'short', 'modules').out.split('\n')]
        return [(int(row[0]), row[1], row[2] if len(row) > 2 else '') for row in rows
                if len(row) > 1 and row[0].isdigit()]

    def our_modules(self):
        return [module for module in self.modules() if self.audio_socket in module[2]]

    def audio(self):
        """The facts of sound."""
        return self.status()['audio']

    def wait_for_audio(self, **wanted):
        """Wait until the facts of sound have these values; told by `handover monitor`."""
        lines = self.lines('monitor', [beds.program('handover'), 'monitor'])
        try:
            def there():
                import json
                for line in reversed(lines.lines):
                    event = json.loads(line)
                    facts = event.get('audio') if event['event'] == 'status' else \
                        event if event['event'] == 'audio-changed' else None
                    if facts is not None:
                        return facts if all(facts.get(key) == value
                                            for key, value in wanted.items()) else None
                return None
            return loop.until(there, lambda: f'sound to be {wanted}: {lines.lines[-3:]}')
        finally:
            lines.stop()


def listens(path):
    """Whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
            return True
        except OSError:
            return False


class PulseAudio:
    """PulseAudio itself, with one silent output device, null0."""

    kind = 'pulseaudio'

    def __init__(self, bed):
        session.need('pulseaudio')
        self.bed = bed
        self.socket = f'{bed.env["XDG_RUNTIME_DIR"]}/pulse/native'
        self.daemon = None

    def start(self):
        mark = len(self.daemon.text()) if self.daemon else 0
        self.daemon = self.bed.start('pulseaudio', [
            'pulseaudio', '-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no',
            '--disallow-exit=no', '--log-level=info',
            '-L', 'module-null-sink sink_name=null0 rate=48000',
            '-L', 'module-null-sink sink_name=null1 rate=48000 '
                  'sink_properties=device.description=Headset',
            '-L', 'module-native-protocol-unix'])
        loop.until(lambda: listens(self.socket) or not self.daemon.alive(), 'PulseAudio',
                   look_again=0.1)
        if not self.daemon.alive():
            raise AssertionError(self.daemon.text()[mark:][-2000:])
        return self

    def stop(self):
        self.daemon.stop()

    def kill(self):
        self.daemon.kill()


# PipeWire's output devices are there when it is, like a sound card, and the session manager's choice
# needs no help: asked by a client for one before it is ready itself, it would refuse.
_PIPEWIRE_SINKS = '''context.objects = [
    { factory = adapter args = {
        factory.name = support.null-audio-sink node.name = null0 node.description = "Null Output"
        media.class = Audio/Sink audio.position = [ FL FR ] priority.session = 2000
        priority.driver = 2000 } }
    { factory = adapter args = {
        factory.name = support.null-audio-sink node.name = null1 node.description = "Headset"
        media.class = Audio/Sink audio.position = [ FL FR ] priority.session = 1000
        priority.driver = 1000 } }
]
'''

# A new stream would have the volume that an earlier test gave to another of the same program.
_WIREPLUMBER_FORGETS = '''stream_defaults.properties["restore-props"] = false
stream_defaults.properties["restore-target"] = false
'''


class PipeWire:
    """PipeWire with WirePlumber and its PulseAudio protocol, and silent output devices."""

    kind = 'pipewire'

    def __init__(self, bed):
        session.need('pipewire', 'pipewire-pulse', 'wireplumber')
        self.bed = bed
        self.socket = f'{bed.env["XDG_RUNTIME_DIR"]}/pulse/native'
        self.parts = []
        folder = f'{bed.env["XDG_CONFIG_HOME"]}/pipewire/pipewire.conf.d'
        os.makedirs(folder)
        with open(f'{folder}/sinks.conf', 'w') as stream:
            stream.write(_PIPEWIRE_SINKS)
        folder = f'{bed.env["XDG_CONFIG_HOME"]}/wireplumber/main.lua.d'
        os.makedirs(folder)
        with open(f'{folder}/50-forget.lua', 'w') as stream:
            stream.write(_WIREPLUMBER_FORGETS)

    def start(self):
        for attempt in range(3):
            self._start_parts()
            try:
                # The session manager has looked at the devices when it has chosen one.
                loop.until(self._has_default, 'the default output device', 30, look_again=0.1)
                return self
            except loop.Timeout:
                # WirePlumber 0.4.13 on a busy machine: "2 pending linkable(s) not activated in
                # 20sec. This should never happen." It never gets better then.
                tap.diag(f'PipeWire got stuck when it started, attempt {attempt + 1}')
                self.kill()
        raise AssertionError('PipeWire got stuck each time it was started')

    def _start_parts(self):
        self.parts = [self.bed.start('pipewire', ['pipewire'])]
        loop.until(lambda: listens(f'{self.bed.env["XDG_RUNTIME_DIR"]}/pipewire-0'), 'PipeWire',
                   look_again=0.1)
        self.parts += [self.bed.start('wireplumber', ['wireplumber']),
                       self.bed.start('pipewire-pulse', ['pipewire-pulse'])]
        loop.until(lambda: listens(self.socket), 'pipewire-pulse', look_again=0.1)

    def _has_default(self):
        return 'Default Sink: null0' in self.bed.pactl('info', check=False, seconds=40).out

    def stop(self):
        for part in reversed(self.parts):
            part.stop()

    def kill(self):
        for part in reversed(self.parts):
            part.kill()


def record(bed, seconds=2, sink='null0', rate=48000):
    """What an output device plays, as one channel of samples."""
    import numpy
    path = os.path.join(bed.folder('recordings'), 'now.raw')
    with open(path, 'wb') as stream:
        child = subprocess.Popen(
            ['parec', '--latency-msec=20', '-d', f'{sink}.monitor', '--raw', f'--rate={rate}',
             '--channels=2', '--format=s16le'], env=bed.env, stdout=stream)
    wanted = int(seconds * rate * 4)
    try:
        loop.until(lambda: os.path.getsize(path) >= wanted or child.poll() is not None,
                   'the recording', look_again=0.1)
    finally:
        child.terminate()
        child.wait()
    data = numpy.fromfile(path, dtype='<i2')
    return data[:len(data) // 2 * 2].reshape(-1, 2)[:, 0].astype(float)


def peak(samples, rate=48000):
    """(frequency, loudness) of what is loudest in it: hertz, and 0 to 32768."""
    import numpy
    if len(samples) == 0 or not samples.any():
        return 0.0, 0.0
    # Padded, so that the grid is finer than a hertz.
    size = 1 << 20
    spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples)), size))
    return float(spectrum.argmax() * rate / size), float(numpy.abs(samples).max())


def wait_for_tone(bed, hertz, sink='null0', seconds=loop.DEADLINE):
    """Record until the loudest is this tone, ±1 Hz; returns the frequency found."""
    heard = []

    def there():
        frequency, loudness = peak(record(bed, 1.5, sink))
        heard.append((round(frequency, 2), loudness))
        return frequency if loudness > 50 and abs(frequency - hertz) <= 1 else None
    return loop.until(there, lambda: f'{hertz} Hz; heard {heard[-3:]}', seconds, look_again=0.1)


def is_silent(bed, sink='null0'):
    """Whether nothing is to be heard."""
    return peak(record(bed, 1, sink))[1] < 20


def listener(path):
    """The process that listens on a socket, or None."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return None
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[:4], sys.byteorder)
