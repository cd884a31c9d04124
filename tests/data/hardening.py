#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the compiler can do against a mistake is in each program and module: hardening.py BUILD"""

import json
import os
import subprocess
import sys


def readelf(option, program):
    return subprocess.run(['readelf', '-W', option, program], check=True, capture_output=True,
                          text=True).stdout


def missing(program):
    """The names of what a program or module lacks."""
    lacks = []
    headers, dynamic, symbols = (readelf(o, program) for o in ('-lh', '-d', '--dyn-syms'))
    if 'DYN (' not in headers:
        lacks.append('position independent (PIE)')
    if 'GNU_RELRO' not in headers:
        lacks.append('tables read-only once loaded (RELRO)')
    if 'BIND_NOW' not in dynamic and ' NOW' not in dynamic:
        lacks.append('all symbols bound at the start (BIND_NOW)')
    stack = [line for line in headers.split('\n') if 'GNU_STACK' in line]
    if not stack or 'E' in stack[0].split()[-2]:
        lacks.append('no code on the stack')
    if any(line.split()[6:7] == ['RWE'] for line in headers.split('\n') if ' LOAD ' in line):
        lacks.append('nothing both writable and executable (W^X)')
    if '(TEXTREL)' in dynamic:
        lacks.append('no writable code (TEXTREL)')
    if '(RPATH)' in dynamic or '(RUNPATH)' in dynamic:
        lacks.append('no folder of its own that libraries are taken from (RPATH)')
    if '__stack_chk_fail' not in symbols:
        lacks.append('stack protector')
    return lacks


def unchecked(build):
    """The sources of ours that are compiled without what guards a function's stack and buffers."""
    with open(f'{build}/compile_commands.json') as stream:
        commands = json.load(stream)
    return [one['file'] for one in commands if '/src/' in one['file']
            and one['file'].endswith('.c') and not (
                '-D_FORTIFY_SOURCE=' in one['command']
                and '-fstack-protector-strong' in one['command'])]


def installed(build):
    """Every program and loadable module that is installed: none can be forgotten here."""
    with open(f'{build}/meson-info/intro-targets.json') as stream:
        targets = json.load(stream)
    return [path for one in targets
            if one['installed'] and one['type'] in ('executable', 'shared module', 'shared library')
            for path in one['filename']]


def main(build):
    sources = unchecked(build)
    programs = installed(build)
    failed = bool(sources)
    if sources:
        print('without FORTIFY or stack protector:', *sources)
    for program in programs:
        lacks = missing(program)
        failed |= bool(lacks)
        name = os.path.relpath(program, build)
        print(f'{name}: {"lacks " + "; ".join(lacks) if lacks else "hardened"}')
    return 1 if failed or len(programs) < 6 else 0


sys.exit(main(sys.argv[1]))
