# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=300
"""In a sandbox with a network of its own udev's events do not arrive. Handover follows the card all the same, by what
libvirt tells."""

import json

import lab

MARK = "/.flatpak-info"
NAMESPACE = ["unshare", "--user", "--map-current-user", "--net"]
card = lab.Card()
win10 = lab.Guest("win10")
nodes = ["pci_" + number.replace(":", "_").replace(".", "_") for number in card.functions]


def gpu():
    return json.loads(lab.handover("gpu", "--json").stdout)[0]


def follows(what, owner, kernel):
    lab.wait_for(f"{what}: the kernel has done it", kernel, detail=card.drivers)
    lab.wait_for(f"{what}: Handover shows {owner}",
                 lambda: gpu()["owner"] == owner and [f["driver"] for f in gpu()["functions"]] == list(card.drivers()), 30, detail=gpu)


lab.as_root("touch", MARK)
try:
    inside = lab.Lines(*NAMESPACE, "udevadm", "monitor", "--udev", "--subsystem-match=pci")
    outside = lab.Lines("udevadm", "monitor", "--udev", "--subsystem-match=pci")
    lab.APPLET[:0] = NAMESPACE
    lab.start_applet()
    lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
    follows("at first", "host", card.with_host)
    for node in nodes:
        lab.run("virsh", "-c", "qemu:///system", "nodedev-detach", node)
    follows("set aside by virsh", "reserved", card.with_guest)
    for node in nodes:
        lab.run("virsh", "-c", "qemu:///system", "nodedev-reattach", node)
    follows("given back by virsh", "host", card.with_host)
    win10.start()
    follows("a guest that was started", "guest", card.with_guest)
    win10.kill()
    follows("and killed", "host", card.with_host)
    lab.check(any("bind" in line for line in outside.lines) and not any("bind" in line for line in inside.lines),
              "none of it was told by udev inside", inside.lines)
finally:
    lab.as_root("rm", "-f", MARK)
