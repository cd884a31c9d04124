# SPDX-License-Identifier: GPL-3.0-or-later
"""Child processes that never outlive the test.

The test runs below a small supervisor (`supervise`) that adopts every daemon the test causes
(QEMU, bus-activated services), reaps it, and ends what is left when the test ends, however that
ends. Children also ask for a parent-death signal, for the day the supervisor is killed too."""

import ctypes
import os
import signal
import subprocess
import sys
import time

from gi.repository import Gio, GLib

import loop

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """For preexec_fn: ask the kernel to kill this child when the test dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _stat(pid):
    """(parent, state, start time) of a process, or None when it is gone."""
    try:
        with open(f'/proc/{pid}/stat') as stream:
            fields = stream.read().rpartition(')')[2].split()
        return int(fields[1]), fields[0], int(fields[19])
    except (OSError, IndexError):
        return None


def descendants():
    """The ids of all live descendants of this process, parents first."""
    children = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            stat = _stat(int(entry))
            if stat and stat[1] != 'Z':
                children.setdefault(stat[0], []).append(int(entry))
    found = [os.getpid()]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def _end_descendants():
    """SIGKILL whatever is still below this process, and reap it."""
    while True:
        for pid in descendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def supervise():
    """Go on in a child of a supervisor; the supervisor itself never returns from here.

    A supervisor apart is needed because libvirtd waits for its QEMU to vanish, so somebody has
    to reap it at once, whatever the test is busy with. Call it before any thread exists."""
    sys.stdout.flush()
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        die_with_parent()
        signal.signal(signal.SIGTERM, lambda *a: sys.exit(1))
        return

    def ended(*_args):
        _end_descendants()
        os._exit(1)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ended)
    while True:
        pid, status = os.wait()
        if pid == child:
            break
    _end_descendants()
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)


def pid_exit_source(pid, gone):
    """Call gone () on the main loop when a process (not only a child) ends."""
    fd = os.pidfd_open(pid)

    def ended(*_args):
        os.close(fd)
        gone()
        return False

    GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, fd, GLib.IOCondition.IN, ended)


class Process:
    """A started program with its output in a log file."""

    def __init__(self, argv, env, log, pass_fds=(), cwd=None):
        self.argv = argv
        self.log = log
        self.ended = False
        with open(log, 'ab') as out:
            self._popen = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                           stderr=out, pass_fds=pass_fds, cwd=cwd,
                                           preexec_fn=die_with_parent)
        self.pid = self._popen.pid
        pid_exit_source(self.pid, self._gone)

    def _gone(self):
        self._popen.wait()
        self.ended = True

    @property
    def returncode(self):
        """The exit status, negative for a signal, None while it runs."""
        return self._popen.poll()

    def alive(self):
        return self.returncode is None

    def wait(self, seconds=loop.DEADLINE):
        loop.until(lambda: not self.alive(), f'{self.argv[0]} to end', seconds)
        return self.returncode

    def kill(self):
        """SIGKILL, and wait until it is gone."""
        if self.alive():
            self._popen.kill()
            self.wait()

    def stop(self, seconds=20):
        """SIGTERM, then SIGKILL after a while; returns the exit status."""
        if self.alive():
            self._popen.terminate()
            try:
                self.wait(seconds)
            except loop.Timeout:
                self.kill()
        return self.returncode

    def text(self):
        """Everything it printed so far."""
        with open(self.log, errors='replace') as stream:
            return stream.read()

    def wait_for_text(self, text, seconds=loop.DEADLINE, start=0):
        """Wait until its log holds a text (after the character start), and return the log."""
        loop.wait_for_path(self.log, lambda _: text in self.text()[start:] or not self.alive(),
                           seconds)
        log = self.text()
        if text not in log[start:]:
            raise AssertionError(f'{self.argv[0]} ended without saying {text!r}:\n{log[-2000:]}')
        return log


class Lines:
    """A running program whose standard output is read line by line as it comes."""

    def __init__(self, argv, env, log):
        self.lines = []
        self.ended = False
        with open(log, 'ab') as err:
            self._popen = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=err,
                                           preexec_fn=die_with_parent)
        self.pid = self._popen.pid
        self._rest = b''
        self._fd = self._popen.stdout.fileno()
        os.set_blocking(self._fd, False)
        GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, self._fd,
                              GLib.IOCondition.IN | GLib.IOCondition.HUP, self._readable)

    def _readable(self, *_args):
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return True
        if not data:
            self._popen.wait()
            self.ended = True
            return False
        *lines, self._rest = (self._rest + data).split(b'\n')
        self.lines += [line.decode(errors='replace') for line in lines]
        return True

    def wait_for(self, predicate, what, seconds=loop.DEADLINE, start=0):
        """Wait for a line from number start on for which predicate (line) is true."""
        def found():
            hits = [line for line in self.lines[start:] if predicate(line)]
            return hits[0] if hits else None
        return loop.until(found, lambda: f'{what}; lines: {self.lines[start:]}', seconds)

    def stop(self):
        if not self.ended:
            self._popen.terminate()
            loop.until(lambda: self.ended, 'the program to end', 30)
        return self._popen.returncode


class Result:
    """What a finished command said."""

    def __init__(self, argv, code, out, err, seconds):
        self.argv, self.code, self.out, self.err, self.seconds = argv, code, out, err, seconds

    def __repr__(self):
        return f'<{" ".join(self.argv)}: exit {self.code}, out {self.out!r}, err {self.err!r}>'


def run(argv, env, stdin=None, seconds=loop.DEADLINE, check=False):
    """Run a command to its end while the main loop goes on. A signal's death gives -N."""
    launcher = Gio.SubprocessLauncher.new(
        Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE
        | (Gio.SubprocessFlags.STDIN_PIPE if stdin is not None else Gio.SubprocessFlags.NONE))
    launcher.set_environ([f'{key}={value}' for key, value in env.items()])
    started = time.monotonic()
    child = launcher.spawnv(argv)
    answers = []
    child.communicate_utf8_async(stdin, None, lambda c, r: answers.append((c, r)))
    try:
        loop.until(lambda: answers, f'end of {" ".join(argv)}', seconds)
    except loop.Timeout:
        child.force_exit()
        raise
    took = time.monotonic() - started
    _ok, out, err = child.communicate_utf8_finish(answers[0][1])
    code = child.get_exit_status() if child.get_if_exited() else -child.get_term_sig()
    result = Result(argv, code, out, err, took)
    if check and code != 0:
        raise AssertionError(repr(result))
    return result
