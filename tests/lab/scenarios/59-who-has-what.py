# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=400
"""The window that shows who has what, while one guest has the card and another keyboard and mouse. What it says of each
state cards.py and sides-test.c check; here its picture is taken with all of it real."""

import lab
import moves
from gi.repository import GLib

BOTH = ("keyboard", "mouse")


def shown():
    return lab.run("xdotool", "search", "--onlyvisible", "--name", "^Who Has What$", ok=None).stdout.split()


card = lab.Card()
win10 = lab.Guest("win10")
moves.choose(*BOTH)
linux = lab.LinuxGuest()
linux.boot()
lab.start_applet()
lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
lab.call("org.handover.Handover", "/org/handover/Handover", "org.gtk.Actions", "Activate",
         GLib.Variant("(sava{sv})", ("cards", [], {})))
lab.wait_for("the window is there", lambda: len(shown()) == 1)
lab.stays("and stays while it is drawn", lambda: len(shown()) == 1, 5)
lab.outside.screenshot("who-has-what-host")

done = lab.handover("start", "win10")
lab.require(done.returncode == 0, "handover start", done.stderr)
lab.check(card.with_guest(), "the card is with the guest", card.drivers())
moves.switch("guest", "--guest", "linux")
lab.wait_for("both are with the other guest", lambda: moves.with_guest(linux, *BOTH), 120,
             detail=lambda: moves.drivers(*BOTH))
lab.check(len(shown()) == 1, "the window is still there")
lab.stays("and stays", lambda: len(shown()) == 1, 3)
lab.outside.screenshot("who-has-what-guests")
moves.switch("host")
lab.wait_for("both are home", lambda: moves.at_home(*BOTH), 120)
