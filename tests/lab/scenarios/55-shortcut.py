# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=1500
"""Keyboard and mouse go and come by the shortcut, typed on real keyboards, by a middle click and by the buttons of the
notification; whoever typed, no key stays down on either side. The icon and the notices say where they are."""

import time

import lab
import moves

BOTH = ("keyboard", "mouse")
KEYS = ("ctrl", "alt", "m")
KEY_F9 = 67


def there(what):
    lab.wait_for(f"{what}: both are with the guest", lambda: moves.with_guest(guest, *BOTH), 120,
                 detail=lambda: moves.drivers(*BOTH))
    lab.wait_for("Handover is done", lambda: moves.settled("guest"), detail=lab.status)


def home(what):
    lab.wait_for(f"{what}: both are home", lambda: moves.at_home(*BOTH), 120,
                 detail=lambda: moves.drivers(*BOTH))
    lab.wait_for("Handover is done", lambda: moves.settled("host"), detail=lab.status)
    lab.wait_for("the icon says so", lambda: "keyboard" not in item.words(), detail=item.words)


def nothing_is_down(what):
    """The X server, the kernel and the guest are asked which keys they hold for pressed."""
    lab.wait_for(f"{what}: no key is down on the host", lambda: not moves.keys_down(), detail=moves.keys_down)
    guest.lines.clear()

    def guest_holds_none():
        if "down" in (line.strip() for line in guest.lines):
            return True
        guest.tell("down")  # again and again: the last release may still be on its way
        return False
    lab.wait_for(f"{what}: nor in the guest", guest_holds_none, detail=lambda: guest.lines)


def hold(seconds, *keys, on="keyboard"):
    lab.outside.press(*keys, on=on)
    time.sleep(seconds)  # a person's finger, not a wait
    lab.outside.release(*keys, on=on)


moves.choose(*BOTH, last_keyboard_return="uint32 300")
guest = lab.LinuxGuest()
guest.boot()
item = lab.start_applet()
lab.wait_for("the applet knows the guest", lambda: lab.guest_status("linux")["state"] == "running", detail=lab.status)
lab.wait_for("the menu has the shortcut",
             lambda: any("Shortcut: Ctrl+Alt+M" in label for _number, label, _enabled in item.menu()), detail=item.menu)
notices = lab.Notifications()

lab.outside.chord(*KEYS)
there("typed on the keyboard that leaves")
lab.wait_for("the icon shows it", lambda: "Handover-input" in item.words() and "has keyboard" in item.words(),
             detail=item.words)
lab.wait_for("a notice tells it, and that they come home by themselves",
             lambda: notices.matching("with linux", "come home in", "last keyboard"), detail=notices.texts)
nothing_is_down("typed")
lab.check(set(notices.matching("with linux")[0]["actions"].values()) == {"Return now", "Stay"}, "it has two buttons",
          notices.matching("with linux"))
count = len(notices.matching("come home in"))
lab.wait_for("the time is counted down", lambda: len(notices.matching("come home in")) > count, detail=notices.texts)
lab.check(len({n["id"] for n in notices.matching("come home in") if n["id"]}) == 1, "in one notification",
          notices.matching("come home in"))
lab.outside.screenshot("55-shortcut-countdown")

moves.press_button("Stay")
lab.wait_for("Stay takes the time back", lambda: "return-in" not in lab.status()["input"], detail=lab.status)
lab.outside.chord(*KEYS, on="ps2")
home("typed on the keyboard that stayed")
lab.wait_for("a notice tells it", lambda: notices.matching("are back"), detail=notices.texts)
nothing_is_down("typed on the other")

guest.tell(f"hotkey {KEY_F9}")
for seconds in (0.05, 2):
    held = f"held for {seconds} s"
    hold(seconds, *KEYS)
    there(f"{held} on the keyboard that leaves")
    nothing_is_down(f"{held}, there")
    hold(seconds, *KEYS, on="ps2")
    home(f"{held} on the keyboard that stayed")
    nothing_is_down(f"{held} on the one that stayed")
    hold(seconds, *KEYS)
    there(f"{held}, once more")
    hold(seconds, "f9")
    home(f"the guest's own key, {held}")
    nothing_is_down(f"the guest's own key, {held}")

lab.outside.chord(*KEYS)
there("for the button")
lab.wait_for("the notice with its buttons is there again", lambda: "Return now" in notices.matching("with linux")[-1]
             ["actions"].values(), detail=notices.texts)
moves.press_button("Return now")
home("by the button")

item.middle_click()
there("by a middle click")
item.middle_click()
home("by another one")

item.choose("linux is running")
item.choose("30 Seconds")
there("lent by the menu")
lab.check(0 < lab.status()["input"].get("return-in", 0) <= 30, "the time runs", lab.status()["input"])
item.choose("Bring Back")
home("by the menu")

guest.destroy()
lab.wait_for("the guest is off", lambda: lab.guest_status("linux")["state"] == "off", detail=lab.status)
count = len(notices.shown)
lab.outside.chord(*KEYS)
lab.wait_for("a shortcut that can do nothing says why", lambda: any("not running" in n["body"] for n in
                                                                   notices.shown[count:]), detail=notices.texts)
moves.choose(*BOTH, shortcut="''")
lab.wait_for("without keys in the settings there is no shortcut",
             lambda: any("No Shortcut" in label for _number, label, _enabled in item.menu()), detail=item.menu)

guest.lines.clear()
guest.boot()
lab.wait_for("the guest runs again", lambda: lab.guest_status("linux")["state"] == "running", detail=lab.status)
item.middle_click()
there("before Handover is quit")
item.choose("Quit")
lab.wait_for("quit brings both home", lambda: moves.at_home(*BOTH), 120, detail=lambda: moves.drivers(*BOTH))
lab.wait_for("and then ends", lambda: lab.applet_pid() is None)
