# SPDX-License-Identifier: GPL-3.0-or-later
# lab: deadline=300
"""The card goes over and comes back: by Handover, by virsh and by a QEMU that is killed. Each way is told once, and not
before the kernel has done it."""

import json

import lab

card = lab.Card()
win10 = lab.Guest("win10")


def gpu():
    return json.loads(lab.handover("gpu", "--json").stdout)[0]


def shown(owner, guest=None):
    """The command and the status agree with the kernel."""
    lab.wait_for(f"handover gpu says {owner}", lambda: gpu()["owner"] == owner and gpu().get("guest") == guest, detail=gpu)
    lab.check(lab.status()["gpus"][0]["owner"] == owner, "so does the status", lab.status()["gpus"])


def told(what, words, judge):
    """Exactly one notification says so, and came after the kernel had done it."""
    seen = []
    before = len(notices.matching("Graphics card"))

    def one_more():
        found = notices.matching("Graphics card")[before:]
        if found and not seen:
            seen.append(judge())
        return found

    lab.wait_for(f"a notification tells that {what}", one_more, seconds=90, detail=notices.texts)
    lab.stays("and only one", lambda: len(notices.matching("Graphics card")) == before + 1, seconds=4)
    newest = notices.matching("Graphics card")[-1]
    lab.check(all(w in newest["summary"] + " " + newest["body"] for w in words), f"it says {words}", newest)
    lab.check(seen[0], "the kernel had done it by then")


lab.start_applet()
lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
notices = lab.Notifications()
shown("host")
lab.check([f["address"] for f in gpu()["functions"]] == list(card.functions), "with both functions", gpu())
lab.check(gpu()["functions"][1]["kind"] == "audio", "the second of which is for sound", gpu())

done = lab.handover("start", "win10")
lab.require(done.returncode == 0, "handover start", done.stderr)
lab.check(card.with_guest(), "the card is with the guest", card.drivers())
told("win10 has the card", ["win10"], card.with_guest)
shown("guest", "win10")
lab.wait_for("the guest has come so far that it can obey", win10.coming_up(), detail=win10.registers)
done = lab.handover("stop", "win10")
lab.check(done.returncode == 0, "handover stop", done.stderr)
told("the host has it again", ["host", "bochs-drm"], card.with_host)
shown("host")

lab.run("virsh", "-c", "qemu:///system", "start", "win10")
told("virsh gave it to win10", ["win10"], card.with_guest)
win10.kill()
told("the host has it again after QEMU was killed", ["host"], card.with_host)
shown("host")

for number in card.functions:
    lab.run("virsh", "-c", "qemu:///system", "nodedev-detach", lab.node_device(number))
told("it is set aside", ["vfio-pci"], card.with_guest)
shown("reserved")
for number in card.functions:
    lab.run("virsh", "-c", "qemu:///system", "nodedev-reattach", lab.node_device(number))
told("the host has it again", ["host"], card.with_host)
shown("host")

# As libvirt leaves it when it is killed between the two.
display, sound = map(lab.node_device, card.functions)
lab.run("virsh", "-c", "qemu:///system", "nodedev-detach", display)
told("a part of it went", [f"nodedev-reattach {display}", f"nodedev-detach {sound}"],
     lambda: card.drivers() == ("vfio-pci", "snd_hda_intel"))
shown("reserved")
lab.run("virsh", "-c", "qemu:///system", "nodedev-reattach", display)
told("the host has it again", ["host"], card.with_host)
shown("host")
