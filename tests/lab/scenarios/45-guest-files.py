# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user copies into a Linux guest, in a Linux guest: this machine itself. Installed as its README says; what
arrives on the other side of the port is the judge."""

import os
import pathlib
import shutil
import stat

import lab

SOURCE = pathlib.Path(shutil.which("handover")).parent.parent / "share/handover/guest/linux"
PORT = pathlib.Path("/dev/virtio-ports/org.handover.return.0")
HEARTBEAT = "handover-heartbeat.service"
INSTALLED = ("/usr/local/bin/handover-guest", "/etc/udev/rules.d/70-handover.rules", f"/etc/systemd/system/{HEARTBEAT}")


def arrived():
    return (lab.RESULTS / "return.txt").read_text().split("\n")[:-1]


def tell(*words, ok=(0,), **options):
    return lab.run("/usr/local/bin/handover-guest", *words, ok=ok, **options)


def take_the_rules_in():
    lab.as_root("systemctl", "daemon-reload")
    lab.as_root("udevadm", "control", "--reload")
    lab.as_root("udevadm", "trigger", "--action=change", "--subsystem-match=virtio-ports")
    lab.as_root("udevadm", "settle", "--timeout=60")  # not trigger's own --settle, which waits for ever for a lost event


try:
    lab.as_root("install", "-m", "0755", f"{SOURCE}/handover-guest", "/usr/local/bin/")
    refused = tell("host", ok=None)
    lab.check(refused.returncode == 1 and "70-handover.rules" in refused.stderr,
              "without the rule the user is told what is missing", refused)
    lab.check(arrived() == [], "and nothing arrives", arrived())

    lab.as_root("install", "-m", "0644", f"{SOURCE}/70-handover.rules", "/etc/udev/rules.d/")
    take_the_rules_in()
    lab.wait_for("the rule lets the user at the machine write to the port", lambda: os.access(PORT, os.W_OK), 20)
    lab.check(not stat.S_IMODE(PORT.stat().st_mode) & 0o006, "but nobody else", oct(PORT.stat().st_mode))
    tell("host")
    lab.wait_for("“host” arrives", lambda: arrived() == ["host"], 10, arrived)
    tell("alive")
    lab.wait_for("a heartbeat arrives", lambda: arrived() == ["host", "alive"], 10, arrived)

    lab.as_root("install", "-m", "0644", f"{SOURCE}/{HEARTBEAT}", "/etc/systemd/system/")
    verified = lab.as_root("systemd-analyze", "verify", f"/etc/systemd/system/{HEARTBEAT}", ok=None)
    lab.check(verified.returncode == 0 and HEARTBEAT not in verified.stderr, "systemd finds no fault in the unit", verified)
    take_the_rules_in()
    lab.wait_for("the port starts the heartbeat",
                 lambda: lab.run("systemctl", "is-active", HEARTBEAT, ok=None).stdout.strip() == "active", 30)
    lab.wait_for("and it goes on", lambda: arrived().count("alive") >= 3, 40, arrived)
    tell("host")
    lab.wait_for("“host” gets through between heartbeats", lambda: arrived().count("host") == 2, 10, arrived)

    # Nobody listens: the command ends all the same, and says so.
    silent = next(p for p in pathlib.Path("/sys/class/virtio-ports").iterdir()
                  if (p / "name").read_text().strip() == "org.handover.lab.silent")
    deaf = lab.as_root("env", f"HANDOVER_PORT=/dev/{silent.name}", "/usr/local/bin/handover-guest", "host", ok=None)
    lab.check(deaf.returncode == 1 and "nobody listens" in deaf.stderr, "a host that does not listen is told of", deaf)
    for words in ((), ("guest",), ("host", "now"), ("heartbeat", "soon"), ("heartbeat", "0")):
        bad = tell(*words, ok=None)
        lab.check(bad.returncode == 2, f"“{' '.join(words)}” is refused", bad)
finally:
    lab.as_root("systemctl", "stop", HEARTBEAT, ok=None)
    lab.as_root("rm", "-f", *INSTALLED)
    take_the_rules_in()
