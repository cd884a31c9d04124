#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audio bridge on a desktop with PulseAudio."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bridgetests  # noqa: E402
import sound  # noqa: E402

bridgetests.run(sound.PulseAudio)
