# SPDX-License-Identifier: GPL-3.0-or-later
# lab: deadline=300
"""The scenarios can fail. One of them is run with a `handover` that tells of a guest that never stops, and with an
applet whose icon, status and notifications all tell of a win10 that starts, but in libvirt's test driver."""

import pathlib

import lab

SCENARIO = "30-click"
PATIENCE = "25"  # seconds that a lied-to scenario waits for each check
WORLD = next(path for prefix in ("/usr", "/usr/local")
             if (path := pathlib.Path(prefix) / "share/handover/demo.xml").exists())


def failed(checks):
    return [check["what"] for check in checks if not check.get("ok", True)]


liar = pathlib.Path.home() / "lying-handover"
liar.write_text("#!/bin/sh\n"
                "handover \"$@\" | sed -E 's/\"state\" *: *\"(off|stopping)\"/\"state\":\"running\"/g'\n")
liar.chmod(0o755)
checks = lab.run_elsewhere(SCENARIO, LAB_HANDOVER=str(liar), LAB_PATIENCE=PATIENCE)
liar.unlink()
passed = [check["what"] for check in checks if check.get("ok")]
lab.check(failed(checks) == ["so does the status"], "a status that lies is found out, and nothing else", checks)
lab.check("libvirt says that win10 is off" in passed, "the scenario had judged by libvirt before", checks)

lab.put_everything_back()
checks = lab.run_elsewhere(SCENARIO, LAB_APPLET=f"handover-applet --connect test://{WORLD}", LAB_PATIENCE=PATIENCE)
lab.check(failed(checks) == ["a click gives both functions of the card to vfio-pci"],
          "an applet that starts another guest of the same name is found out", checks)
