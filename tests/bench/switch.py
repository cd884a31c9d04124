#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long keyboard and mouse take to a guest and back, against the plain virsh script and against the same calls on an
open connection. It needs a USB bus and guests, so it runs in the lab, which takes some ten minutes (see tests/lab)."""

import os
import subprocess
import sys

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lab/run')

done = subprocess.run([sys.executable, LAB, '56-switch-bench'], stdout=subprocess.PIPE, text=True)
for line in done.stdout.splitlines():
    cells = [cell.strip() for cell in line[1:].strip().strip('|').split('|')]
    if line.startswith('#   |') and not set(cells[0]) <= {'-'} and cells[0] != 'way':
        print(f'# figure: {cells[0]} = {", ".join(cells[1:])}')
    elif line.startswith(('ok', 'not ok')):
        print(line)
sys.exit(done.returncode)
