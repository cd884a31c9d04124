#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the page about security promises, a test that exists shows: security_page.py PAGE TESTS

The last column of each table names tests, as `FILE`, or `FILE`: the function's name in words."""

import os
import re
import sys


def files(tests):
    """Name → paths of the files below TESTS."""
    found = {}
    for folder, _, names in os.walk(tests):
        for name in names:
            found.setdefault(name, []).append(os.path.join(folder, name))
    return found


def has_test(path, words):
    """Whether a file has this test, and runs it."""
    name = re.sub(r'[^a-z0-9]+', '_', words.lower())
    with open(path) as stream:
        text = stream.read()
    if path.endswith('.py'):
        return re.search(rf'^@test\ndef {name}\(|^    @test\n    def {name}\(', text, re.M)
    # It is written, and mentioned where tests are registered, by its name or by a macro that has it.
    return (re.search(rf'^test_{name} \(', text, re.M)
            and len(re.findall(rf'\btest_{name}\b|\bADD \({name}\)', text)) > 1)


def main(page, tests):
    there = files(tests)
    complaints = []
    rows = 0
    with open(page) as stream:
        lines = stream.read().split('\n')
    for number, line in enumerate(lines, 1):
        if not line.startswith('| ') or (number < len(lines) and lines[number].startswith('|---')):
            continue
        rows += 1
        for reference in line.rstrip(' |').rpartition('| ')[2].split('; '):
            match = re.fullmatch(r'`([^`]+)`(?:: (.*))?', reference)
            if not match or len(there.get(match[1], [])) != 1:
                complaints.append(f'{page}:{number}: no such file of tests: {reference!r}')
            elif match[2] and not has_test(there[match[1]][0], match[2]):
                complaints.append(f'{page}:{number}: no such test: {reference!r}')
    print(f'{rows} promises')
    print('\n'.join(complaints))
    return 1 if complaints or rows < 10 else 0


sys.exit(main(*sys.argv[1:]))
