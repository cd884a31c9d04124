# SPDX-License-Identifier: GPL-3.0-or-later
# lab: boot=no-i8042, deadline=600
"""The host's last keyboard: it does not leave without a way back."""

import lab
import moves

BOTH = ("keyboard", "mouse")

guest = lab.LinuxGuest()
guest.boot()


def home(what):
    lab.wait_for(f"{what}: both are home", lambda: moves.at_home(*BOTH), 150, detail=lambda: moves.drivers(*BOTH))


listed = lab.handover("devices").stdout
lab.check("the host's last keyboard" in listed, "the list marks the last keyboard", listed)

moves.choose(*BOTH, last_keyboard="'refuse'")
done = moves.switch("guest", code=4, what="a switch that takes the last keyboard is refused where the settings say so")
lab.check("last keyboard" in done.stderr, "with the reason", done.stderr)
lab.check(moves.at_home(*BOTH), "and nothing has moved", moves.drivers(*BOTH))

moves.choose(*BOTH, last_keyboard_return="uint32 8")
done = moves.switch("guest", what="else a time is set unasked")
lab.check("come home in" in done.stdout and "last keyboard" in done.stdout, "and told", done.stdout)
home("by that time")

guest.tell("alive 1000")
moves.choose(*BOTH, last_keyboard="'refuse'", heartbeat_timeout="uint32 20")
lab.start_applet()  # its keeper hears the heartbeat
lab.wait_for("a heartbeat is a way back", lambda: moves.handover("switch", "guest").returncode == 0, 120)
lab.wait_for("both are there", lambda: moves.with_guest(guest, *BOTH), 120, detail=lambda: moves.drivers(*BOTH))
lab.check("return-in" not in lab.status()["input"], "and no time is needed", lab.status())
guest.tell("alive 0")
home("by the guest's silence")
lab.wait_for("which the status says", lambda: lab.status()["input"].get("came-home") == "the guest fell silent", detail=lab.status)
