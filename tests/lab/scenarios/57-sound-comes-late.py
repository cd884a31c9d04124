# SPDX-License-Identifier: GPL-3.0-or-later
# lab: deadline=420
"""A sound server may open the card's sound after Handover has looked, as it does when a guest has just given the card
back: the start then hangs at the driver, until Handover has asked the sound server to let go."""

import pathlib

import inuse
import lab

HOOK = "/etc/libvirt/hooks/qemu.d/late-sound"
card = inuse.card


def restart_libvirt():
    lab.as_root("systemctl", "restart", "libvirtd.service")
    lab.wait_for("Handover has libvirt again", lambda: lab.status()["connection"]["state"] == "connected", detail=lab.status)


def sound_modules():
    """The sound server's modules that have the card, by number."""
    lines = lab.run("pactl", "list", "modules", "short").stdout.splitlines()
    return [line.split()[0] for line in lines if "module-alsa-card" in line]


def install_hook():
    """What loads the card into the sound server when libvirt is about to take it. With a profile it would see that its
    device is gone; without one it keeps the mixer open, as it does when the device goes while it looks at it."""
    number = pathlib.Path(inuse.sound()).name.removeprefix("controlC")
    name = "pci-" + card.functions[1].replace(":", "_")
    load = f"pactl load-module module-alsa-card device_id={number} name={name} card_name=alsa_card.{name} profile=off"
    load += " card_properties=device.bus_path=unknown"  # as of one that goes while it is looked at
    script = pathlib.Path.home() / "late-sound"
    script.write_text("#!/bin/sh\n"
                      'test "$1/$2/$3" = win10/prepare/begin || exit 0\n'
                      f"exec setpriv --reuid 1000 --clear-groups env XDG_RUNTIME_DIR=/run/user/1000 {load}\n")
    lab.as_root("install", "-D", "-m", "755", str(script), HOOK)
    restart_libvirt()


item, told = inuse.start_applet()
modules = lab.wait_for("the sound server has the card", sound_modules)
try:
    install_hook()
    for module in modules:
        lab.run("pactl", "unload-module", module)
    lab.wait_for("nobody uses its sound", lambda: not inuse.users(inuse.sound()), detail=lambda: inuse.users(inuse.sound()))
    started = lab.handover("start", "win10", "--no-wait")
    lab.check(started.returncode == 0, "a start is let through", started.stderr)
    lab.wait_for("the sound server has it open when the kernel wants it",
                 lambda: card.drivers() == ("vfio-pci", None) and sound_modules(), detail=card.drivers)
    inuse.runs("the sound server lets go, and so")
    lab.check(not sound_modules(), "it has the card no more", sound_modules())
    lab.check(not told.matching("waits for its card"), "nobody had to be told", told.texts())
    inuse.stop_guest()
    lab.wait_for("the sound server has the card again", sound_modules)
finally:
    lab.as_root("rm", "-f", HOOK)
    restart_libvirt()

# And as it comes: the sound server opens the card in its own time, some of which the next start meets.
for wait in (0.6, 1.2, 1.8):
    lab.handover("start", "win10")
    inuse.win10.destroy()
    lab.wait_for("the card is back", card.with_host, detail=card.drivers)
    lab.stays("and stays", card.with_host, wait)
    lab.handover("start", "win10", "--no-wait")
    inuse.runs(f"started {wait} s after it came back")
inuse.stop_guest()
