# SPDX-License-Identifier: GPL-3.0-or-later
"""Root's part of a test whose other part is an ordinary user.

`Butler ()` must be made before the Session, while the test is still root. It is a process of its
own that starts programs as any user, and ends them all when the test ends, however that ends."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from gi.repository import GLib

import loop
import tap


class Done:
    """What a finished command said."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __repr__(self):
        return f'<{" ".join(self.argv)}: exit {self.code}, out {self.out!r}, err {self.err!r}>'


class Butler:
    """`folder`: a folder of root's that everybody may enter."""

    def __init__(self):
        if os.geteuid() != 0:
            raise tap.Skip('only root can run QEMU as another user')
        self.folder = tempfile.mkdtemp(prefix='ho-root-', dir='/tmp')
        os.chmod(self.folder, 0o755)
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        # Two forks, so that the test's supervisor, an ordinary user, need not end it.
        child = os.fork()
        if child == 0:
            if os.fork() == 0:
                ours.close()
                try:
                    _Work(theirs, self.folder).go_on()
                finally:
                    os._exit(0)
            os._exit(0)
        os.waitpid(child, 0)
        theirs.close()
        self._socket = ours
        self._text = b''

    def _ask(self, deadline=loop.DEADLINE, **wish):
        self._socket.sendall(json.dumps(wish).encode() + b'\n')
        self._socket.setblocking(False)
        source = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, self._socket.fileno(),
                                       GLib.IOCondition.IN | GLib.IOCondition.HUP,
                                       lambda *_args: self._read())
        try:
            loop.until(lambda: b'\n' in self._text, f'answer to {wish}', deadline)
        finally:
            if not self._ended:
                GLib.source_remove(source)
            self._socket.setblocking(True)
        answer, _, self._text = self._text.partition(b'\n')
        answer = json.loads(answer)
        if 'error' in answer:
            raise AssertionError(answer['error'])
        return answer

    _ended = False

    def _read(self):
        data = self._socket.recv(65536)
        self._text += data or b'{"error": "the butler has ended"}\n'
        self._ended = not data
        return bool(data)

    def run(self, *argv, user='root', env=None, seconds=60):
        """Run a command to its end as a user, who also gets their own groups."""
        answer = self._ask(seconds + 30, what='run', argv=argv, user=user, env=env,
                           patience=seconds)
        return Done(argv, answer['code'], answer['out'], answer['err'])

    def start(self, name, *argv, user='root', env=None):
        """Start a program; its output goes to NAME.log in the folder. Returns its id."""
        return self._ask(what='start', name=name, argv=argv, user=user, env=env)['pid']

    def stop(self, pid, number=signal.SIGTERM):
        """Signal a started program, and wait until it has ended."""
        return self._ask(what='stop', pid=pid, signal=int(number))['code']

    def log(self, name):
        with open(f'{self.folder}/{name}.log', errors='replace') as stream:
            return stream.read()


class _Work:
    """The butler's own side, in a process without a main loop."""

    def __init__(self, pipe, folder):
        self.pipe = pipe
        self.folder = folder
        self.children = {}

    def go_on(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setsid()
        with self.pipe.makefile('rw') as stream:
            for line in stream:
                wish = json.loads(line)
                try:
                    answer = getattr(self, wish.pop('what'))(**wish)
                except Exception as error:
                    answer = {'error': f'{type(error).__name__}: {error}'}
                stream.write(json.dumps(answer) + '\n')
                stream.flush()
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def as_user(user):
        if user == 'root':
            return {}
        account = pwd.getpwnam(user)
        return {'user': account.pw_uid, 'group': account.pw_gid,
                'extra_groups': os.getgrouplist(user, account.pw_gid)}

    @staticmethod
    def environment(env):
        base = {'PATH': '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', 'LC_ALL': 'C.UTF-8'}
        return {**base, **(env or {})}

    def run(self, argv, user, env, patience):
        done = subprocess.run(argv, env=self.environment(env), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors='replace', cwd='/',
                              timeout=patience, **self.as_user(user))
        return {'code': done.returncode, 'out': done.stdout, 'err': done.stderr}

    def start(self, name, argv, user, env):
        with open(f'{self.folder}/{name}.log', 'ab') as out:
            child = subprocess.Popen(argv, env=self.environment(env), stdin=subprocess.DEVNULL,
                                     stdout=out, stderr=out, cwd='/', **self.as_user(user))
        self.children[child.pid] = child
        return {'pid': child.pid}

    def stop(self, pid, signal):
        child = self.children.pop(pid)
        child.send_signal(signal)
        try:
            return {'code': child.wait(20)}
        except subprocess.TimeoutExpired:
            child.kill()
            return {'code': child.wait()}
