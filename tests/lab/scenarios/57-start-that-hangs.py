# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=300
"""A start that hangs at a driver is told, with who holds it, and hangs nothing else."""

import inuse
import lab

card = inuse.card
item, told = inuse.start_applet()
holder = inuse.Holder(inuse.sound())
lab.handover("start", "win10", "--ignore-busy", "--no-wait")
# While it waits for whoever has the sound open the kernel shows no driver any more.
lab.wait_for("the kernel has given the display away, and not the sound",
             lambda: card.drivers() in (("vfio-pci", "snd_hda_intel"), ("vfio-pci", None)), detail=card.drivers)
lab.wait_for("it is told, with the function, the driver and who holds it",
             lambda: told.matching("waits for its card", "audio", "snd_hda_intel", holder.name), seconds=60,
             detail=lambda: (told.texts(), card.drivers(), lab.status()))
lab.outside.screenshot("57-start-that-hangs-told")
done = lab.handover("status")
lab.check(done.returncode == 0, "the applet answers meanwhile", done.stderr)
done = lab.handover("stop", "win10", "--force")
lab.check(done.returncode == 1 and "starting" in done.stderr, "and queues nothing behind it", done.stderr)
lab.check(len(item.menu()) > 3, "and has its menu")
holder.end()
inuse.runs("when it has ended the start goes on:")
lab.wait_for("and so says the status", lambda: lab.guest_status("win10")["state"] == "running", detail=lab.status)
inuse.stop_guest()
