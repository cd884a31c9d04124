# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=5400
"""Every strike in every state."""

import itertools

import killmatrix

killmatrix.run(list(itertools.product(killmatrix.STRIKES, killmatrix.STATES)))
