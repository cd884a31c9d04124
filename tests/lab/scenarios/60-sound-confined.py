# SPDX-License-Identifier: GPL-3.0-or-later
# lab: long, boot=apparmor, deadline=420
"""A guest that AppArmor confines gets no sound that it could not start with. With the rule that Handover names, if one is
needed, it is heard by the module and by the bridge. The kernel, libvirt and the sound server are the judges."""

import pathlib
import re

import lab
import tone

HZ = 1000
SOCKET = pathlib.Path("/run/handover/1000/pulse.sock")
LOCAL = pathlib.Path("/etc/apparmor.d/local/abstractions/libvirt-qemu")
SETTINGS = pathlib.Path.home() / ".config/handover/settings.ini"

lab.define_more("tone")
guest = lab.Guest("tone")
lab.run("sh", "-c", f"test ! -e {LOCAL} || sudo cp {LOCAL} /tmp/rules")


def definition():
    return guest.domain.XMLDesc(lab.libvirt.VIR_DOMAIN_XML_INACTIVE)


def denials():
    return [line for line in lab.as_root("journalctl", "-k", "-b", "--no-pager", "-o", "cat").stdout.splitlines()
            if 'apparmor="DENIED"' in line and str(SOCKET) in line]


def all_denials():
    return "\n".join(sorted({line[line.find("apparmor="):line.find(" pid=")] for line in
                             lab.as_root("journalctl", "-k", "-b", "--no-pager", "-o", "cat").stdout.splitlines()
                             if 'apparmor="DENIED"' in line}))


def plays():
    """Whether the guest's own program has come so far as to say that it plays."""
    return "R" in lab.as_root("cat", "/var/log/libvirt/qemu/tone-serial.log", ok=None).stdout


def confinement():
    return lab.as_root("cat", f"/proc/{guest.qemu()}/attr/current").stdout.strip()


def sight():
    """All there is to see, for whoever wonders why the tone is not heard."""
    def said(*words):
        done = lab.as_root(*words, ok=None)
        return f"$ {' '.join(words)}\n{done.stdout}{done.stderr}"

    mine = [lab.run("pactl", *words, ok=None).stdout for words in
            (("info",), ("list", "short", "sinks"), ("list", "sink-inputs"), ("list", "short", "modules"),
             ("list", "short", "clients"))]
    return "\n".join([tone.what(), lab.handover("audio", "status", "--json").stdout, *mine,
                      said("tail", "-n", "30", "/var/log/libvirt/qemu/tone.log"), said("ss", "-xlp"),
                      said("ls", "-laR", str(SOCKET.parent)),
                      all_denials()])


lab.require("apparmor" in lab.connection().getCapabilities(), "libvirt confines guests by AppArmor",
            lab.as_root("aa-status").stdout)
at_first = definition()
lab.start_applet()

# Without the rule.
done = lab.handover("setup", "tone", "audio", "--yes")
refused = done.returncode == 4
lab.note(done.stderr.strip() or "not refused")
lab.check(refused or done.returncode == 0, "sound is set up or refused", (done.returncode, done.stdout, done.stderr))
if refused:
    command = re.search(r"sudo .*", done.stderr)
    lab.check(definition() == at_first, "the guest is as it was")
    lab.require(command and str(LOCAL) in command.group(), "the command for the missing rule is told", done.stderr)
    done = lab.handover("setup", "tone", "--yes")
    lab.check(done.returncode == 0 and "AppArmor" in done.stderr and "<sound" not in definition(),
              "asked for everything, it adds the rest and says why not sound", done.stderr)
lab.handover("setup", "tone", "--undo", "--yes")
lab.check(definition() == at_first, "which can be taken back")
lab.wait_for("and the way for sound goes", lambda: lab.status()["audio"]["state"] == "off" and not SOCKET.exists(),
             detail=lambda: lab.status()["audio"])

# Whether that is right: by hand it is defined, and does or does not start. (Not every kernel asks AppArmor about
# sockets that have a path; Debian 12's does not.)
sound = f"""<sound model='ich9'><codec type='output'/><audio id='1'/></sound>
<audio id='1' type='pulseaudio' serverName='unix:{SOCKET}'/></devices>"""
lab.connection().defineXML(re.sub(r"<audio [^>]*/>", "", at_first).replace("</devices>", sound))
lab.wait_for("the way for sound is there", lambda: lab.status()["audio"]["state"] == "on" and SOCKET.exists(),
             detail=lambda: lab.status()["audio"])
try:
    guest.start()
    started = True
except lab.libvirt.libvirtError as error:
    started = False
    lab.note(str(error).strip().splitlines()[-1])
lab.note("without the rule it " + ("starts" if started else "does not start"))
lab.check(started != refused, "Handover refuses just when such a guest does not start", all_denials())
lab.check(bool(denials()) == refused, "since AppArmor denies it the socket, or does not", all_denials())
if started:
    guest.destroy()
lab.connection().defineXML(at_first)
lab.wait_for("without it the way goes", lambda: lab.status()["audio"]["state"] == "off" and not SOCKET.exists(),
             detail=lambda: lab.status()["audio"])

# With the rule, where one is needed.
if refused:
    lab.run("sh", "-c", command.group())
done = lab.handover("setup", "tone", "audio", "--yes")
lab.require(done.returncode == 0, "with the rule sound is set up", done.stderr)
before = len(denials())
done = lab.handover("start", "tone")
lab.require(done.returncode == 0, "and the guest starts", f"{done.stderr} {all_denials()}")
lab.wait_for("which says that it plays", plays, detail=sight)
lab.check(re.fullmatch(r"libvirt-[-0-9a-f]+ \(enforce\)", confinement()), "confined", confinement())
# A sound card that nobody has used yet is mute.
lab.run("pactl", "set-sink-mute", "@DEFAULT_SINK@", "1")
lab.wait_for("Handover tells that the output device is mute", lambda: "is mute" in lab.status()["audio"]["guests"][0]["text"],
             detail=lambda: lab.status()["audio"])
lab.run("pactl", "set-sink-mute", "@DEFAULT_SINK@", "0")
lab.run("pactl", "set-sink-volume", "@DEFAULT_SINK@", "100%")
lab.wait_for("its tone is heard through the module", lambda: tone.heard(HZ), 60, detail=sight)
hertz = tone.strongest(HZ)
# A machine within an emulated one loses some of it and keeps time badly; to the hertz it is judged on real clocks.
lab.check(hertz is not None and abs(hertz - HZ) <= HZ / 100, "which is its own, within a hundredth", hertz)
lab.note(f"through the module: {hertz} Hz")
lab.check(lab.status()["audio"]["mode"] == "module", "which is what PulseAudio has", lab.status()["audio"])
guest.destroy()

SETTINGS.write_text("[settings]\naudio-mode='bridge'\n")
lab.wait_for("the bridge takes its place", lambda: lab.status()["audio"]["mode"] == "bridge"
             and lab.status()["audio"]["state"] == "on", detail=lambda: lab.status()["audio"])
done = lab.handover("start", "tone")
lab.require(done.returncode == 0, "the guest starts again", done.stderr)
lab.wait_for("and its tone is heard through the bridge", lambda: tone.heard(HZ), 60, detail=sight)
hertz = tone.strongest(HZ)
lab.check(hertz is not None and abs(hertz - HZ) <= HZ / 100, "again within a hundredth", hertz)
lab.note(f"through the bridge: {hertz} Hz")
lab.check(len(denials()) == before, "nothing more was denied", denials())
lab.note(all_denials())
guest.destroy()

lab.run("sh", "-c", f"if test -e /tmp/rules; then sudo mv /tmp/rules {LOCAL}; else sudo rm -f {LOCAL}; fi")
