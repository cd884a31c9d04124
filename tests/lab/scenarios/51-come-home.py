# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=2400
"""What goes wrong while keyboard and mouse are with a guest, and how they come home all the same: its QEMU is killed or
stops answering, the applet or the keeper is killed, plugs are pulled, one of the two cannot go."""

import lab
import moves

BOTH = ("keyboard", "mouse")
KEY_K, KEY_L = 37, 38

guest = lab.LinuxGuest()


def set_up(*names, **settings):
    """These devices move, and the guest runs."""
    moves.choose(*(names or BOTH), **settings)
    try:
        if guest.state() == "running" and guest.lines:
            return
    except lab.libvirt.libvirtError:
        pass
    guest.lines.clear()
    guest.boot()


def there(what, names=BOTH):
    lab.wait_for(f"{what}: with the guest", lambda: moves.with_guest(guest, *names), 120,
                 detail=lambda: moves.drivers(*names))


def home(what, names=BOTH, seconds=150):
    lab.wait_for(f"{what}: home", lambda: moves.at_home(*names), seconds,
                 detail=lambda: (moves.drivers(*names), lab.inputs(), moves.usb_entries(guest)))


def no_rescue_left(what):
    lab.wait_for(f"{what}: nothing is left of the rescue", lambda: not moves.borrowers(), detail=moves.borrowers)


def killed_keeper():
    """The keeper is killed; with no applet to notice systemd starts the next one, which keeps the promise."""
    set_up()
    moves.switch("guest", "--return-after", "25")
    there("for the killed keeper")
    first = moves.keepers()[0]
    moves.kill(first)
    lab.wait_for("a killed keeper is followed by another", lambda: moves.keepers() not in ([], [first]), 120)
    lab.check(moves.with_guest(guest, *BOTH), "they are still with the guest", moves.drivers(*BOTH))
    home("the second keeper keeps the time of the first")


def killed_applet():
    """The applet is killed with a time set, and nothing starts it again."""
    set_up()
    lab.start_applet()
    lab.wait_for("the applet knows the guest", lambda: lab.guest_status("linux")["state"] == "running", detail=lab.status)
    moves.switch("guest", "--return-after", "30")
    there("for the killed applet")
    moves.kill(lab.applet_pid())
    lab.wait_for("the applet is gone", lambda: lab.applet_pid() is None)
    home("by time, after the applet was killed")
    lab.check(lab.applet_pid() is None, "and no applet was needed")


def pulled_plug():
    """A plug is pulled and put back: that is an escape, and nothing stale stays in the guest."""
    set_up()
    moves.switch("guest")
    there("for the pulled plug")
    lab.outside.unplug("keyboard")
    lab.wait_for("the keyboard is pulled out", lambda: lab.UsbDevice.find("keyboard") is None)
    lab.outside.plug("keyboard")
    home("by plugging it in again")
    lab.check(not moves.usb_entries(guest), "the guest's XML has no stale entry", moves.usb_entries(guest))


def pulled_plug_of_the_living():
    """While the guest sends heartbeats, what is plugged in again goes there again, whatever the port."""
    set_up("tablet", by=None)
    guest.tell("alive 1000")
    lab.start_applet()  # its keeper hears the heartbeat before the switch
    moves.switch("guest")
    there("for the plug that is put elsewhere", ("tablet",))
    before = lab.UsbDevice.find("tablet")
    lab.outside.unplug("tablet")
    lab.wait_for("the tablet is pulled out", lambda: lab.UsbDevice.find("tablet") is None)
    lab.outside.plug("tablet", port="5")
    there("it has followed", ("tablet",))
    after = lab.UsbDevice.find("tablet")
    lab.check((after.name, after.device) != (before.name, before.device), "from another port, with another number",
              (after.name, after.device))
    lab.check(len(moves.usb_entries(guest)) == 1, "its stale entry is gone", moves.usb_entries(guest))
    for _ in range(2):  # however long the first took, these two are within ten seconds
        lab.outside.unplug("tablet")
        lab.wait_for("the tablet is pulled out once more", lambda: lab.UsbDevice.find("tablet") is None)
        lab.outside.plug("tablet")
        lab.wait_for("and put back", lambda: lab.UsbDevice.find("tablet"))
    home("twice within ten seconds brings it home", ("tablet",))
    guest.tell("alive 0")
    lab.stop_applet()


def absent_one():
    """What was absent joins the others; with the host's last keyboard it brings a way back along."""
    set_up()
    lab.outside.unplug("mouse")
    lab.wait_for("the mouse is pulled out", lambda: lab.UsbDevice.find("mouse") is None)
    done = moves.switch("guest", what="a switch with one device absent is done")
    lab.check("not plugged in" in done.stdout, "and says so", done.stdout)
    there("without the absent one", ("keyboard",))
    lab.outside.plug("mouse")
    there("the absent one has joined")
    moves.switch("host")
    home("with the one that joined")


def killed_qemu():
    """The guest's QEMU is killed: both are left without a driver, and get it back."""
    set_up()
    moves.switch("guest")
    there("for the killed QEMU")
    guest.kill()
    home("after the guest's QEMU was killed")
    lab.wait_for("the killed guest is off", lambda: guest.state() in ("off", "crashed"), detail=guest.state)
    no_rescue_left("killed QEMU")


def half_a_switch():
    """The mouse goes, the keyboard cannot (the guest has one free port): all or none."""
    one_port = moves.guest_with_one_port()
    moves.choose("mouse", "keyboard", primary_guest="'one-port'")
    done = moves.switch("guest", code=1, what="a switch of which the second half fails ends with 1")
    lab.check(moves.at_home(*BOTH), "and both are home", moves.drivers(*BOTH))
    lab.check(done.stderr.count("\n") == 1 and "(QEMU USB Keyboard) cannot go to one-port" in done.stderr,
              "one line names what failed", done.stderr)
    one_port.destroy()


def stopped_qemu():
    """The guest's QEMU is stopped: nothing answers, so forcing it off is offered, and they come home."""
    set_up(input_timeout="uint32 15")
    moves.switch("guest")
    there("for the stopped QEMU")
    guest.kill("STOP")
    done = moves.switch("host", code=1, what="a QEMU that does not answer is told")
    lab.check("handover stop --force linux" in done.stderr, "with what to do", done.stderr)
    done = moves.handover("stop", "linux", "--force")
    lab.check(done.returncode == 0, "the guest is forced off", done.stderr)
    home("after the guest was forced off")
    no_rescue_left("stopped QEMU")


def stopped_qemu_on_the_desktop():
    """The same with the applet: a notification offers it, and its button does it."""
    set_up(input_timeout="uint32 15")
    lab.start_applet()
    lab.wait_for("the applet knows the guest", lambda: lab.guest_status("linux")["state"] == "running", detail=lab.status)
    notices = lab.Notifications()
    moves.switch("guest", "--return-after", "20")
    there("for the stopped QEMU with a time")
    guest.kill("STOP")
    offer = lab.wait_for("force off is offered once the time is over",
                         lambda: notices.matching("linux does not give keyboard and mouse back"), 120, detail=notices.texts)
    lab.check("Force off" in offer[0]["actions"].values(), "by a button", offer)
    lab.outside.screenshot("51-stopped-qemu")
    moves.press_button("Force off")
    home("after the button was pressed")
    lab.wait_for("the stopped guest is off", lambda: guest.state() in ("off", "crashed"), detail=guest.state)
    lab.wait_for("the status says that they are here", lambda: lab.status()["input"]["location"] == "host", detail=lab.status)
    lab.stop_applet()


def alike():
    """Of two devices that are alike the right one goes, and a choice that means both is refused."""
    lab.outside.plug("keyboard2")
    first, second = (lab.wait_for(f"a keyboard at port {n}", lambda: moves.at_port(n)) for n in (1, 4))
    lab.check((first.vendor, first.product) == (second.vendor, second.product), "two keyboards are alike")
    set_up()
    moves.choose_ids(f"{first.vendor}:{first.product}")
    done = moves.switch("guest", code=3, what="a choice that means both is refused")
    lab.check(all(f"{first.vendor}:{first.product}/serial={d.serial}" in done.stderr for d in (first, second)),
              "and the message says how to be exact", done.stderr)
    moves.choose_ids(f"{second.vendor}:{second.product}/serial={second.serial}")
    host = lab.HostKeys()
    moves.switch("guest")
    lab.check(guest.has(second) and second.drivers() == ["usbfs"], "the second one has gone", second.drivers())
    lab.check(not guest.has(first) and first.drivers() == ["usbhid"], "the first one has not", first.drivers())
    lab.wait_for("the guest has the keyboard", lambda: any("Keyboard" in line for line in guest.lines),
                 detail=lambda: guest.lines)

    def keys_arrive():
        lab.outside.type("k", on="keyboard2")
        lab.outside.type("l")
        return KEY_K in guest.keys() and KEY_L in host.pressed

    lab.wait_for("keys of the one reach the guest, of the other the host", keys_arrive,
                 detail=lambda: (guest.lines, host.pressed))
    lab.check(KEY_L not in guest.keys() and KEY_K not in host.pressed, "and not the other way round",
              (guest.lines, host.pressed))
    moves.switch("host")
    lab.wait_for("both are the host's", lambda: second.drivers() == first.drivers() == ["usbhid"])
    lab.outside.unplug("keyboard2")


def ssh():
    """An ssh login brings them home: only this command is allowed to its key."""
    set_up()
    moves.switch("guest")
    there("for ssh")
    moves.ssh("handover switch host")
    home("by a real ssh login")


moves.each(killed_keeper, killed_applet, pulled_plug, pulled_plug_of_the_living, absent_one, killed_qemu, half_a_switch,
           stopped_qemu, stopped_qemu_on_the_desktop, alike, ssh)
