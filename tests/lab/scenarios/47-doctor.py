# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=420
"""The doctor finds what was planted in a guest, makes the changes it offers, and the guest then starts. libvirt and
the kernel are the judges."""

import json
import pathlib

import lab

PAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
REPORT = pathlib.Path.home() / "report.md"

card = lab.Card()
lab.define_more("ill")
ill = lab.Guest("ill")


def examine():
    done = lab.handover("doctor", "ill", "--json")
    return {check["id"]: check for check in json.loads(done.stdout)["checks"]}


def definition():
    return ill.domain.XMLDesc(lab.libvirt.VIR_DOMAIN_XML_INACTIVE)


at_first = definition()
found = examine()
for name, verdict in {"iommu-hardware": "ok", "iommu-option": "ok", "iommu-groups": "ok", "cpu-virtualisation": "ok", "kvm": "ok",
                      "libvirt-connection": "ok", "libvirt-socket": "ok", "hostdev-present": "ok"}.items():
    lab.check(found[name]["verdict"] == verdict, f"this machine: {name} is {verdict}", found[name])
for name, verdict in {"iommu-strangers": "error", "hostdev-functions": "warning", "hostdev-managed": "warning",
                      "hugepages-free": "error", "cpu-pinning": "advice", "sound-variables": "warning", "memballoon": "advice",
                      "emulated-tablet": "advice", "return-channel": "advice", "cpu-model": "warning"}.items():
    lab.check(name in found and found[name]["verdict"] == verdict, f"planted: {name} is {verdict}", found.get(name))
lab.check(card.functions[1] in found["iommu-strangers"]["seen"], "the stranger is named", found["iommu-strangers"])

lab.start_applet()
done = lab.handover("start", "ill")
lab.check(done.returncode != 0 and ill.state() == "off", "as it is the guest does not start", done.stderr)

changes = []
while True:
    offered = [name for name, check in examine().items() if check["fixable"] and name not in changes]
    if not offered:
        break
    done = lab.handover("doctor", "ill", "--fix", offered[0], "--yes")
    lab.require(done.returncode == 0, f"--fix {offered[0]}", done.stdout + done.stderr)
    changes.append(offered[0])
found = examine()
for name in changes:
    lab.check(found[name]["verdict"] == "ok", f"{name} is ok now", found[name])
for name in ("hostdev-functions", "hostdev-managed", "cpu-pinning", "memballoon", "emulated-tablet", "return-channel", "cpu-model"):
    lab.check(name in changes, f"{name} was offered", changes)
lab.check(found["iommu-strangers"]["verdict"] == "ok", "so the group has no stranger any more", found["iommu-strangers"])

lab.check(found["hugepages-free"]["verdict"] == "error", "hugepages are the host's affair, and still missing")
lab.run("sh", "-c", found["hugepages-free"]["do"])
lab.check(examine()["hugepages-free"]["verdict"] == "ok", "the command that was shown brings them", PAGES.read_text())

done = lab.handover("start", "ill")
lab.require(done.returncode == 0, "the guest starts", done.stderr)
lab.wait_for("libvirt says that it runs", lambda: ill.state() == "running", detail=ill.state)
lab.wait_for("the kernel gave both functions to vfio-pci", card.with_guest, detail=card.drivers)
running = examine()
lab.note({name: check["seen"] for name, check in running.items() if name in ("card-msi", "iothread-scheduler", "hugepages-free")})
lab.check(running["hugepages-free"]["verdict"] == "ok", "while it runs it has its pages", running["hugepages-free"])
ill.destroy()
lab.wait_for("the card is back", card.with_host, detail=card.drivers)

done = lab.handover("doctor", "ill", "--report", str(REPORT))
text = REPORT.read_text()
machine = pathlib.Path("/etc/machine-id").read_text().strip()
lab.check(ill.domain.UUIDString() not in text and machine not in text and "| memballoon | ok |" in text,
          "the report tells what was found, and not who this is", done.stderr)

for _change in changes:
    lab.require(lab.handover("doctor", "ill", "--undo", "--yes").returncode == 0, "--undo")
lab.check(definition() == at_first, "all of it taken back, the definition is what it was")
lab.run("sh", "-c", f"echo 0 | sudo tee {PAGES}")
REPORT.unlink()
