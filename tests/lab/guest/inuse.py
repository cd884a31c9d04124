# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has the card open, and what is told of a start that this forbids."""

import html
import os
import pathlib

import lab

CHOICE = pathlib.Path(os.environ["XDG_RUNTIME_DIR"]) / "choose"
card = lab.Card()
win10 = lab.Guest("win10")


def users(path):
    """The commands that have a file open, by process id."""
    found = {}
    for number in lab.as_root("fuser", path, ok=(0, 1)).stdout.split():
        try:
            found[int(number)] = pathlib.Path(f"/proc/{number}/comm").read_text().strip()
        except OSError:
            pass  # it has ended
    return found


def display():
    return "/dev/dri/" + card.nodes("drm")[0]


def sound():
    controls = pathlib.Path(f"/sys/bus/pci/devices/{card.functions[1]}").glob("sound/card*/controlC*")
    return "/dev/snd/" + next(controls).name


class Holder:
    """A process that has a file open, of the user's own or of root's."""

    def __init__(self, path, root=False):
        # Left behind it would hang libvirt in the next scenario.
        words = [*(["sudo", "-n"] if root else ["setpriv", "--pdeathsig", "KILL"]), "sh", "-c", f"exec sleep 900 <>{path}"]
        self._process = lab.subprocess.Popen(words, stdin=lab.subprocess.DEVNULL)
        self.number = lab.wait_for(f"{path} is held{' by root' if root else ''}",
                                   lambda: next((n for n, name in users(path).items() if name == "sleep"), None))
        self.name = f"sleep ({self.number})"

    def has_ended(self):
        return self._process.poll() is not None

    def end(self):
        lab.as_root("kill", str(self.number), ok=None)
        self._process.wait()


def handover_start():
    return lab.handover("start", "win10")


def virsh_start():
    return lab.run("virsh", "-c", "qemu:///system", "start", "win10", ok=None)


def unchanged(how):
    lab.check(win10.state() in ("off", "crashed"), f"{how}: the guest is off", win10.state())
    lab.check(card.with_host(), f"{how}: the card is on its drivers", card.drivers())


class Told:
    """The notifications about starts that were refused. Each has to be waited for, so that they can be counted."""

    def __init__(self):
        self._notices = lab.Notifications()
        self._seen = 0

    def texts(self):
        return self._notices.texts()

    def matching(self, *words):
        return self._notices.matching(*words)

    def refused(self, how, word):
        """The next one. It says the word; the daemon has shown it."""
        def next_one():
            found = self._notices.matching("win10", "not started")[self._seen:]
            return found and found[-1]["id"] and found
        found = lab.wait_for(f"{how}: a notification", next_one, detail=self.texts)
        self._seen += len(found)
        lab.check(word in html.unescape(found[-1]["body"]), f"{how}: it says “{word}”", found[-1])
        return found[-1]


def refused(how, start, word, told=None):
    """A command's start is refused with that word, and nothing changes; Handover's also shows it."""
    done = start()
    lab.check(done.returncode not in (0, None), f"{how}: it is refused", done.stdout + done.stderr)
    lab.check(word in done.stderr, f"{how}: the command says “{word}”", done.stderr)
    if told:
        told.refused(how, word)
    unchanged(how)
    return done


def press(label):
    """The user opens dunst's menu of buttons and takes one."""
    CHOICE.write_text(label)
    lab.run("dunstctl", "context")


def runs(how, detail=None):
    lab.wait_for(f"{how} it runs", lambda: win10.state() == "running", 90, detail=detail or win10.state)
    lab.wait_for("with the card", card.with_guest, detail=card.drivers)


def stop_guest():
    win10.destroy()
    lab.wait_for("the card is back", card.with_host, detail=card.drivers)
    lab.wait_for("and Handover knows it", lambda: lab.guest_status("win10")["state"] == "off" and
                 lab.status()["gpus"][0]["owner"] == "host", detail=lab.status)


def start_applet():
    item = lab.start_applet()
    lab.wait_for("Handover knows the guest", lambda: lab.guest_status("win10"))
    return item, Told()
