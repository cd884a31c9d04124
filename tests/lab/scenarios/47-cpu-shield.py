# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=240
"""While a chosen guest runs the host's own programs leave its processors, and have them back afterwards, whatever
becomes of Handover. systemd and the kernel's control groups are the judges."""

import pathlib

import lab

UNITS = ("user.slice", "system.slice", "init.scope")
RULE = pathlib.Path("/etc/polkit-1/rules.d/50-handover.rules")
NOTE = pathlib.Path.home() / ".local/state/handover/cpu-shield"
win10 = lab.Guest("win10")
before = win10.domain.XMLDesc(lab.libvirt.VIR_DOMAIN_XML_INACTIVE)
uuid = win10.domain.UUIDString()


def allowed():
    return tuple(lab.run("systemctl", "show", "--value", "-p", "AllowedCPUs", unit).stdout.strip() for unit in UNITS)


def usable(pid):
    """The processors that the kernel lets a process have."""
    return next(line.split()[1] for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                if line.startswith("Cpus_allowed_list"))


def pin(cpus):
    lab.connection().defineXML(before.replace("<os>", f"<cputune><vcpupin vcpu='0' cpuset='{cpus}'/></cputune><os>", 1))


def shield():
    settings = pathlib.Path.home() / ".config/handover/settings.ini"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"[guests/{uuid}]\nshield-cpus=true\n")


def kill_applet():
    """As a crash would end it: nothing of it runs any more."""
    lab.run("kill", "-KILL", str(lab.applet_pid()))
    lab.wait_for("Handover is dead", lambda: lab.applet_pid() is None, 20)


def is_shielded():
    return allowed() == ("0", "0", "0")


def is_free():
    return allowed() == ("", "", "")


try:
    lab.require(is_free(), "no processor is set aside at first", allowed())
    pin("1")
    shield()
    lab.start_applet()
    lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))

    refused = lab.handover("start", "win10")
    lab.check(refused.returncode == 4 and "shield-cpus" in refused.stderr,
              "without the right to do it the start is refused, with what to do", refused)
    lab.check(win10.state() == "off" and is_free() and not NOTE.exists(), "and nothing was changed", allowed())

    # The rule as handover-settings(5) shows it.
    lab.as_root("sh", "-c", f"""cat >{RULE} <<'END'
polkit.addRule(function(action, subject) {{
    if (action.id == "org.freedesktop.systemd1.manage-units" &&
        action.lookup("verb") == "set-property" && subject.isInGroup("libvirt"))
        return polkit.Result.YES;
}});
END""")
    lab.as_root("systemctl", "restart", "polkit")
    pin("0-1")
    refused = lab.handover("start", "win10")
    lab.check(refused.returncode == 4 and "leave none to the host" in refused.stderr,
              "setting all processors aside is refused", refused)
    lab.check(is_free(), "and nothing was changed", allowed())

    pin("1")
    started = lab.handover("start", "win10")
    lab.require(started.returncode == 0, "with that right it starts", started)
    lab.check(is_shielded(), "with the guest running the host's units have what it leaves", allowed())
    lab.check(usable(1) == "0" and usable("self") == "0", "which the kernel enforces", (usable(1), usable("self")))
    lab.check(usable(win10.qemu()) != "0", "but not on the guest", usable(win10.qemu()))
    vcpu = [p for p in pathlib.Path(f"/proc/{win10.qemu()}/task").iterdir() if "CPU 0/KVM" in (p / "comm").read_text()]
    lab.check(vcpu and usable(f"{win10.qemu()}/task/{vcpu[0].name}") == "1", "whose vCPU has the processor it is pinned to")
    win10.destroy()
    lab.wait_for("afterwards all have everything back", is_free, detail=allowed)
    lab.wait_for("in the kernel as well", lambda: usable(1) == usable("self") == "0-1", 20)
    lab.check(not NOTE.exists(), "and no note is left")

    win10.start()
    lab.wait_for("a guest that somebody else starts is shielded too", is_shielded, detail=allowed)
    kill_applet()
    win10.destroy()
    lab.stays("with Handover killed nobody gives them back", is_shielded, 2)
    lab.start_applet()
    lab.wait_for("the next start of Handover does", is_free, detail=allowed)

    win10.start()
    lab.wait_for("shielded again", is_shielded, detail=allowed)
    kill_applet()
    lab.start_applet()
    lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
    lab.stays("a Handover that finds the guest running leaves it shielded", is_shielded, 3)
    lab.as_root("systemctl", "set-property", "--runtime", "init.scope", "AllowedCPUs=0-1")
    win10.destroy()
    lab.wait_for("what somebody else has set since is theirs", lambda: allowed() == ("", "", "0-1"), detail=allowed)
finally:
    lab.as_root("rm", "-f", RULE)
    for unit in UNITS:
        lab.as_root("systemctl", "set-property", "--runtime", unit, "AllowedCPUs=")
    if win10.state() != "off":
        win10.destroy()
    lab.connection().defineXML(before)
