# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=420
"""What root has open the user can't see: without the libvirt hook a start is refused for that, with it the process is named,
also to virsh; and the user has the last word."""

import pathlib

import inuse
import lab

HOOK = "/etc/libvirt/hooks/qemu.d/handover"
win10 = inuse.win10


def restart_libvirt():
    lab.as_root("systemctl", "kill", "--signal=KILL", "libvirtd.service")
    lab.as_root("systemctl", "restart", "libvirtd.service")
    lab.wait_for("libvirt is back", lambda: win10.state() in ("off", "crashed"))
    lab.wait_for("Handover as well", lambda: lab.status()["connection"]["state"] == "connected", detail=lab.status)


item, told = inuse.start_applet()
try:
    holder = inuse.Holder(inuse.display(), root=True)
    inuse.refused("held by root", inuse.handover_start, "can't be seen", told)
    source = next(path for prefix in ("/usr", "/usr/local")
                  if (path := pathlib.Path(prefix) / "share/handover/libvirt-hook/handover").exists())
    lab.as_root("install", "-D", "-m", "755", str(source), HOOK)
    restart_libvirt()
    inuse.refused("with the hook", inuse.handover_start, holder.name)
    inuse.refused("with the hook, by virsh", inuse.virsh_start, holder.name)
    done = lab.handover("start", "win10", "--ignore-busy")
    lab.check(done.returncode == 0, "but --ignore-busy is believed", done.stderr)
    holder.end()
    inuse.runs("so")
    inuse.stop_guest()

    holder = inuse.Holder(inuse.display(), root=True)
    inuse.refused("only once", inuse.virsh_start, holder.name)
    holder.end()
    holder = inuse.Holder(inuse.display())
    item.click()
    lab.wait_for("with the hook the tray names the process", lambda: told.matching("win10", "not started", holder.name),
                 detail=told.texts)
    inuse.press("Start anyway")
    inuse.runs("after “Start anyway”", told.texts)
    holder.end()
    inuse.stop_guest()
    done = inuse.handover_start()
    lab.check(done.returncode == 0, "with nobody there the hook lets it through", done.stderr)
    inuse.stop_guest()
finally:
    holder.end()
    lab.as_root("rm", "-f", HOOK)
    lab.as_root("systemctl", "restart", "libvirtd.service")
