#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells in a few lines which tests of Meson's last run in a build tree failed, and with what.

  failures.py BUILD

A whole run prints tens of thousands of lines: what went wrong is worth repeating at its end.
"""

import json
import os
import re
import sys

GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}
TELLING = re.compile(r"^\s*not ok|^Bail out|ERROR|CRITICAL|AssertionError|assertion failed|FAIL|Traceback")
LINES = 12
WIDTH = 300


def telling(test):
    """The lines that say what failed; the last ones when none seems to."""
    lines = [line.rstrip() for stream in ("stdout", "stderr") for line in test.get(stream, "").splitlines()]
    lines = [line for line in lines if line]
    return [line for line in lines if TELLING.search(line)][:LINES] + lines[-LINES // 2:]


def main(build):
    path = os.path.join(build, "meson-logs", "testlog.json")
    with open(path, encoding="utf-8", errors="replace") as log:
        tests = [json.loads(line) for line in log if line.strip()]
    for test in tests:
        if test["result"] in GOOD:
            continue
        print(f"{os.path.basename(build)}: {test['name']}: {test['result']} after {test['duration']:.0f} s")
        for line in dict.fromkeys(telling(test)):
            print(f"    {line[:WIDTH]}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
