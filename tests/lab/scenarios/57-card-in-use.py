# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, deadline=360
"""Nobody's card is taken away while it is in use: who uses it is named, the buttons do what they say, and PulseAudio, which
only looks like a use, is none."""

import inuse
import lab

card, win10 = inuse.card, inuse.win10
item, told = inuse.start_applet()

# A program of the user's own on the display.
holder = inuse.Holder(inuse.display())
done = inuse.refused("held display", inuse.handover_start, holder.name, told)
lab.check(done.returncode == 4, "with 4", done.returncode)
inuse.refused("held display, by toggle", lambda: lab.handover("toggle", "win10"), holder.name, told)
item.click()
notice = told.refused("held display, by the tray", holder.name)
lab.check({"check", "close", "anyway"} <= set(notice["actions"]), "with what can be done", notice)
lab.outside.screenshot("57-card-in-use-refused")
inuse.press("Check again")
told.refused("“Check again” while it is held", holder.name)
inuse.unchanged("“Check again”")
holder.end()
inuse.press("Check again")
inuse.runs("after it has ended and “Check again”", told.texts)
inuse.stop_guest()

# On the sound: this one would hang libvirt. PulseAudio has it too, and is no obstacle.
lab.wait_for("PulseAudio has the card's sound", lambda: "pulseaudio" in inuse.users(inuse.sound()).values(),
             detail=lambda: inuse.users(inuse.sound()))
holder = inuse.Holder(inuse.sound())
inuse.refused("held sound", inuse.handover_start, holder.name, told)
inuse.press("Close them")
lab.wait_for("“Close them” ends it", holder.has_ended, detail=told.texts)
inuse.runs("and then", told.texts)
inuse.stop_guest()
lab.wait_for("PulseAudio has the card's sound again", lambda: "pulseaudio" in inuse.users(inuse.sound()).values(),
             detail=lambda: inuse.users(inuse.sound()))
lab.check(card.functions[1].replace(":", "_") in lab.run("pactl", "list", "short", "cards").stdout, "and shows the card")
done = inuse.handover_start()
lab.check(done.returncode == 0, "with PulseAudio alone on it the start succeeds", done.stderr)
inuse.runs("and")
inuse.stop_guest()
