# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=2400
"""How long keyboard and mouse take to a guest and back, side by side on the same guest: by the plain virsh script, by the
same calls on a connection that is open already, by `handover switch`, and by the shortcut; what a shortcut's time is spent
on; and whether many toggles leave anything behind in Handover's processes. tests/bench/switch.py runs it."""

import datetime
import os
import pathlib
import re
import statistics
import time

import lab
import moves
from gi.repository import Gio, GLib

BOTH = ("keyboard", "mouse")
KEYS = ("ctrl", "alt", "m")
ROUNDS = 20
MORE_TOGGLES = 120  # with those of the rounds, 200 and more
CALLS = pathlib.Path("/run/user/1000/handover-lab-calls.log")

# What people write (see the notes that Handover started from): it looks by dumpxml and then moves one after the other.
SCRIPT = """#!/bin/sh
virsh="virsh -c qemu:///system"
if $virsh dumpxml "$1" | grep -q "<hostdev.*type='usb'"; then action=detach-device; else action=attach-device; fi
for file in "$2" "$3"; do $virsh $action "$1" "$file" --live; done
"""


class Watch:
    """When what happened, by the monotonic clock: libvirt's device events and the kernel's drivers."""

    def __init__(self, guest):
        self.kernel = []
        self.libvirt = []
        self._lines = lab.Lines("udevadm", "monitor", "--kernel", "--subsystem-match=usb", on_line=self._line)
        events = lab.libvirt
        for event in (events.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, events.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED):
            lab.connection().domainEventRegisterAny(guest.domain, event, self._device, None)

    def _line(self, line):
        # An interface's driver came or went: "KERNEL[12.345678] bind /devices/…/1-1:1.0 (usb)"
        found = re.match(r"KERNEL\[([0-9.]+)\] (bind|unbind) +\S+:1\.0 \(usb\)", line)
        if found:
            self.kernel.append(float(found[1]))

    def _device(self, *_):
        self.libvirt.append(time.monotonic())

    def clear(self):
        self.kernel.clear()
        self.libvirt.clear()


def calls():
    """When Handover's processes called libvirt to attach or detach, by the log of libvirt's own library."""
    offset = time.time() - time.monotonic()
    found = []
    for line in CALLS.read_text(errors="replace").splitlines() if CALLS.exists() else ():
        match = re.match(r"(\S+ \S+)\+0000: \d+: debug : vir(DomainAttachDevice|DomainDetachDevice)\w*:", line)
        if match:
            moment = datetime.datetime.fromisoformat(match[1]).replace(tzinfo=datetime.timezone.utc)
            found.append(moment.timestamp() - offset)
    return found


def median(values):
    return statistics.median(values) if values else float("nan")


guest = lab.LinuxGuest()
files = []


def by_script(_to_guest):
    lab.run("sh", "-c", SCRIPT, "switch", "linux", *files)


def by_calls(to_guest):
    domain = guest.domain
    begin = time.monotonic()
    for xml in (pathlib.Path(file).read_text() for file in files):
        (domain.attachDeviceFlags if to_guest else domain.detachDeviceFlags)(xml, lab.libvirt.VIR_DOMAIN_AFFECT_LIVE)
    return begin


def by_command(to_guest):
    # In the main loop, so that what happens meanwhile gets its time.
    process = Gio.Subprocess.new(["handover", "switch", "guest" if to_guest else "host"], Gio.SubprocessFlags.STDOUT_SILENCE)
    ended = []
    process.wait_check_async(None, lambda source, result: ended.append(source.wait_check_finish(result)))
    while not ended:
        GLib.MainContext.default().iteration(True)


def by_shortcut(to_guest):
    lab.outside.press(*KEYS, on="ps2")
    begin = time.monotonic()
    lab.outside.release(*KEYS, on="ps2")
    return begin


def is_done(to_guest):
    return moves.with_guest(guest, *BOTH) if to_guest else moves.at_home(*BOTH)


def toggle(way, to_guest, watch):
    """One move. Returns seconds until the call or command was over, and since its begin until each stage was."""
    value, last = lab._wait(lambda: moves.settled("host" if to_guest else "guest"), 60)
    lab.require(value, "Handover knows where they are", f"{last} {lab.status()['input']}")
    watch.clear()
    if CALLS.exists():
        os.truncate(CALLS, 0)  # Handover's processes keep it open
    begin = time.monotonic()
    begin = way(to_guest) or begin
    over = time.monotonic()
    value, last = lab._wait(lambda: is_done(to_guest) and len(watch.libvirt) >= 2, 120)
    lab.require(value, f"{way.__name__} has moved both", f"{last} {moves.drivers(*BOTH)} {watch.libvirt}")
    lab._wait(lambda: len(watch.kernel) >= 2, 5)
    made = calls()
    done = max(watch.libvirt + watch.kernel) - begin
    stages = {"call": min(made) - begin if made else None, "event": max(watch.libvirt) - begin,
              "kernel": max(watch.kernel) - begin if watch.kernel else None}
    return done if way is by_shortcut else over - begin, stages


def footprint(pid):
    """Descriptors, threads and KiB that belong to this process alone."""
    folder = pathlib.Path(f"/proc/{pid}")
    memory = re.search(r"Private_Dirty: +(\d+)", (folder / "smaps_rollup").read_text())
    return len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir())), int(memory[1])


def processes():
    return {"applet": lab.applet_pid(), "keeper": moves.keepers()[0]}


def quiet():
    """Until idle threads of the pools have ended."""
    lab._wait(lambda: False, 20)


moves.choose(*BOTH)
lab.run("systemctl", "--user", "set-environment", "LIBVIRT_LOG_FILTERS=1:libvirt.domain",
        f"LIBVIRT_LOG_OUTPUTS=1:file:{CALLS}")
try:
    guest.boot()
    for name in BOTH:
        path = pathlib.Path.home() / f"{name}.xml"
        path.write_text(lab.UsbDevice.find(name).hostdev())
        files.append(str(path))
    lab.start_applet()
    lab.wait_for("the applet knows the guest", lambda: lab.guest_status("linux")["state"] == "running", detail=lab.status)
    lab.wait_for("a keeper is there", moves.keepers)
    watch = Watch(guest)
    WAYS = {"script": by_script, "calls": by_calls, "command": by_command, "shortcut": by_shortcut}
    for way in WAYS.values():  # everything is loaded, and the keeper knows what it will know
        toggle(way, True, watch)
        toggle(way, False, watch)
    quiet()
    ours = processes()
    before = {name: footprint(pid) for name, pid in ours.items()}

    times = {(name, to_guest): [] for name in WAYS for to_guest in (True, False)}
    stages = {(name, to_guest): [] for name in WAYS for to_guest in (True, False)}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            for to_guest in (True, False):
                seconds, parts = toggle(way, to_guest, watch)
                times[name, to_guest].append(seconds)
                stages[name, to_guest].append(parts)
finally:
    lab.run("systemctl", "--user", "unset-environment", "LIBVIRT_LOG_FILTERS", "LIBVIRT_LOG_OUTPUTS")

lab.note(f"medians of {ROUNDS} toggles of keyboard and mouse, in seconds; ratios to the script and to the open connection")
lab.note("| way | attach | detach | of script | of script | of calls | of calls |")
lab.note("|---|---|---|---|---|---|---|")
of = {}
for name in WAYS:
    to, back = median(times[name, True]), median(times[name, False])
    for base in ("script", "calls"):
        of[name, base] = to / median(times[base, True]), back / median(times[base, False])
    lab.note(f"| {name} | {to:.3f} | {back:.3f} | {of[name, 'script'][0]:.2f} | {of[name, 'script'][1]:.2f} "
             f"| {of[name, 'calls'][0]:.2f} | {of[name, 'calls'][1]:.2f} |")
lab.note("where the time goes, since the begin (a key let go, a program started): the first call to libvirt, its last event, "
         "the last driver")
for name in ("calls", "command", "shortcut"):
    for to_guest in (True, False):
        parts = stages[name, to_guest]
        found = {stage: median([p[stage] for p in parts if p[stage] is not None]) for stage in ("call", "event", "kernel")}
        lab.note(f"| {name} | {'attach' if to_guest else 'detach'} | call {found['call']:.3f} | event {found['event']:.3f} "
                 f"| kernel {found['kernel']:.3f} |")


def moving(name, to_guest):
    """Handover's own moving: from its first call to libvirt to the last event, and to the last driver on the way home."""
    last = "event" if to_guest else "kernel"
    return median([p[last] - p["call"] for p in stages[name, to_guest] if p["call"] is not None and p[last] is not None])


for name in ("command", "shortcut"):
    to, back = moving(name, True), moving(name, False)
    lab.note(f"| {name} | first call until all is done | attach {to:.3f} = {to / median(times['calls', True]):.2f} of calls "
             f"| detach {back:.3f} = {back / median(times['calls', False]):.2f} of calls |")
# What a way costs beyond the calls that all have to make: how much of the script's whole time those are differs from machine
# to machine, so that the whole can't be judged.
for to_guest in (True, False):
    command, script = (median(times[way, to_guest]) - median(times["calls", to_guest]) for way in ("command", "script"))
    lab.note(f"| command | beyond the calls | {'attach' if to_guest else 'detach'} {command:.3f} = {command / script:.2f} of the script's |")
    lab.check(command <= 0.5 * script, "beyond the calls the command costs at most half of what the script does", (command, script))
lab.check(moving("command", True) <= 1.1 * median(times["calls", True]), "attaching takes no longer than the calls alone")
lab.check(moving("command", False) <= 0.9 * median(times["calls", False]), "detaching takes less than the calls one by one")

for _ in range(MORE_TOGGLES):
    lab.call(lab.BUS_NAME, "/org/handover/Handover", "org.handover.Handover1", "SwitchInput",
             GLib.Variant("(sa{sv})", ("toggle", {})), timeout=120000)
lab.wait_for("an even number of toggles ends at home", lambda: moves.at_home(*BOTH), 120,
             detail=lambda: moves.drivers(*BOTH))

quiet()
lab.check(processes() == ours, "applet and keeper are the same as before", processes())
for name, pid in ours.items():
    was, now = before[name], footprint(pid)
    lab.note(f"{name}: descriptors, threads, KiB of its own: {was} before, {now} after "
             f"{MORE_TOGGLES + 2 * ROUNDS * len(WAYS)} toggles")
    lab.check(now[0] <= was[0], f"the {name} has no more descriptors", (was, now))
    lab.check(now[1] <= was[1], f"the {name} has no more threads", (was, now))
    lab.check(now[2] <= was[2] + 400, f"the {name} has not grown", (was, now))
