#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's package is built, judged by lintian, installed, starts a guest, and leaves nothing."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import session  # noqa: E402
import tap  # noqa: E402
from tap import equal, test  # noqa: E402

WORK = tempfile.mkdtemp(prefix='handover-deb-')
PATHS = []


def run(*argv, **options):
    """Run a command whose output is shown if it fails; returns that output."""
    result = subprocess.run(argv, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False, **options)
    if result.returncode != 0:
        tap.diag(result.stdout[-4000:])
        raise AssertionError(f'{argv[0]} ended with {result.returncode}')
    return result.stdout


def set_up():
    session.need('dpkg-buildpackage', 'lintian')
    if os.geteuid() != 0:
        raise tap.Skip('only root installs packages')
    tree = f'{WORK}/handover'
    shutil.copytree(session.SOURCE, tree, symlinks=True, ignore=shutil.ignore_patterns(
        '.git', '_build*', '__pycache__', 'artefacts'))
    shutil.copytree(f'{tree}/data/packaging/debian', f'{tree}/debian')


@test
def it_builds():
    # The unit tests have been run by the suite that this one belongs to.
    run('dpkg-buildpackage', '-us', '-uc', '-b', cwd=f'{WORK}/handover',
        env={**os.environ, 'DEB_BUILD_OPTIONS': 'nocheck', 'CC': 'gcc', 'PATH': session.PATH})


@test
def lintian_finds_nothing():
    run('lintian', '--allow-root', '--fail-on', 'error,warning', '--tag-display-limit', '0',
        changes())


def changes():
    return next(os.path.join(WORK, name) for name in os.listdir(WORK) if name.endswith('.changes'))


def package():
    return next(os.path.join(WORK, name) for name in os.listdir(WORK)
                if name.startswith('handover_') and name.endswith('.deb'))


@test
def it_installs():
    os.chmod(WORK, 0o755)
    run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', package(),
        env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'})
    PATHS.extend(run('dpkg', '-L', 'handover').split('\n'))
    equal(run('/usr/bin/handover', '--version').split()[0], 'handover')


@test
def it_starts_and_stops_a_guest():
    run(sys.executable, os.path.join(os.path.dirname(__file__), 'start_a_guest.py'),
        '/usr/bin/handover-applet', '/usr/bin/handover')


@test
def nothing_stays_after_a_purge():
    run('apt-get', 'purge', '-y', '-qq', 'handover')
    equal([path for path in PATHS if os.path.isfile(path)], [])


def tear_down():
    subprocess.run(['dpkg', '--purge', 'handover'], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(WORK, ignore_errors=True)


tap.main(set_up=set_up, tear_down=tear_down)
