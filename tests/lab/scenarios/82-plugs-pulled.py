# SPDX-License-Identifier: GPL-3.0-or-later
# lab: deadline=900
"""The cells of the kill matrix that cover each of its guarantees; 83 runs all of them."""

import killmatrix

killmatrix.run([
    ("applet", "input"),
    ("applet", "mid-switch"),
    ("keeper", "input"),
    ("qemu", "input"),
    ("qemu", "mid-switch"),
    ("qemu-stop", "starting"),
    ("libvirtd", "input"),
    ("libvirtd", "starting"),
    ("sound", "running"),
    ("bridge", "running"),
    ("tray", "running"),
    ("notifications", "stopping"),
    ("unplug-mouse", "mid-switch"),
])
