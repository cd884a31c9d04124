# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt's daemon dies while guests have the card, keyboard and mouse: nothing has moved, so nothing of that is told."""

import lab
import moves

BOTH = ("keyboard", "mouse")
card = lab.Card()
win10 = lab.Guest("win10")
linux = lab.LinuxGuest()

moves.choose(*BOTH)
linux.boot()
lab.start_applet()
told = lab.Notifications()
started = lab.handover("start", "win10")
lab.check(started.returncode == 0, "the guest starts", started.stderr)
lab.wait_for("it is told that it has the card", lambda: told.matching("win10", "card"), detail=told.texts)
moves.switch("guest")
lab.wait_for("keyboard and mouse are there", lambda: moves.with_guest(linux, *BOTH), detail=lambda: moves.drivers(*BOTH))
lab.wait_for("which is told", lambda: told.matching("keyboard and mouse", "linux"), detail=told.texts)
before = len(told.shown)


def of_the_guest():
    """What is told of anything but the connection, since libvirt has died. The countdown goes on, and is true."""
    return [n for n in told.shown[before:] if "libvirt" not in n["summary"] + n["body"] and
            not (n["replaces"] and n["summary"] == "Keyboard and mouse are with linux")]


lab.as_root("systemctl", "stop", "libvirtd.service", "libvirtd.socket", "libvirtd-ro.socket", "libvirtd-admin.socket")
lab.wait_for("it is told that the connection is lost", lambda: len(told.shown) > before, detail=told.texts)
lab.check(lab.status()["input"]["location"] == "guest", "the status has them still in a guest", lab.status()["input"])
lab.stays("for longer than a card may take, nothing else is told", lambda: not of_the_guest(), 14)
lab.as_root("systemctl", "start", "libvirtd.socket", "libvirtd.service")
lab.wait_for("Handover has libvirt again", lambda: lab.status()["connection"]["state"] == "connected", detail=lab.status)
lab.wait_for("and the guests with all that they had", lambda: lab.guest_status("linux")["has-input"] and
             lab.status()["gpus"][0]["owner"] == "guest", detail=lab.status)
lab.stays("still nothing else is told", lambda: not of_the_guest(), 5)
lab.check(not of_the_guest(), "so that all told was true", of_the_guest())

moves.switch("host")
lab.wait_for("they come home", lambda: moves.at_home(*BOTH), detail=lambda: moves.drivers(*BOTH))
lab.wait_for("which is told", lambda: told.matching("keyboard and mouse are back"), detail=told.texts)
win10.destroy()
linux.destroy()
lab.wait_for("and so does the card", card.with_host, detail=card.drivers)
