# SPDX-License-Identifier: GPL-3.0-or-later
"""A private session of an ordinary user: folders, session bus, display.

Nothing of the machine's own session is seen or touched. As root the test first becomes the
ordinary user of the tests (HANDOVER_TEST_USER, by default handover-test, created when missing),
since neither a session libvirt nor a desktop is meant for root."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile

import loop
import process
import tap

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The system's own programs, whatever the caller's shell adds; sbin for libvirtd.
PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'

_BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  {service_dirs}
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''


def become_ordinary():
    """Give up root for the tests' ordinary user; do nothing when not root."""
    if os.geteuid() != 0:
        return
    name = os.environ.get('HANDOVER_TEST_USER', 'handover-test')
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        subprocess.run(['useradd', '--create-home', '--shell', '/bin/sh', name], check=True)
        user = pwd.getpwnam(name)
    artefacts()
    os.chown(artefacts(), user.pw_uid, user.pw_gid)
    os.initgroups(name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ.update(HOME=user.pw_dir, USER=name, LOGNAME=name)


def artefacts():
    """The folder where this test leaves logs and screenshots (made when missing)."""
    root = os.environ.get('HANDOVER_ARTEFACTS')
    if not root and 'MESON_BUILD_ROOT' in os.environ:
        root = os.path.join(os.environ['MESON_BUILD_ROOT'], 'artefacts')
    root = root or os.path.join(SOURCE, 'tests', 'artefacts')
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0] or 'interactive'
    folder = os.path.join(root, name)
    os.makedirs(folder, exist_ok=True)
    return folder


def need(*programs):
    """Skip the test unless all these programs are installed."""
    missing = [p for p in programs if not shutil.which(p, path=PATH)]
    if missing:
        raise tap.Skip(f'not installed: {", ".join(missing)}')


class Session:
    """One user's session: `env`, `bus` (a connection to its session bus), and what it runs.

    Use it as a context manager, or call close ()."""

    PASSED_ON = ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'HANDOVER_LIBEXECDIR',
                 'GSETTINGS_SCHEMA_DIR', 'HANDOVER_ICON_DIR', 'HANDOVER_BUILD', 'LD_LIBRARY_PATH',
                 'USER', 'LOGNAME', 'G_MESSAGES_DEBUG')
    _supervised = False  # one supervisor is enough for all sessions of a test

    def __init__(self, service_dirs=None):
        """service_dirs: the folders of D-Bus services that may be activated; none by default."""
        become_ordinary()
        if not Session._supervised:
            process.supervise()
            Session._supervised = True
        self.artefacts = artefacts()
        for old in os.listdir(self.artefacts):
            if os.path.isfile(os.path.join(self.artefacts, old)):
                os.unlink(os.path.join(self.artefacts, old))
        self.root = tempfile.mkdtemp(prefix='ho-', dir='/tmp')  # short: socket paths end at 107
        self.env = {key: os.environ[key] for key in self.PASSED_ON if key in os.environ}
        self.env.update(PATH=PATH, LANG='C.UTF-8', LC_ALL='C.UTF-8', HOME=self.folder('home'),
                        XDG_RUNTIME_DIR=self.folder('run'), TMPDIR=self.folder('tmp'),
                        XDG_CONFIG_HOME=self.folder('config'), XDG_DATA_HOME=self.folder('data'),
                        XDG_CACHE_HOME=self.folder('cache'), XDG_STATE_HOME=self.folder('state'),
                        XDG_DATA_DIRS='/usr/local/share:/usr/share', XDG_CONFIG_DIRS='/etc/xdg',
                        NO_AT_BRIDGE='1', GTK_A11Y='none', GIO_USE_VFS='local',
                        LIBVIRT_AUTOSTART='0', LIBGL_ALWAYS_SOFTWARE='1')
        self.env.setdefault('USER', 'handover-test')
        self.processes = []
        self.closers = []
        self.display = None
        self._bus_number = 0
        self.bus_address = self._start_bus('session-bus', service_dirs or [])
        self.env['DBUS_SESSION_BUS_ADDRESS'] = self.bus_address
        # No system bus unless a test brings one: the machine's own is none of its business.
        self.env['DBUS_SYSTEM_BUS_ADDRESS'] = f'unix:path={self.root}/no-system-bus'
        self.bus = loop.connect(self.bus_address)
        self.bus.set_exit_on_close(False)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def folder(self, name):
        """A private folder of the session, made when missing."""
        path = os.path.join(self.root, name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path

    def log(self, name):
        """Where a program's output goes."""
        return os.path.join(self.artefacts, f'{name}.log')

    def start(self, name, argv, env=None, pass_fds=(), cwd=None):
        """Start a program that is stopped when the session is closed."""
        child = process.Process(argv, {**self.env, **(env or {})}, self.log(name), pass_fds, cwd)
        self.processes.append(child)
        return child

    def lines(self, name, argv, env=None):
        """Start a program whose output is read line by line."""
        child = process.Lines(argv, {**self.env, **(env or {})}, self.log(name))
        self.processes.append(child)
        return child

    def run(self, *argv, env=None, **options):
        """Run a command of this session to its end, see process.run ()."""
        return process.run(list(argv), {**self.env, **(env or {})}, **options)

    def _start_bus(self, name, service_dirs):
        """Start a dbus-daemon of one's own and return its address."""
        # The session bus sits where a login manager puts it, so it is also found from ssh.
        path = f'{self.env["XDG_RUNTIME_DIR"]}/bus' if name == 'session-bus' \
            else f'{self.root}/{name}'
        config = f'{self.root}/{name}.conf'
        with open(config, 'w') as stream:
            dirs = ''.join(f'<servicedir>{folder}</servicedir>' for folder in service_dirs)
            stream.write(_BUS_CONFIG.format(path=path, service_dirs=dirs))
        self._await_fd(name, lambda fd: ['dbus-daemon', f'--config-file={config}', '--nofork',
                                         '--nopidfile', f'--print-address={fd}'])
        return f'unix:path={path}'

    def start_system_bus(self):
        """Start a private bus in the place of the system's; returns its address."""
        address = self._start_bus('system-bus', [])
        self.env['DBUS_SYSTEM_BUS_ADDRESS'] = address
        return address

    def start_display(self, size='1280x800'):
        """Start Xvfb on a free display."""
        need('Xvfb')
        number = self._await_fd('xvfb', lambda fd: [
            'Xvfb', '-displayfd', str(fd), '-screen', '0', f'{size}x24', '-nolisten', 'tcp',
            '-noreset'])
        self.display = f':{number}'
        self.env['DISPLAY'] = self.display
        self.env['GDK_BACKEND'] = 'x11'
        self.env['QT_QPA_PLATFORM'] = 'xcb'
        self.env['XDG_SESSION_TYPE'] = 'x11'
        return self.display

    def _await_fd(self, name, argv_for):
        """Start a program that writes a line to a descriptor when it is ready; return the line."""
        reader, writer = os.pipe()
        child = self.start(name, argv_for(writer), pass_fds=(writer,))
        os.close(writer)
        text = []

        def readable(*_args):
            data = os.read(reader, 4096)
            text.append(data.decode() if data else '\n')
            return bool(data)

        from gi.repository import GLib
        source = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, reader, GLib.IOCondition.IN
                                       | GLib.IOCondition.HUP, readable)
        try:
            loop.until(lambda: '\n' in ''.join(text), f'{name} to be ready')
        finally:
            GLib.source_remove(source)
            os.close(reader)
        if not ''.join(text).strip():
            raise AssertionError(f'{name} did not start: {child.text()}')
        return ''.join(text).strip()

    def screenshot(self, name):
        """Keep a picture of the whole display among the artefacts; returns its path."""
        path = os.path.join(self.artefacts, f'{name}.png')
        self.run('import', '-window', 'root', path, check=True)
        return path

    def explain(self):
        """Print the ends of all logs as diagnostics."""
        for child in self.processes:
            if isinstance(child, process.Process):
                tail = child.text()[-3000:].strip()
                if tail:
                    tap.diag(f'--- {child.log} ({child.returncode})\n{tail}')

    def close(self):
        """End everything that was started, latest first, and remove the private folders."""
        for closer in reversed(self.closers):
            closer()
        for child in reversed(self.processes):
            child.stop()
        shutil.rmtree(self.root, ignore_errors=True)
