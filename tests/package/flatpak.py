#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Flatpak is built from its manifest, installed, and starts a guest from inside its sandbox.

The runtime is made of Debian's packages (flatpak-runtime), so nothing but these is downloaded."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import yaml  # noqa: E402

import session  # noqa: E402
import tap  # noqa: E402
from tap import equal, figure, test  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
APP, RUNTIME, BRANCH = 'org.handover.Handover', 'org.handover.LocalRuntime', '12'
WORK = []
HOME = {}
INSTALLED = []


def run(*argv, **options):
    """Run a command; returns its output, or raises with its end."""
    result = subprocess.run(argv, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False, env={**os.environ, **HOME},
                            **options)
    if result.returncode != 0:
        raise AssertionError(f'{argv[:4]} ended with {result.returncode}:\n{result.stdout[-4000:]}')
    return result.stdout


def run_with_buses(*argv, **options):
    """Run a command with a bus of its own in the place of both: Flatpak asks for parental controls
    on the system's, and takes it for none when nobody answers there."""
    return run('dbus-run-session', '--', 'sh', '-c',
               'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec "$@"', 'sh', *argv, **options)


def flatpak(*argv):
    """Run flatpak for this user alone."""
    return run_with_buses('flatpak', '--user', *argv)


def set_up():
    session.need('flatpak', 'flatpak-builder', 'ostree', 'mmdebstrap', 'xdg-dbus-proxy')
    # All of it as the ordinary user, who keeps the runtime in a cache too.
    session.become_ordinary()
    os.environ['PATH'] = session.PATH
    WORK.append(tempfile.mkdtemp(prefix='ho-fp-', dir='/tmp'))
    repository = run(f'{HERE}/flatpak-runtime', RUNTIME, BRANCH).strip().split('\n')[-1]
    home = WORK[0]
    # The folder of all tests may be another user's; in this test's own there is room for its part.
    HOME.update(HOME=home, XDG_DATA_HOME=f'{home}/share', XDG_CACHE_HOME=f'{home}/cache',
                HANDOVER_ARTEFACTS=session.artefacts())
    flatpak('remote-add', '--no-gpg-verify', 'local', f'file://{repository}')
    flatpak('install', '-y', '--noninteractive', 'local', f'runtime/{RUNTIME}/x86_64/{BRANCH}')


def local_manifest():
    """The manifest with the local runtime, and without what is in that already."""
    with open(f'{session.SOURCE}/flatpak/{APP}.yml') as stream:
        manifest = yaml.safe_load(stream)
    manifest.update(runtime=RUNTIME, sdk=RUNTIME)
    manifest['runtime-version'] = BRANCH
    manifest['appstream-compose'] = False  # a program of the public runtime
    manifest['modules'] = [m for m in manifest['modules'] if m['name'] == 'handover']
    equal(len(manifest['modules']), 1, 'modules of our own')
    manifest['modules'][0]['sources'] = [{'type': 'dir', 'path': f'{HOME["HOME"]}/source'}]
    shutil.copytree(session.SOURCE, f'{HOME["HOME"]}/source', symlinks=True,
                    ignore=shutil.ignore_patterns('.git', '_build*', 'artefacts', '__pycache__'))
    path = f'{HOME["HOME"]}/{APP}.yml'
    with open(path, 'w') as stream:
        yaml.safe_dump(manifest, stream)
    return path


@test
def it_builds_and_installs():
    manifest = local_manifest()
    run_with_buses('flatpak-builder', '--user', '--disable-rofiles-fuse', '--force-clean',
                   '--install', f'{HOME["HOME"]}/build', manifest, cwd=HOME['HOME'])
    INSTALLED.append(True)
    equal(flatpak('list', '--app', '--columns=application').strip().split('\n')[-1], APP)


@test
def no_permission_without_a_reason():
    """Each permission of the manifest is justified in flatpak/README.md."""
    with open(f'{session.SOURCE}/flatpak/{APP}.yml') as stream:
        asked = yaml.safe_load(stream)['finish-args']
    with open(f'{session.SOURCE}/flatpak/README.md') as stream:
        told = stream.read()
    unexplained = [a for a in asked if f'`{a.split("=")[1].split(":")[0]}`' not in told]
    equal(unexplained, [], 'permissions without a row')


@test
def it_starts_and_stops_a_guest_from_inside():
    if not INSTALLED:
        raise AssertionError('it is not installed')
    # The guest of the test has its libvirt below /tmp; users have theirs where the manifest says.
    sandbox = f'flatpak run --user --filesystem=/tmp --env=LIBVIRT_DEFAULT_URI={{uri}}'
    figure('KiB installed', int(flatpak('info', '--show-size', APP).split()[-1]) // 1024)
    tap.diag(run(sys.executable, f'{HERE}/start_a_guest.py', f'{sandbox} {APP}',
                 f'{sandbox} --command=handover {APP}'))


def tear_down():
    for folder in WORK:
        shutil.rmtree(folder, ignore_errors=True)


tap.main(set_up=set_up, tear_down=tear_down)
