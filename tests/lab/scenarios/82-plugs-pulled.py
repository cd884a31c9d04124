# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=900
"""The cells of the kill matrix that cover each of its guarantees; 83 runs all of them."""

import killmatrix

killmatrix.run([
    ("applet", "input"),
    ("applet", "mid-switch"),
    ("keeper", "input"),
    ("qemu", "input"),
    ("qemu", "mid-switch"),
    ("qemu", "starting"),
    ("qemu-stop", "input"),
    ("libvirtd", "input"),
    ("libvirtd", "starting"),
    ("unplug-keyboard", "input"),
    ("unplug-mouse", "mid-switch"),
    ("sound", "running"),
    ("bridge", "running"),
    ("tray", "running"),
    ("notifications", "stopping"),
])
