# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long
"""The menu tells under which address the guest finds the user's files. Whether it is true is tried with sftp."""

import pathlib
import re

import lab

win10 = lab.Guest("win10")
before = win10.domain.XMLDesc(lab.libvirt.VIR_DOMAIN_XML_INACTIVE)
ssh = pathlib.Path.home() / ".ssh"
LABEL = "Copy Share Address"


def told(*words):
    return next(iter(notices.matching(*words)), None)


try:
    # A bridge as libvirt's own network has it.
    lab.as_root("ip", "link", "add", "handover9", "type", "bridge")
    lab.as_root("ip", "address", "add", "192.168.99.1/24", "dev", "handover9")
    lab.as_root("ip", "link", "set", "handover9", "up")
    lab.connection().defineXML(before.replace(
        "</devices>", "<interface type='bridge'><source bridge='handover9'/></interface></devices>"))
    lab.as_root("systemctl", "stop", "ssh")
    item = lab.start_applet()
    lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
    notices = lab.Notifications()

    item.choose(LABEL)
    lab.wait_for("without an ssh server it says how to start it", lambda: told("systemctl enable --now ssh"),
                 detail=notices.texts)
    lab.as_root("systemctl", "start", "ssh")
    item.choose(LABEL)
    lab.wait_for("with one it tells the address on the guest's bridge", lambda: told("sftp://user@192.168.99.1/home/user"),
                 detail=notices.texts)
    lab.outside.screenshot("48-share-address")

    ssh.mkdir(mode=0o700, exist_ok=True)
    lab.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ssh / "id_ed25519"))
    (ssh / "authorized_keys").write_text((ssh / "id_ed25519.pub").read_text())
    (ssh / "authorized_keys").chmod(0o600)
    (pathlib.Path.home() / "shared").write_text("found\n")
    # OpenSSH's own sftp takes the path of such an address from the home directory on, all others from the root on.
    host, path = re.search(r"sftp://([^/\s]+)(/home/user)", str(notices.texts())).groups()
    lab.run("sftp", "-q", "-o", "StrictHostKeyChecking=no", f"{host}:{path}/shared", "/tmp/fetched")
    lab.check(pathlib.Path("/tmp/fetched").read_text() == "found\n", "sftp finds the user's files there")

    lab.connection().defineXML(before.replace(
        "</devices>", "<interface type='direct'><source dev='handover9'/></interface></devices>"))
    item.choose(LABEL)
    lab.wait_for("a guest on macvtap, which does not reach the host, is told of", lambda: told("macvtap"),
                 detail=notices.texts)
finally:
    lab.as_root("systemctl", "start", "ssh")
    lab.as_root("ip", "link", "delete", "handover9", ok=None)
    lab.run("rm", "-rf", str(ssh), str(pathlib.Path.home() / "shared"), "/tmp/fetched")
    lab.connection().defineXML(before)
