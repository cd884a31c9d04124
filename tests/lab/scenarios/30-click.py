# SPDX-License-Identifier: GPL-3.0-or-later
"""A click on the icon gives the card to the guest, another brings it back. The kernel is asked first, then libvirt,
then what Handover says."""

import lab

card = lab.Card()
win10 = lab.Guest("win10")
lab.require(card.with_host(), "the card is with the host", card.drivers())
item = lab.start_applet()
lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
notices = lab.Notifications()

item.click()
lab.wait_for("a click gives both functions of the card to vfio-pci", card.with_guest, detail=card.drivers)
lab.wait_for("libvirt says that win10 runs", lambda: win10.state() == "running", detail=win10.state)
lab.wait_for("so does the status", lambda: lab.guest_status("win10")["state"] == "running", detail=lab.status)
lab.wait_for("and the icon", lambda: "running" in item.words(), detail=item.words)
lab.wait_for("and a notification", lambda: notices.matching("win10", "running"), detail=notices.texts)
lab.wait_for("the guest has come so far that it can obey", win10.coming_up(), detail=win10.registers)
lab.outside.screenshot("30-click-running")

item.click()
lab.wait_for("another click brings both back to their drivers", card.with_host, detail=card.drivers)
lab.wait_for("libvirt says that win10 is off", lambda: win10.state() == "off", detail=win10.state)
lab.wait_for("so does the status", lambda: lab.guest_status("win10")["state"] == "off", detail=lab.status)
lab.wait_for("and the icon", lambda: " off" in item.words(), detail=item.words)
lab.wait_for("and a notification", lambda: notices.matching("win10", "shut down"), detail=notices.texts)
