# SPDX-License-Identifier: GPL-3.0-or-later
"""The Test Anything Protocol for test scripts of a few functions.

A script marks its functions with @test and ends with `tap.main ()`. They run in the order
they are written; each gets a fresh `Cleanup` unless the script shares one bed between them.
A function that raises is "not ok"; one that raises Skip says why it could not run.
"""

import os
import sys
import time
import traceback

_tests = []


class Skip(Exception):
    """The machine lacks what the test needs; the text says what."""


def test(function):
    """Mark a function as one test; its doc string (or name) becomes the test's name."""
    _tests.append(function)
    return function


def name_of(function):
    doc = (function.__doc__ or '').strip().split('\n')[0].rstrip('.')
    return (doc or function.__name__.replace('_', ' ')).replace('#', '')


def diag(text):
    """Print text as a diagnostic, which Meson keeps in its log."""
    for line in str(text).rstrip('\n').split('\n'):
        print('#', line, flush=True)


def figure(name, value):
    """Print one measured figure, in the form that tests/run gathers."""
    print(f'# figure: {name} = {value}', flush=True)


def equal(seen, wanted, what=''):
    """Raise AssertionError, naming both values, unless they are equal."""
    if seen != wanted:
        raise AssertionError(f'{what or "value"}: saw {seen!r}, wanted {wanted!r}')


def main(set_up=None, tear_down=None, on_failure=None):
    """Run the marked tests between set_up () and tear_down (); exit 1 if any of them failed.

    on_failure () is called after each failure to print what helps to understand it."""
    wanted = sys.argv[1:]
    tests = [t for t in _tests if not wanted or t.__name__ in wanted]
    failed = 0
    print(f'1..{len(tests)}', flush=True)
    ready = False
    try:
        try:
            if set_up:
                set_up()
            ready = True
        except Skip as skip:
            for number, function in enumerate(tests, 1):
                print(f'ok {number} - {name_of(function)} # SKIP {skip}', flush=True)
            return
        except Exception:
            failed = len(tests)
            diag(traceback.format_exc())
            if on_failure:
                on_failure()
            for number, function in enumerate(tests, 1):
                print(f'not ok {number} - {name_of(function)} (no bed)', flush=True)
        if ready:
            for number, function in enumerate(tests, 1):
                failed += not _run_one(number, function, on_failure)
    finally:
        if tear_down:
            tear_down()
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


def _run_one(number, function, on_failure):
    started = time.monotonic()
    try:
        function()
    except Skip as skip:
        print(f'ok {number} - {name_of(function)} # SKIP {skip}', flush=True)
        return True
    except Exception:
        diag(traceback.format_exc())
        if on_failure:
            on_failure()
        print(f'not ok {number} - {name_of(function)}', flush=True)
        return False
    diag(f'{time.monotonic() - started:.2f} s')
    print(f'ok {number} - {name_of(function)}', flush=True)
    return True
