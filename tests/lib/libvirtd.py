# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt daemons of one's own: QEMU as an ordinary user, and the shared test driver."""

import os
import socket

import guestimage
import loop
import process
import session


def _answers(path):
    """Whether something listens on a unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
            return True
        except OSError:
            return False


class Libvirtd:
    """A libvirtd in the foreground with its socket in the session's runtime folder."""

    # What the daemon writes on stderr, in libvirt's own terms.
    log_filters = '4:util'
    log_level = 2

    def __init__(self, bed, name, uri_scheme, uri_path):
        """bed: the Session it belongs to. The daemon is not started yet."""
        session.need('libvirtd', 'virsh')
        self.bed = bed
        self.name = name
        # Each daemon has XDG folders of its own, for these are what it derives its paths from.
        self.root = bed.folder(name)
        self.socket = f'{self.root}/s/libvirt-sock'
        self.uri = f'{uri_scheme}:///{uri_path}?socket={self.socket}'
        self.env = {f'XDG_{what}': bed.folder(f'{name}/{folder}') for what, folder in
                    (('RUNTIME_DIR', 'run'), ('CONFIG_HOME', 'config'), ('CACHE_HOME', 'cache'),
                     ('DATA_HOME', 'data'), ('STATE_HOME', 'state'))}
        # libvirtd takes a logind inhibitor itself; it shall not answer for Handover's.
        self.env['DBUS_SYSTEM_BUS_ADDRESS'] = f'unix:path={self.root}/no-system-bus'
        os.makedirs(f'{self.root}/s', mode=0o700, exist_ok=True)
        self.config = f'{self.root}/libvirtd.conf'
        with open(self.config, 'w') as stream:
            stream.write(f'unix_sock_dir = "{self.root}/s"\nlog_outputs = "{self.log_level}:stderr"\n'
                         f'log_filters = "{self.log_filters}"\n')
            if os.path.exists('/etc/machine-id'):
                stream.write('host_uuid_source = "machine-id"\n')
        self.daemon = None
        self._events = None

    def start(self):
        """Start it and wait until its socket answers, which the socket's folder tells."""
        self.daemon = self.bed.start(self.name, [
            'libvirtd', '-f', self.config, '-p', f'{self.root}/libvirtd.pid'], env=self.env)
        loop.wait_for_path(self.socket,
                           lambda path: _answers(path) or not self.daemon.alive())
        if not self.daemon.alive():
            raise AssertionError(f'{self.name} did not start:\n{self.daemon.text()[-2000:]}')
        return self

    def kill(self):
        """SIGKILL: guests go on, the socket file stays behind."""
        self.daemon.kill()

    def stop(self):
        """SIGTERM, as a service manager does it."""
        self.daemon.stop()

    def virsh(self, *args, check=True, **options):
        """Run virsh on this daemon; returns its output without the trailing empty line."""
        result = self.bed.run('virsh', '-q', '-c', self.uri, *args, check=check, **options)
        return result.out.strip() if check else result

    def virsh_script(self, commands):
        """Run many virsh commands in one process."""
        return self.bed.run('virsh', '-q', '-c', self.uri, stdin='\n'.join(commands) + '\nquit\n',
                            seconds=600)

    def define(self, xml, name='guest'):
        """Define a guest from XML."""
        path = f'{self.root}/{name}.xml'
        with open(path, 'w') as stream:
            stream.write(xml)
        self.virsh('define', path)

    def state(self, guest):
        """The state as virsh tells it: 'shut off', 'running', 'paused', …"""
        return self.virsh('domstate', guest)

    def watch(self):
        """Start listening to all events (virsh event); the lines come as they happen."""
        self._events = self.bed.lines(f'{self.name}-events', [
            'stdbuf', '-oL', 'virsh', '-q', '-c', self.uri, 'event', '--all', '--loop',
            '--timestamp'])
        return self._events

    def wait_for_state(self, guest, wanted, seconds=loop.DEADLINE):
        """Wait until `virsh domstate` says wanted; asked again at every event of libvirt."""
        if self._events is None or self._events.ended:
            self.watch()
        asked = [None, None]

        def there():
            # One question at a time, and none without a new event: virsh is a process each.
            mark = len(self._events.lines)
            if asked[0] != mark:
                asked[0] = mark
                asked[1] = self.state(guest)
            return asked[1] == wanted
        # An event between the first answer and virsh's registration would be missed.
        asked_at_start = self.state(guest)
        if asked_at_start == wanted:
            return
        def slowly():
            if there():
                return True
            asked[0] = None
            return False
        loop.until(slowly, lambda: f'{guest} to be {wanted}, is {asked[1]}', seconds,
                   look_again=1)


class QemuSession(Libvirtd):
    """QEMU for an ordinary user, as `qemu:///session` is, but with a socket of its own."""

    def __init__(self, bed, name='libvirtd-qemu'):
        session.need('qemu-system-x86_64')
        super().__init__(bed, name, 'qemu+unix', 'session')
        folder = bed.folder(f'{name}/config/libvirt')
        with open(f'{folder}/qemu.conf', 'w') as stream:
            # Without virtlogd, which would be another daemon to start and to end.
            stream.write('stdio_handler = "file"\nsecurity_driver = "none"\n'
                         'namespaces = []\ncgroup_controllers = []\n')

    def add_guest(self, name, code=guestimage.OBEDIENT, **options):
        """Define a real guest of one boot sector."""
        image = guestimage.write(f'{self.root}/{name}.img', code)
        self.define(guestimage.domain_xml(name, image, **options), name)

    def wait_until_ready(self, guest):
        """Wait until a running guest's code listens to the power button."""
        loop.wait_for_path(f'{self.root}/{guest}.img.serial',
                           lambda path: os.path.exists(path) and os.path.getsize(path) > 0)

    def qemu_pid(self, guest):
        """The process id of a running guest's QEMU."""
        with open(f'{self.env["XDG_RUNTIME_DIR"]}/libvirt/qemu/run/{guest}.pid') as stream:
            return int(stream.read())


class TestDriver(Libvirtd):
    """libvirt's test driver behind a daemon, so that several clients share one test host.

    The host (one running guest named "test") lives as long as one client stays connected:
    `keep` holds such a connection open."""

    def __init__(self, bed, name='libvirtd-test'):
        super().__init__(bed, name, 'test+unix', 'default')

    def start(self):
        super().start()
        self.watch()
        # The host exists once virsh has opened it; a second client then shares it.
        loop.until(lambda: self.virsh('list', '--all', '--name'), 'the test host')
        return self

    def define_test_guest(self, name):
        """Define a guest of the test driver."""
        self.define(guestimage.test_domain_xml(name), name)
