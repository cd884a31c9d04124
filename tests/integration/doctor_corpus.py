#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor reads the guests that libvirt itself is tested with, and mutants of them.

They come from Debian's source package of libvirt, fetched here and not kept in the tree. HANDOVER_MUTANTS is how many
mutants are tried."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import session  # noqa: E402
import tap  # noqa: E402
from tap import diag, equal, figure, test  # noqa: E402

WORK = tempfile.mkdtemp(prefix='handover-corpus-')
MUTANTS = os.environ.get('HANDOVER_MUTANTS', '10000')


def source_lists():
    """The machine's package sources of Debian itself, as sources of source packages."""
    for path in sorted(glob.glob('/etc/apt/sources.list.d/*.sources')):
        for stanza in re.split(r'\n\s*\n', open(path).read()):
            lines = [line for line in stanza.split('\n') if line and not line.startswith('#')]
            text = '\n'.join(lines)
            if re.search(r'^URIs:.*/(debian|ubuntu)/?\s*$', text, re.M):
                yield 'sources', re.sub(r'^Types:.*$', 'Types: deb-src', text, flags=re.M) + '\n\n'
    for path in ['/etc/apt/sources.list', *sorted(glob.glob('/etc/apt/sources.list.d/*.list'))]:
        if os.path.exists(path):
            for line in open(path):
                if re.match(r'deb\s.*/(debian|ubuntu)/?\s', line):
                    yield 'list', re.sub(r'^deb\s', 'deb-src ', line)


def fetch():
    """Download libvirt's source; returns the path of the upstream archive."""
    parts = f'{WORK}/sources.list.d'
    for folder in (parts, f'{WORK}/lists/partial', f'{WORK}/cache/archives/partial', f'{WORK}/source'):
        os.makedirs(folder)
    for kind, text in source_lists():
        with open(f'{parts}/debian.{kind}', 'a') as stream:
            stream.write(text)
    if not os.listdir(parts):
        raise tap.Skip('no Debian or Ubuntu package sources here')
    apt = ['apt-get', '-q', '-o', 'Dir::Etc::sourcelist=/dev/null', '-o', f'Dir::Etc::sourceparts={parts}',
           '-o', f'Dir::State::Lists={WORK}/lists', '-o', f'Dir::Cache={WORK}/cache', '-o', 'APT::Sandbox::User=root',
           '-o', 'Acquire::Retries=2']
    for attempt in range(2):
        done = [subprocess.run([*apt, *words], cwd=f'{WORK}/source', capture_output=True, text=True)
                for words in (['update'], ['source', '--download-only', 'libvirt'])]
        found = glob.glob(f'{WORK}/source/libvirt_*.orig.tar.*z')
        if found:
            return found[0]
        diag(done[-1].stderr)
    raise AssertionError('libvirt\'s source could not be fetched')


def set_up():
    folder = f'{WORK}/guests'
    os.makedirs(folder)
    with tarfile.open(fetch()) as archive:
        for member in archive:
            if re.search(r'/tests/qemuxml2argvdata/[^/]+\.xml$', member.name) and member.isfile():
                with open(f'{folder}/{os.path.basename(member.name)}', 'wb') as stream:
                    stream.write(archive.extractfile(member).read())


def tear_down():
    shutil.rmtree(WORK)


@test
def every_guest_of_libvirts_tests_and_mutants():
    """No crash, no critical, and no change beyond what is named, in libvirt's guests and mutants of them"""
    program = os.path.join(os.environ['HANDOVER_BUILD'], 'tests', 'unit', 'doctor-corpus')
    done = subprocess.run([program, f'{session.SOURCE}/tests/data/doctor', f'{WORK}/guests', MUTANTS],
                          capture_output=True, text=True, cwd=WORK, env={**os.environ, 'G_DEBUG': 'fatal-criticals'})
    if done.returncode:
        diag(done.stderr)
        if os.path.exists(f'{WORK}/failed.xml'):
            diag(open(f'{WORK}/failed.xml', errors='replace').read())
    equal(done.returncode, 0, 'exit status')
    counts = dict(re.findall(r'(\w+)=([\d.]+)', done.stdout))
    diag(counts)
    figure('doctor: guests of libvirt\'s tests', counts['files'])
    figure('doctor: mutants', counts['mutants'])
    figure('doctor: changes tried', counts['fixes'])
    assert int(counts['files']) >= 500, counts
    assert int(counts['read']) > int(counts['files']) * 0.95, counts
    assert int(counts['fixes']) > int(counts['files']), counts


tap.main(set_up, tear_down)
