# SPDX-License-Identifier: GPL-3.0-or-later
"""Every plug pulled in every state: what each cell of the matrix does, and what must hold after it.

A cell is a strike (who is killed, what is unplugged) in a state. What must hold is the same for all:

home      keyboard and mouse, as far as they are plugged in, are on the host's drivers; or they are in a live guest, a
          keeper lives, and it has said when they come home
card      Handover says of the card's owner what the kernel's driver links say. The card need not be home: libvirt,
          killed between two functions, forgets what it has taken, and a user gives it back as Handover says.
guests    Handover says of each guest what libvirt says, and names each once
icon      exactly one icon is in the tray
sound     the way for the guests' sound is there
clean     no guest of Handover's own, no entry of a device that is not there, no file in /tmp, and nothing in the
          runtime folder while no keeper is needed
"""

import os
import pathlib
import re
import signal
import subprocess

import lab
import moves

STATES = ("off", "starting", "running", "input", "mid-switch", "stopping")
STRIKES = ("applet", "keeper", "qemu", "qemu-stop", "libvirtd", "sound", "bridge", "tray", "notifications",
           "unplug-keyboard", "unplug-mouse")
SECONDS = 60  # within which all must hold again; the time it took is printed
DEVICES = ("keyboard", "mouse")

card = lab.Card()
win10 = lab.Guest("win10")


def pids(comm, anybody=False):
    """The processes of this name (as the kernel keeps it, 15 characters), the user's or anybody's."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (anybody or entry.stat().st_uid == os.getuid()) \
                    and (entry / "comm").read_text().strip() == comm[:15] \
                    and (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                found.append(int(entry.name))
        except OSError:
            continue  # it has just ended
    return found


def kill_user_processes(comm):
    for pid in pids(comm):
        os.kill(pid, signal.SIGKILL)


def set_up():
    """The settings of all cells, and an applet."""
    lab.define_more("evening")  # names the way for sound
    moves.choose(*DEVICES, primary_guest="'win10'", return_after="uint32 45", audio_mode="'bridge'")
    lab.start_applet()
    lab.wait_for("at first all holds", lambda: not broken(), SECONDS, detail=broken)


# --- the states ------------------------------------------------------------------------------------------------------


def is_taken(what):
    device = lab.UsbDevice.find(what)
    return device is not None and device.drivers() != ["usbhid"]


def bring_about(state):
    """Brings Handover into this state, or just into the middle of it."""
    if state == "off":
        return
    if state == "starting":
        lab.handover("start", "--no-wait", "win10")
        lab._wait(lambda: lab.pci_driver(card.functions[0]) != "bochs-drm", 30)
        return
    started = lab.handover("start", "win10")
    if started.returncode != 0:
        raise lab.Failed(f"the guest starts: {started.stderr}")
    if state in ("input", "mid-switch"):
        switch = subprocess.Popen(["handover", "switch", "guest"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lab._wait(lambda: any(map(is_taken, DEVICES)), 30)
        if state == "input":
            switch.wait(60)
    elif state == "stopping":
        lab._wait(win10.coming_up(), 60)
        lab.handover("stop", "--no-wait", "win10")


# --- the strikes -----------------------------------------------------------------------------------------------------


def qemu():
    """The guest's QEMU, found without asking anybody: it may be about to end. No other guest runs meanwhile."""
    return pids("qemu-system-x86_64", anybody=True)


def strike(what):
    """Strikes; returns False where there is nothing to strike in this state."""
    if what == "applet":
        os.kill(lab.applet_pid(), signal.SIGKILL)
    elif what == "keeper":
        if not pids("handover-keeper"):
            return False
        kill_user_processes("handover-keeper")
    elif what in ("qemu", "qemu-stop"):
        found, _ = lab._wait(qemu, 5)
        if not found:
            return False
        # A guest that is stopping may have ended by now.
        signal_name = "-KILL" if what == "qemu" else "-STOP"
        if lab.as_root("kill", signal_name, str(found[0]), ok=None).returncode != 0:
            return False
    elif what == "libvirtd":
        lab.as_root("systemctl", "kill", "--signal=KILL", "libvirtd.service")
        lab.as_root("systemctl", "restart", "--no-block", "libvirtd.service")
    elif what == "sound":
        kill_user_processes("pulseaudio")
    elif what == "bridge":
        if not pids("handover-audio-bridge"):
            return False
        kill_user_processes("handover-audio-bridge")
    elif what == "tray":
        kill_user_processes("xfce4-panel")
    elif what == "notifications":
        kill_user_processes("dunst")
    elif what.startswith("unplug-"):
        lab.outside.unplug(what.partition("-")[2])
    return True


def what_a_user_does_then(what):
    """What Handover cannot do by itself: the applet is started again, a frozen guest is forced off as it offers."""
    if what == "applet":
        lab._wait(lambda: lab.applet_pid() is None, 20)
        lab.start_applet()
    elif what == "qemu-stop":
        lab._wait(lambda: lab.handover("stop", "--force", "win10").returncode == 0, SECONDS)


# --- what must hold --------------------------------------------------------------------------------------------------


def home():
    """Whether keyboard and mouse are home, or away with a promise; returns '' or what is wrong."""
    for what in DEVICES:
        device = lab.UsbDevice.find(what)
        if device is None or device.drivers() == ["usbhid"]:
            continue
        told = lab.status()["input"]
        if win10.state() != "running" or not win10.has(device):
            return f"{what} is on {device.drivers()} and in no live guest"
        if not pids("handover-keeper"):
            return f"{what} is away and no keeper lives"
        if not told.get("return-in"):
            return f"{what} is away and no time is set: {told}"
    return ""


def card_owner():
    owner = lab.status()["gpus"][0]["owner"]
    if card.with_host():
        truth = ("host",)
    elif not card.with_guest():
        return ""  # between two drivers there is no wrong answer
    else:  # it is set aside for a guest that may not be there yet
        truth = ("guest",) if win10.state() == "running" else ("guest", "reserved")
    return "" if owner in truth else f"the card is with {truth}, not with {owner}"


def guests():
    said = {guest["name"]: guest["state"] for guest in lab.status()["guests"]}
    if len(said) != len(lab.status()["guests"]):
        return f"a guest is named twice: {lab.status()['guests']}"
    truth = {name: lab.Guest(name).state() for name in said}
    return "" if said == truth else f"libvirt: {truth}, Handover: {said}"


def icon():
    entries = lab.get_property(*lab.WATCHER, "RegisteredStatusNotifierItems")
    ours = [entry for entry in entries if "handover" in entry.lower()]
    return "" if len(ours) == 1 else f"{len(ours)} icons: {entries}"


def sound():
    told = lab.status()["audio"]
    return "" if told["state"] == "on" else f"no way for sound: {told}"


def clean():
    domains = [domain.name() for domain in lab.connection().listAllDomains()]
    if any(name.startswith("handover") for name in domains):
        return f"a guest of Handover's own is left: {domains}"
    if win10.state() == "running":
        there = {(d.bus, d.device) for d in map(lab.UsbDevice.find, DEVICES) if d}
        for bus, device in re.findall(r"<address bus='(\d+)' device='(\d+)'/>", win10.live_xml()):
            if (int(bus), int(device)) not in there:
                return f"the guest's XML still names {bus}:{device}"
    left = [p.name for p in pathlib.Path("/tmp").iterdir() if "handover" in p.name and "lab" not in p.name]
    if left:
        return f"left in /tmp: {left}"
    state = pathlib.Path(os.environ["XDG_RUNTIME_DIR"]) / "handover" / "keeper.state"
    if state.exists() and lab.status()["input"]["location"] == "host":
        return f"{state} is left"
    return ""


GUARANTEES = (home, card_owner, guests, icon, sound, clean)


def broken():
    """The first guarantee that does not hold now, or ''."""
    for guarantee in GUARANTEES:
        try:
            wrong = guarantee()
        except (OSError, KeyError, IndexError, RuntimeError, lab.GLib.Error, lab.libvirt.libvirtError) as error:
            wrong = f"cannot be told: {error!r}"
        if wrong:
            return f"{guarantee.__name__}: {wrong}"
    return ""


def put_back():
    """Between two cells: the guest off, the cables in, everything home, an applet that knows it."""
    if lab.applet_pid() is None:
        lab.start_applet()
    if lab.handover("switch", "host").returncode not in (0, 3):
        lab.note("the devices could not be called home between two cells")
    if win10.state() not in ("off", "crashed"):
        win10.destroy()
    lab.outside.cables_as_at_boot()
    if not lab._wait(card.with_host, 20)[0]:
        card.give_back()
    fine, _ = lab._wait(lambda: card.with_host() and not any(map(is_taken, DEVICES)) and not broken(), SECONDS)
    if not fine:
        lab.note(f"not all could be put back: {card.drivers()}, {moves.drivers(*DEVICES)}, {broken()}")


def play(what, state):
    """Plays one cell. Returns what came of it, and whether that is well."""
    bring_about(state)
    begin = lab.time.monotonic()
    try:
        if not strike(what):
            return "nothing to strike", True
    except (OSError, RuntimeError) as error:  # it has just ended by itself
        return f"nothing to strike: {error}", True
    what_a_user_does_then(what)
    fine, _ = lab._wait(lambda: not broken(), SECONDS)
    wrong = "" if fine else broken()
    return wrong or f"{lab.time.monotonic() - begin:.1f} s", not wrong


def evidence():
    """What a cell that failed leaves to look at: who has the devices, and what libvirt thinks and did."""
    nodes = [f"/dev/bus/usb/{int(d.bus):03}/{int(d.device):03}" for d in map(lab.UsbDevice.find, DEVICES) if d]
    look = ("ps ax -o pid,stat,etimes,args | grep [q]emu-system | cut -c1-150; virsh list --all; "
            "tail -n 5 /var/log/libvirt/qemu/win10.log; journalctl -b -n 15 --no-pager -u libvirtd")
    lab.note(f"{moves.drivers(*DEVICES)} {lab.handover('status', '--json').stdout}")
    lab.note(lab.as_root("sh", "-c", f"fuser -v {' '.join(nodes)} 2>&1; {look}", ok=None).stdout)


def run(cells):
    """Runs these (strike, state) cells, prints a table of them."""
    set_up()
    rows = {}
    for what, state in cells:
        try:
            outcome, fine = play(what, state)
        except (lab.Failed, subprocess.TimeoutExpired) as error:
            outcome, fine = f"not played to its end: {error}", False
        if outcome != "nothing to strike":
            lab.check(fine, f"{what}, while {state}: all holds again", outcome)
        if not fine:
            evidence()
        rows[what, state] = outcome
        begin = lab.time.monotonic()
        put_back()
        lab.note(f"{what}, while {state}: {outcome}; put back in {lab.time.monotonic() - begin:.0f} s")
    print_table(rows)


def print_table(rows):
    states = [state for state in STATES if any(state == cell[1] for cell in rows)]
    lab.note("| | " + " | ".join(states) + " |")
    lab.note("|---|" + "---|" * len(states))
    for what in STRIKES:
        found = [rows.get((what, state), "") for state in states]
        if any(found):
            lab.note(f"| {what} | " + " | ".join(found) + " |")
