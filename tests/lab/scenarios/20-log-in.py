# SPDX-License-Identifier: GPL-3.0-or-later
"""Handover is started once, told to start at login, and is there by itself after logging out and in again."""

import pathlib

import lab

AUTOSTART = pathlib.Path.home() / ".config/autostart/org.handover.Handover.desktop"

item = lab.start_applet()
lab.check(not AUTOSTART.exists(), "nobody asked for it at login yet")
item.choose("at login")
lab.wait_for("the menu made the autostart file", AUTOSTART.exists)

lab.log_out()
lab.check(lab.applet_pid() is None, "it is gone with the session")
lab.log_in()
item = lab.wait_for("its icon is there after logging in", lab.TrayItem.find)
lab.wait_for("it sees the guests", lambda: lab.guest_status("win10"))
lab.check(lab.guest_status("win10")["state"] == lab.Guest("win10").state() == "off", "win10 is off", lab.status())
lab.check(len(lab.status()["guests"]) == 3, "each of the three guests has one entry", lab.status())

first = lab.applet_pid()
lab.run("handover-applet")
lab.check(lab.applet_pid() == first, "a second start is not a second applet")
