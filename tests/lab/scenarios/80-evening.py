# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=600
"""A whole evening: from the login to the card's return, by nothing but what a user has in reach."""

import pathlib

import lab
import moves
import tone

KEY_A, KEY_B, KEY_F12 = 30, 48, 88
HOTKEY = ("ctrl", "alt", "m")
HZ = 700

card = lab.Card()
home = pathlib.Path.home()
ran = home / "card-is-back"
ran.unlink(missing_ok=True)
pictures = iter(range(1, 20))


def picture(what, told_too=True):
    """Of the icon, and of what was just told."""
    if told_too:
        lab.wait_for("the notification is on the screen",
                     lambda: lab.run("xdotool", "search", "--onlyvisible", "--class", "Dunst", ok=None).stdout)
        lab._wait(lambda: False, 1)  # for the picture's sake: it is drawn after that, and nothing tells when
    lab.outside.screenshot(f"evening-{next(pictures)}-{what}")


def sound():
    """What the sound server has, for whoever wonders why nothing is heard."""
    return guest.lines, tone.what(), lab.run("pactl", "list", "sink-inputs").stdout, lab.status()["audio"]


# What a user has set up before, once.
lab.define_more("evening")
moves.choose("keyboard", "mouse", primary_guest="'evening'",
             gpu_host_command=f"'/usr/bin/touch {ran}'")
(home / ".config/autostart").mkdir(parents=True, exist_ok=True)
(home / ".config/autostart/org.handover.Handover.desktop").write_text(
    "[Desktop Entry]\nType=Application\nName=Handover\nExec=handover-applet\n")

lab.log_out()
lab.log_in()
item = lab.wait_for("logging in brings the icon", lab.TrayItem.find, 90)
told = lab.Notifications()
host = lab.HostKeys()
lab.wait_for("it is connected", lambda: lab.status()["connection"]["state"] == "connected", detail=lab.status)
lab.wait_for("a way for the guest's sound is there", lambda: lab.status()["audio"]["state"] == "on", detail=lab.status)
picture("logged-in", told_too=False)

guest = lab.LinuxGuest("evening")
item.click()
lab.wait_for("a click starts the guest", lambda: guest.state() == "running", 90, detail=told.texts)
guest.listen()
lab.wait_for("the kernel gave the card to vfio-pci", card.with_guest, detail=card.drivers)
lab.wait_for("and it is told", lambda: told.matching("evening", "card") or told.matching("is with evening"), detail=told.texts)
picture("card-with-guest")
lab.wait_for("the guest is up", guest.coming_up(), detail=guest.registers)

guest.tell(f"hotkey {KEY_F12}")
guest.tell(f"beep {HZ}")
lab.wait_for("its tone is heard in the desktop's sound server", lambda: tone.heard(HZ), 60, detail=sound)

lab.outside.chord(*HOTKEY)
keyboard = lab.UsbDevice.find("keyboard")
mouse = lab.UsbDevice.find("mouse")
lab.wait_for("the hotkey moves keyboard and mouse", lambda: guest.has(keyboard) and guest.has(mouse), detail=told.texts)
lab.wait_for("the guest sees both", lambda: sum(line.startswith("input QEMU") for line in guest.lines) >= 2,
             detail=lambda: guest.lines)
picture("input-in-guest")
before = list(host.pressed)
lab.outside.type("a")
lab.wait_for("typed text arrives in the guest", lambda: KEY_A in guest.keys(), detail=lambda: guest.lines)
lab.outside.move(30, 30)
lab.wait_for("and so does the pointer", lambda: "moved" in guest.lines, detail=lambda: guest.lines)
lab.check(host.pressed == before, "and nothing of it on the host", host.pressed)

lab.outside.type("f12")
lab.wait_for("the guest's own hotkey arrives in it", lambda: KEY_F12 in guest.keys(), detail=lambda: guest.lines)
lab.wait_for("the guest's own hotkey brings them back", lambda: keyboard.drivers() == mouse.drivers() == ["usbhid"],
             detail=lambda: (keyboard.drivers(), mouse.drivers(), guest.lines, told.texts()))


def typed_here():
    lab.outside.type("b")
    return KEY_B in host.pressed


lab.wait_for("a key reaches the host again", typed_here, detail=lambda: host.pressed)
lab.wait_for("and it is told, with the reason", lambda: told.matching("the guest asked for it"), detail=told.texts)
picture("input-home")

done = lab.handover("switch", "guest", "--return-after", "20")
lab.check(done.returncode == 0, "again, with a timer", done.stderr)
lab.check(guest.has(keyboard), "they are in the guest", guest.lines)
lab.wait_for("the time brings them home", lambda: keyboard.drivers() == mouse.drivers() == ["usbhid"], detail=told.texts)
lab.wait_for("and Handover says so", lambda: lab.status()["input"]["location"] == "host", detail=lab.status)

guest.tell("beep 0")
item.click()
lab.wait_for("another click shuts the guest down", lambda: guest.state() == "off", 90, detail=told.texts)
lab.wait_for("the card is back on its drivers, with its nodes", card.with_host, detail=card.drivers)
lab.wait_for("and it is told", lambda: told.matching("back on the host"), detail=told.texts)
lab.wait_for("the user's command ran", ran.exists)
lab.wait_for("the status has the truth of it", lambda: lab.status()["gpus"][0]["owner"] == "host", detail=lab.status)
picture("card-back")

guest.domain.undefine()
lab.wait_for("with the guest's definition the way for its sound goes",
             lambda: not pathlib.Path("/run/handover/1000/pulse.sock").exists(), detail=lab.status)
lab.check(len([n for n in told.shown if "card" in (n["summary"] + n["body"]).lower() or "host" in n["summary"]]) <= 6,
          "nothing was told twice", told.texts())
