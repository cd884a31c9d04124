#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes to find who has a device open, against fuser and lsof: holders.py [PROCESSES [DESCRIPTORS [ROUNDS]]]"""

import os
import sys

build = os.environ.get('HANDOVER_BUILD') or os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../_build')
program = os.path.join(build, 'tests', 'holders')
os.execv(program, [program, *sys.argv[1:]])
