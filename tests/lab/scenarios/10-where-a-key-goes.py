# SPDX-License-Identifier: GPL-3.0-or-later
# lab: boot=usual+no-i8042, no-handover
"""The lab itself: a key typed on the USB keyboard reaches the host, with the keyboard in a guest it reaches that, and
after the return it is the host's again. In the second boot there is no other keyboard than this one."""

import lab

KEY_A, KEY_B, KEY_C = 30, 48, 46

keyboard = lab.UsbDevice.find("keyboard")
lab.require(keyboard, "the host has the USB keyboard")
others = [i["name"] for i in lab.inputs() if i["name"].startswith("AT ")]
lab.check(bool(others) == (lab.BOOT == "usual"), "it is the only keyboard in the boot without PS/2", others)
lab.check(keyboard.drivers() == ["usbhid"], "it is on the host's driver", keyboard.drivers())
host = lab.HostKeys()
lab.outside.type("a")
lab.wait_for("a key reaches the host's X server", lambda: host.pressed == [KEY_A], detail=lambda: host.pressed)

guest = lab.LinuxGuest()
guest.boot()
guest.attach(keyboard)
lab.check(guest.has(keyboard), "the guest's live XML has exactly this keyboard")
lab.wait_for("the kernel took it from the host", lambda: not lab.usb_keyboards(), detail=lab.usb_keyboards)
lab.wait_for("the guest has a keyboard", lambda: any(line.startswith("input ") and "Keyboard" in line for line in guest.lines),
             detail=lambda: guest.lines)
lab.check(keyboard.drivers() == ["usbfs"], "it is driven by the guest's QEMU", keyboard.drivers())
lab.outside.type("b")
lab.wait_for("a key reaches the guest", lambda: KEY_B in guest.keys(), detail=lambda: guest.lines)
lab.check(host.pressed == [KEY_A], "and not the host", host.pressed)

guest.detach(keyboard)
lab.wait_for("the host has its keyboard again", lab.usb_keyboards, detail=lab.inputs)
# The X server opens the device some time after the kernel has it: typed until it arrives.
def typed_key_arrives():
    lab.outside.type("c")
    return KEY_C in host.pressed
lab.wait_for("a key reaches the host again", typed_key_arrives, detail=lambda: host.pressed)
lab.check(KEY_C not in guest.keys(), "and not the guest", guest.lines)
