# SPDX-License-Identifier: GPL-3.0-or-later
"""What others do to guests and to libvirt's daemon is shown as it is: nothing of it passes through Handover."""

import lab

card = lab.Card()
win10 = lab.Guest("win10")
item = lab.start_applet()


def shown(state, words):
    """The status and the icon both say so."""
    lab.wait_for(f"the status says {state}", lambda: lab.guest_status("win10")["state"] == state, detail=lab.status)
    lab.wait_for(f"the icon says “{words}”", lambda: words in item.words(), detail=item.words)


win10.start()
shown("running", "is running")
win10.domain.suspend()
shown("paused", "is paused")
win10.domain.resume()
shown("running", "is running")

lab.as_root("systemctl", "kill", "--signal=KILL", "libvirtd.service")
lab.as_root("systemctl", "restart", "libvirtd.service")
lab.wait_for("libvirt is back and its guest ran on", lambda: win10.state() == "running")
lab.wait_for("Handover is connected again", lambda: lab.status()["connection"]["state"] == "connected", detail=lab.status)
shown("running", "is running")
lab.check(len(lab.status()["guests"]) == 3, "each guest has one entry", lab.status())

win10.kill()
lab.wait_for("the guest's QEMU is killed: libvirt says so", lambda: win10.state() == "crashed", detail=win10.state)
shown("crashed", "has crashed")
lab.wait_for("the card is with the host again", card.with_host, detail=card.drivers)

win10.start()
shown("running", "is running")
lab.as_root("systemctl", "stop", "libvirtd.service", "libvirtd.socket", "libvirtd-ro.socket", "libvirtd-admin.socket")
lab.wait_for("libvirtd stopped: the status says that there is no connection",
             lambda: lab.status()["connection"]["state"] in ("connecting", "unreachable"), detail=lab.status)
lab.wait_for("and the icon does not say that the guest runs", lambda: "running" not in item.words(), detail=item.words)
win10_process = win10.qemu()
lab.as_root("kill", "-KILL", str(win10_process))
lab.as_root("systemctl", "start", "libvirtd.socket", "libvirtd.service")
lab.wait_for("the guest died meanwhile: libvirt finds out", lambda: win10.state() == "crashed", detail=win10.state)
shown("crashed", "has crashed")
lab.wait_for("the card is with the host again", card.with_host, detail=card.drivers)
