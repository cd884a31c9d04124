# SPDX-License-Identifier: GPL-3.0-or-later
# lab: deadline=600
"""Keyboard and mouse go to a guest and come home: by the command alone, by the applet, by D-Bus, by time and by the
guest's own wish. The kernel, libvirt and the keys that are typed say where they are."""

import lab
import moves
from gi.repository import GLib

KEY_A, KEY_B, KEY_C = 30, 48, 46
BOTH = ("keyboard", "mouse")

moves.choose(*BOTH)
guest = lab.LinuxGuest()
guest.boot()
host = lab.HostKeys()


def there(what):
    lab.wait_for(f"{what}: both are with the guest", lambda: moves.with_guest(guest, *BOTH), 120,
                 detail=lambda: moves.drivers(*BOTH))


def home(what, seconds=120):
    lab.wait_for(f"{what}: both are home", lambda: moves.at_home(*BOTH), seconds, detail=lambda: moves.drivers(*BOTH))


listed = lab.handover("devices").stdout
lab.check(moves.identity("keyboard", "serial") in listed and moves.identity("mouse", "serial") in listed
          and "056a:0000 " in listed, "the two that are alike are listed with what tells them apart", listed)

done = moves.switch("guest", "--guest", "linux")
there("by the command alone")
lab.check("linux" in done.stdout, "it says where they are", done.stdout)
keeper = moves.keepers()[0]
used = moves.cpu_seconds(keeper)
lab.stays("the keeper stays", lambda: moves.keepers() == [keeper], 5)
used = moves.cpu_seconds(keeper) - used
lab.check(used < 1, "and sleeps meanwhile", f"{used} s of processor time in 5 s")
lab.wait_for("the guest has a keyboard", lambda: any("Keyboard" in line for line in guest.lines), detail=lambda: guest.lines)
lab.outside.type("b")
lab.wait_for("a key reaches the guest", lambda: KEY_B in guest.keys(), detail=lambda: guest.lines)
lab.check(KEY_B not in host.pressed, "and not the host", host.pressed)
lab.check(lab.status()["input"]["location"] == "guest", "the status says so", lab.status()["input"])
moves.switch("host")
home("by the command alone")


def typed_key_arrives():
    lab.outside.type("c")
    return KEY_C in host.pressed
lab.wait_for("a key reaches the host again", typed_key_arrives, detail=lambda: host.pressed)
lab.check(KEY_C not in guest.keys(), "and not the guest", guest.lines)
moves.switch("toggle", what="a toggle takes them there")
there("by a toggle")
moves.switch("toggle", what="and another one home")
home("by a toggle")

lab.start_applet()
lab.wait_for("the applet knows the guest", lambda: lab.guest_status("linux")["state"] == "running", detail=lab.status)
moves.switch("guest")
there("by the command through the applet")
lab.wait_for("the status says that the guest has them", lambda: lab.guest_status("linux")["has-input"], detail=lab.status)
moves.switch("host")
home("by the command through the applet")
lab.call(lab.BUS_NAME, "/org/handover/Handover", "org.handover.Handover1", "SwitchInput",
         GLib.Variant("(sa{sv})", ("toggle", {})))
there("by D-Bus")
lab.call(lab.BUS_NAME, "/org/handover/Handover", "org.handover.Handover1", "SwitchInput",
         GLib.Variant("(sa{sv})", ("host", {})))
home("by D-Bus")

moves.switch("guest", "--return-after", "30")
there("with a time")
lab.check(0 < lab.status()["input"].get("return-in", 0) <= 30, "the status counts down", lab.status()["input"])
home("by time")
lab.wait_for("the status says why", lambda: lab.status()["input"].get("came-home") == "the time was over", detail=lab.status)

moves.switch("guest")
there("for the guest's wish")
guest.tell("say hosts please")
lab.stays("what the guest says otherwise has no effect", lambda: moves.with_guest(guest, *BOTH))
guest.tell("say host")
home("by the guest's wish")

guest.attach(lab.UsbDevice.find("mouse"))
lab.wait_for("what virsh attaches is seen", lambda: lab.status()["input"]["location"] == "partial", detail=lab.status)
moves.switch("toggle", what="a toggle of what is split goes home")
home("from a split")

moves.switch("guest")
there("for the end of the guest")
guest.destroy()
home("at the guest's end")
lab.wait_for("the status says that they are here", lambda: lab.status()["input"]["location"] == "host", detail=lab.status)
