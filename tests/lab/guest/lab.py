# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's scenarios are written with.

A scenario acts as the user (keys, cables, tray, command line) and judges by others than Handover: the kernel, libvirt,
the X server, the notification daemon's bus. See README.md for the map. The order here: reporting and waiting; the
machine outside; the kernel; libvirt and its guests; the desktop; Handover.
"""

import json
import os
import pathlib
import pwd
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import time
import traceback

import gi

gi.require_version("LibvirtGLib", "1.0")
from gi.repository import Gio, GLib, LibvirtGLib  # noqa: E402

# libvirt's events arrive on GLib's main loop, like all others.
LibvirtGLib.event_register()
import libvirt  # noqa: E402

libvirt.registerErrorHandler(lambda *_: None, None)

USER = "user"
RESULTS = pathlib.Path("/lab/out")
BOOT = json.loads(pathlib.Path("/lab/in/job.json").read_text())["boot"]  # "usual", "no-i8042" or "apparmor"


# --- reporting and waiting -------------------------------------------------------------------------------------------


class Failed(Exception):
    """A check that the rest of the scenario depends on failed. It has been reported already."""


_pipe = None
_name = "scenario"
_patience = float(os.environ.get("LAB_PATIENCE", "0"))


def _send(**message):
    print(json.dumps(message), file=_pipe or sys.stdout, flush=True)


def note(text):
    """A line of comment in the TAP output, for figures."""
    _send(event="note", text=f"  {text}")


def check(ok, what, detail=""):
    """One point of the TAP output. A failed one has the journal's end with it: of a test elsewhere nothing else is seen."""
    if not ok:
        journal = run("journalctl", "--user", "--lines=12", "--output=short-monotonic", "--no-pager", ok=None)
        detail = f"{detail}\njournal:\n{journal.stdout}"
    _send(ok=bool(ok), what=what, detail=str(detail))
    return bool(ok)


def require(ok, what, detail=""):
    """A check without which the rest makes no sense."""
    if not check(ok, what, detail):
        raise Failed(what)


def _wait(probe, seconds):
    """Runs the main loop until `probe` answers with something true. The clock only covers what sends no event."""
    loop = GLib.MainContext.default()
    deadline = time.monotonic() + (_patience or seconds)
    ticking = True

    def tick():
        return ticking

    GLib.timeout_add(100, tick)
    try:
        while True:
            try:
                if value := probe():
                    return value, value
            except (libvirt.libvirtError, GLib.Error, OSError) as error:
                value = error
            if time.monotonic() > deadline:
                return None, value
            loop.iteration(True)
            for _ in range(1000):  # a source that is always ready must not stop the clock
                if not loop.pending():
                    break
                loop.iteration(False)
    finally:
        ticking = False


def wait_for(what, probe, seconds=120, detail=None):
    """A check that may take its time; without it the rest makes no sense. Returns what `probe` returned."""
    start = time.monotonic()
    value, last = _wait(probe, seconds)
    if not value:
        explained = detail() if detail else repr(last)
        check(False, what, f"not within {time.monotonic() - start:.0f} s; last seen: {explained}")
        raise Failed(what)
    check(True, what)
    return value


def stays(what, probe, seconds=3):
    """A check that something does not happen: `probe` stays true while the main loop runs for a while."""
    broken, _ = _wait(lambda: not probe(), min(seconds, _patience or seconds))
    return check(not broken, what)


def run_scenario(path, pipe=None):
    """Runs a scenario's file in this process. Its checks go to `pipe` as JSON lines."""
    global _pipe, _name
    _pipe = pipe
    _name = path.stem
    try:
        runpy.run_path(str(path), run_name="__main__")
    except Failed:
        raise SystemExit(1)
    except Exception:
        check(False, "no exception", traceback.format_exc())
        raise
    finally:
        outside.screenshot(_name)


def run_elsewhere(name, **environment):
    """Runs another scenario in a process of its own with these variables, its checks unreported; returns them."""
    program = "import pathlib, lab, sys; lab.run_scenario(pathlib.Path(sys.argv[1]))"
    here = pathlib.Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", program, here.parent / f"scenarios/{name}.py"], cwd=here, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env={**os.environ, **environment},
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run(*words, ok=(0,), **options):
    """Runs a program as the user; returns the finished process with its output as text."""
    done = subprocess.run(words, text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=150, **options)
    if ok is not None and done.returncode not in ok:
        raise RuntimeError(f"{shlex.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return done


def as_root(*words, **options):
    return run("sudo", "-n", *words, **options)  # for judging and for breaking things, never for what a user does


class Lines:
    """A program that prints lines for as long as the scenario runs."""

    def __init__(self, *words, on_line=None):
        self.lines = []
        self._on_line = on_line
        self._rest = b""
        # A leftover would keep the runner waiting for the end of its output.
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "stdbuf", "-oL", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        os.set_blocking(self._process.stdout.fileno(), False)
        GLib.io_add_watch(self._process.stdout, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN, self._read)

    def _read(self, source, _condition):
        data = source.read()
        if data is None:  # nothing there after all
            return True
        if not data:
            return False
        *complete, self._rest = (self._rest + data).split(b"\n")
        for line in complete:
            text = line.decode(errors="replace")
            self.lines.append(text)
            if self._on_line:
                self._on_line(text)
        return True


# --- the machine outside ---------------------------------------------------------------------------------------------


class Outside:
    """The hand on the keyboard and on the cables: asks the program that runs this machine."""

    def __init__(self):
        self._port = None

    def _ask(self, do, **arguments):
        if self._port is None:
            self._port = open("/dev/virtio-ports/org.handover.lab.ask", "r+b", buffering=0)
        self._port.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += self._port.read(65536) or b""
        answer = json.loads(answer)
        if not answer["ok"]:
            raise RuntimeError(f"{do}: {answer['error']}")
        return answer["result"]

    def press(self, *keys, on="keyboard"):
        """Presses keys (QEMU's names: "a", "ctrl", "f12") and holds them."""
        self._ask("key", keys=keys, down=True, on=on)

    def release(self, *keys, on="keyboard"):
        self._ask("key", keys=tuple(reversed(keys)), down=False, on=on)

    def type(self, *keys, on="keyboard"):
        """Types the keys one after the other."""
        for key in keys:
            self.press(key, on=on)
            self.release(key, on=on)

    def chord(self, *keys, on="keyboard"):
        """Presses the keys together and lets them go."""
        self.press(*keys, on=on)
        self.release(*keys, on=on)

    def move(self, x, y, on="mouse"):
        self._ask("move", x=x, y=y, on=on)

    def click(self, button="left", on="mouse"):
        self._ask("button", button=button, down=True, on=on)
        self._ask("button", button=button, down=False, on=on)

    def plug(self, name, port=None):
        """Plugs a USB device in: keyboard, mouse, tablet (there at boot) or keyboard2."""
        return self._ask("plug", name=name, **({"port": port} if port else {}))

    def unplug(self, name):
        return self._ask("unplug", name=name)

    def cables_as_at_boot(self):
        self._ask("cables_as_at_boot")

    def screenshot(self, name):
        self._ask("screenshot", name=name)


outside = Outside()


# --- the kernel ------------------------------------------------------------------------------------------------------


def pci_driver(address):
    """The driver of a PCI function (0000:01:00.0), or None."""
    link = pathlib.Path(f"/sys/bus/pci/devices/{address}/driver")
    return os.path.basename(os.readlink(link)) if link.exists() else None


def node_device(address):
    """libvirt's name of a PCI device."""
    return "pci_" + re.sub("[:.]", "_", address)


class Card:
    """The card to pass through: its functions and what the kernel says about them."""

    HOST_DRIVERS = ("bochs-drm", "snd_hda_intel")

    def __init__(self):
        for device in sorted(pathlib.Path("/sys/bus/pci/devices").iterdir()):
            if (device / "class").read_text().startswith("0x0380") and (device / "vendor").read_text() == "0x1234\n":
                self.functions = (device.name, device.name[:-1] + "1")

    def drivers(self):
        return tuple(pci_driver(address) for address in self.functions)

    def with_guest(self):
        return self.drivers() == ("vfio-pci", "vfio-pci")

    def with_host(self):
        """Both functions on the host's drivers and the card's nodes there again."""
        return self.drivers() == self.HOST_DRIVERS and bool(self.nodes("drm")) and bool(self.nodes("sound"))

    def give_back(self):
        """What Handover tells the user to do when libvirt was killed while it took the card, and forgot it."""
        for address, driver in zip(self.functions, self.drivers()):
            if driver not in self.HOST_DRIVERS:
                note(f"{address} was left on {driver}")
                as_root("virsh", "-c", "qemu:///system", "nodedev-reattach", node_device(address))

    def nodes(self, subsystem):
        """Names of the nodes that the functions have now, such as card1 or controlC0; numbers change at each return."""
        found = []
        for address in self.functions:
            for path in pathlib.Path(f"/sys/bus/pci/devices/{address}").glob(f"{subsystem}/card*"):
                found.append(path.name)
        return found


def inputs():
    """The kernel's input devices: a list of dicts with name, bus, vendor, product, phys, handlers."""
    found = []
    for block in pathlib.Path("/proc/bus/input/devices").read_text().split("\n\n"):
        match = re.search(r"Bus=(\w+) Vendor=(\w+) Product=(\w+)", block)
        if not match:
            continue
        fields = dict(zip(("bus", "vendor", "product"), match.groups()))
        for key, pattern in (("name", r'Name="(.*)"'), ("phys", r"Phys=(.*)"), ("handlers", r"Handlers=(.*)")):
            value = re.search(pattern, block)
            fields[key] = value.group(1).strip() if value else ""
        found.append(fields)
    return found


def usb_keyboards():
    """Names of the USB keyboards that the host itself can read."""
    return [i["name"] for i in inputs() if i["bus"] == "0003" and "kbd" in i["handlers"].split()
            and "Keyboard" in i["name"]]


def usb_pointers():
    return [i["name"] for i in inputs() if i["bus"] == "0003" and any(h.startswith("mouse") for h in i["handlers"].split())]


class UsbDevice:
    """A USB device as sysfs shows it. Found anew each time: numbers change when it is plugged in again."""

    NAMES = {"keyboard": "QEMU USB Keyboard", "mouse": "QEMU USB Mouse", "tablet": "Wacom PenPartner"}

    def __init__(self, path):
        self._path = path
        read = lambda name: (path / name).read_text().strip()
        self.name = path.name
        self.vendor, self.product = read("idVendor"), read("idProduct")
        self.bus, self.device = int(read("busnum")), int(read("devnum"))
        self.serial = read("serial") if (path / "serial").exists() else None

    @classmethod
    def find(cls, what):
        """The device that the lab calls "keyboard", "mouse" or "tablet", or None."""
        for path in sorted(pathlib.Path("/sys/bus/usb/devices").iterdir()):
            product = path / "product"
            if product.exists() and product.read_text().strip() == cls.NAMES[what]:
                return cls(path)
        return None

    def drivers(self):
        """The drivers of its interfaces: usbhid with the host, usbfs with a guest, None when it lies dead."""
        found = []
        for interface in sorted(self._path.glob(f"{self.name}:*")):
            driver = interface / "driver"
            found.append(os.path.basename(os.readlink(driver)) if driver.exists() else None)
        return found

    def hostdev(self):
        """Device XML that names exactly this device."""
        return (f"<hostdev mode='subsystem' type='usb' managed='yes'><source>"
                f"<vendor id='0x{self.vendor}'/><product id='0x{self.product}'/>"
                f"<address bus='{self.bus}' device='{self.device}'/></source></hostdev>")


# --- libvirt and its guests ------------------------------------------------------------------------------------------

STATES = {
    libvirt.VIR_DOMAIN_RUNNING: "running",
    libvirt.VIR_DOMAIN_PAUSED: "paused",
    libvirt.VIR_DOMAIN_SHUTDOWN: "stopping",
    libvirt.VIR_DOMAIN_SHUTOFF: "off",
    libvirt.VIR_DOMAIN_CRASHED: "crashed",
    libvirt.VIR_DOMAIN_PMSUSPENDED: "suspended",
}

_connection = None
_connection_owner = 0


def _answers(connection):
    """Whether the daemon at the other end is there: a dead one looks alive until it is asked."""
    try:
        connection.getLibVersion()
        return True
    except libvirt.libvirtError:
        return False


def connection():
    """libvirt as the user gets it; opened again when the daemon was restarted, and in each process."""
    global _connection, _connection_owner
    if _connection is None or _connection_owner != os.getpid() or not _answers(_connection):
        _connection = libvirt.open("qemu:///system")
        _connection_owner = os.getpid()
    return _connection


class Guest:
    """One of the guests that the lab defines: win10 (has the card, obeys), frozen (obeys nothing), linux."""

    def __init__(self, name):
        self.name = name

    @property
    def domain(self):
        return connection().lookupByName(self.name)

    def state(self):
        """libvirt's word, in the terms of `handover status`."""
        state, reason = self.domain.state()
        if state == libvirt.VIR_DOMAIN_SHUTOFF and reason == libvirt.VIR_DOMAIN_SHUTOFF_CRASHED:
            return "crashed"
        return STATES.get(state, "?")

    def start(self):
        self.domain.create()

    def destroy(self):
        self.domain.destroy()

    def live_xml(self):
        return self.domain.XMLDesc(0)

    def attach(self, device):
        self.domain.attachDeviceFlags(device.hostdev(), libvirt.VIR_DOMAIN_AFFECT_LIVE)

    def detach(self, device):
        self.domain.detachDeviceFlags(device.hostdev(), libvirt.VIR_DOMAIN_AFFECT_LIVE)

    def has(self, device):
        """Whether the live XML holds exactly this device."""
        return re.search(rf"<address bus=['\"]{device.bus}['\"] device=['\"]{device.device}['\"]", self.live_xml()) is not None

    def is_ready(self):
        """Whether the boot sector of win10 or frozen runs: before that nothing answers a power button."""
        log = as_root("cat", f"/var/log/libvirt/qemu/{self.name}-serial.log", ok=(0, 1))
        return "ready" in log.stdout

    def registers(self):
        """Its processor as QEMU shows it: tells where a guest is that does not come up."""
        return as_root("virsh", "qemu-monitor-command", self.name, "--hmp", "info registers", ok=None).stdout

    def is_lost(self):
        """Whether its processor has halted with interrupts off, from which only a reset wakes it. Neither SeaBIOS nor what
        the guests run does that by itself: the emulated SVM loses its way in about one boot of sixty, and was found with a
        stack pointer of 0 in the firmware."""
        halted = re.search(r"\b[ER]FL=([0-9a-f]+) .*\bHLT=1", self.registers())
        return halted is not None and not int(halted[1], 16) & 0x200

    def coming_up(self):
        """A probe for `wait_for`: is_ready (), which costs too much to be asked all the time, and a reset where the
        emulation has lost the guest, which is told."""
        look, judge = 0, time.monotonic() + 10

        def has_come_up():
            nonlocal look, judge
            now = time.monotonic()
            if now < look:
                return False
            look = now + 0.5
            if self.is_ready():
                return True
            if now >= judge:
                judge = now + 10
                if self.is_lost():
                    note(f"the emulated processor of {self.name} has lost its way: reset")
                    self.domain.reset()
            return False

        return has_come_up

    def qemu(self):
        """The process id of its QEMU, from the file that libvirt keeps."""
        return int(as_root("cat", f"/run/libvirt/qemu/{self.name}.pid").stdout)

    def kill(self, signal_name="KILL"):
        """Sends its QEMU a signal."""
        as_root("kill", f"-{signal_name}", str(self.qemu()))


class LinuxGuest(Guest):
    """The guest with an operating system. `lines` is what it has told (see inner/init.c)."""

    def __init__(self, name="linux"):
        super().__init__(name)
        self.lines = []
        self._rest = b""
        self._stream = None

    def start(self):
        super().start()
        self.listen()

    def listen(self):
        """Opens its reporting channel; the guest answers "up" when it is ready."""
        self._stream = connection().newStream(libvirt.VIR_STREAM_NONBLOCK)
        self.domain.openChannel("org.handover.lab.0", self._stream, 0)
        self._stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE, self._readable, None)

    def _readable(self, stream, events, _data):
        try:
            data = stream.recv(4096)
        except libvirt.libvirtError:
            data = b""
        if data == -2:
            return
        if not data:
            stream.eventRemoveCallback()
            return
        *complete, self._rest = (self._rest + data).split(b"\n")
        self.lines += [line.decode(errors="replace") for line in complete]

    def tell(self, line):
        """Sends it a command of inner/init.c."""
        self._stream.send((line + "\n").encode())

    def is_ready(self):
        """Whether its programs run."""
        return "up" in self.lines

    def boot(self):
        """Starts it and waits until its programs run."""
        self.start()
        wait_for("the Linux guest is up", self.coming_up(), detail=self.registers)

    def keys(self):
        """Codes of the keys that were pressed in it so far (evdev)."""
        return [int(line.split()[1]) for line in self.lines if re.fullmatch(r"key \d+ 1", line)]


def define_guests(folder, bus):
    """Run once as root."""
    for path in sorted(folder.glob("*.xml")):
        connection().defineXML(path.read_text().replace("CARDBUS", f"0x{bus}"))


MORE = pathlib.Path("/lab/in/guest/more")


def define_more(name):
    """Defines one of the guests that only some scenarios want (see more/), until the scenario's end."""
    bus = Card().functions[0].split(":")[1]
    connection().defineXML((MORE / f"{name}.xml").read_text().replace("CARDBUS", f"0x{bus}"))


# --- the desktop -----------------------------------------------------------------------------------------------------


def session_environment():
    entry = pwd.getpwnam(USER)
    runtime = f"/run/user/{entry.pw_uid}"
    return {
        "HOME": entry.pw_dir,
        "USER": USER,
        "LOGNAME": USER,
        "SHELL": entry.pw_shell,
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": runtime,
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        "DISPLAY": ":0",
        "XDG_CURRENT_DESKTOP": "XFCE",
        "XDG_SESSION_TYPE": "x11",
    }


_bus = None


def session_bus():
    global _bus
    if _bus is None:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        address = os.environ["DBUS_SESSION_BUS_ADDRESS"]
        _bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    return _bus


def call(name, path, interface, method, arguments=None, timeout=20000):
    """A D-Bus call on the session bus; returns the unpacked answer."""
    answer = session_bus().call_sync(name, path, interface, method, arguments, None, 0, timeout, None)
    return answer.unpack()


def get_property(name, path, interface, prop):
    arguments = GLib.Variant("(ss)", (interface, prop))
    return call(name, path, "org.freedesktop.DBus.Properties", "Get", arguments)[0]


WATCHER = ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher")


def wait_for_session():
    """Until the panel hosts a tray. Used after logging in."""

    def tray_there():
        return get_property(*WATCHER, "IsStatusNotifierHostRegistered")

    value, last = _wait(tray_there, 100)
    if not value:
        raise RuntimeError(f"no tray: {last}")


def log_out():
    as_root("systemctl", "stop", "lab-session.service")


def log_in():
    global _bus
    as_root("systemctl", "start", "lab-session.service")
    _bus = None
    wait_for_session()


class TrayItem:
    """Handover's icon as the tray knows it."""

    def __init__(self, owner, path):
        self.owner = owner
        self.path = path

    @classmethod
    def find(cls, pattern="handover"):
        """The first registered item whose id or path contains `pattern`, or None."""
        for entry in get_property(*WATCHER, "RegisteredStatusNotifierItems"):
            owner, slash, path = entry.partition("/")
            item = cls(owner, slash + path if slash else "/StatusNotifierItem")
            try:
                if pattern in (item.path + item.get("Id")).lower():
                    return item
            except GLib.Error:
                continue  # it went away between the two questions
        return None

    def get(self, prop):
        return get_property(self.owner, self.path, "org.kde.StatusNotifierItem", prop)

    def click(self):
        """A left click as Plasma makes it."""
        call(self.owner, self.path, "org.kde.StatusNotifierItem", "Activate", GLib.Variant("(ii)", (0, 0)))

    def middle_click(self):
        call(self.owner, self.path, "org.kde.StatusNotifierItem", "SecondaryActivate", GLib.Variant("(ii)", (0, 0)))

    def words(self):
        """All that the icon says at the moment, for a person or a screen reader."""
        return " · ".join(str(self.get(p)) for p in ("Title", "IconName", "IconAccessibleDesc"))

    def menu(self):
        """Labels and ids of the menu's entries, as (id, label, enabled), submenus flattened."""
        path = self.get("Menu")
        call(self.owner, path, "com.canonical.dbusmenu", "AboutToShow", GLib.Variant("(i)", (0,)))
        arguments = GLib.Variant("(iias)", (0, -1, []))
        _revision, root = call(self.owner, path, "com.canonical.dbusmenu", "GetLayout", arguments)
        found = []

        def walk(node):
            number, properties, children = node
            if "label" in properties and properties.get("visible", True):
                found.append((number, properties["label"].replace("_", ""), properties.get("enabled", True)))
            for child in children:
                walk(child)

        walk(root)
        return found

    def choose(self, label):
        """Clicks the first menu entry whose label contains `label`, whatever the case."""
        entries = self.menu()
        number = next((n for n, text, enabled in entries if label.lower() in text.lower() and enabled), None)
        if number is None:
            raise OSError(f"no menu entry with {label!r} among {entries}")
        arguments = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
        call(self.owner, self.get("Menu"), "com.canonical.dbusmenu", "Event", arguments)


class Notifications:
    """Everything that is asked of the notification daemon from now on, read off the bus, with the daemon's answers."""

    def __init__(self):
        self.shown = []
        self._asked = {}
        rules = ["interface='org.freedesktop.Notifications'", "type='method_return',sender='org.freedesktop.Notifications'"]
        words = [word for rule in rules for word in ("--match", rule)]
        self._monitor = Lines("busctl", "--user", "--json=short", *words, "monitor", on_line=self._line)
        # The monitor says nothing when it is ready, so something is sent for it to see.
        self._seen = False
        _wait(self._hears, 30)

    def _hears(self):
        session_bus().call_sync("org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                                "org.freedesktop.Notifications", "GetServerInformation", None, None, 0, 20000, None)
        return self._seen

    def _line(self, line):
        self._seen = True
        try:
            message = json.loads(line)
        except ValueError:
            return
        payload = message.get("payload", {}).get("data", [])
        if message.get("member") == "Notify" and message["type"] == "method_call":
            app, replaces, icon, summary, body, actions, hints, expire = payload
            shown = {"app": app, "replaces": replaces, "summary": summary, "body": body, "icon": icon,
                     "actions": dict(zip(actions[::2], actions[1::2])), "time": time.monotonic(), "id": None}
            self._asked[message["sender"], message["cookie"]] = shown
            self.shown.append(shown)
        elif message["type"] == "method_return" and payload:
            shown = self._asked.pop((message.get("destination"), message.get("reply_cookie")), None)
            if shown:
                shown["id"] = payload[0]

    def matching(self, *words):
        """Those whose summary or body contains all the words, whatever the case."""
        return [n for n in self.shown if all(w.lower() in (n["summary"] + " " + n["body"]).lower() for w in words)]

    def texts(self):
        return [f"{n['summary']}: {n['body']}" for n in self.shown]


class HostKeys:
    """What the host's X server gets to know of keys from now on: codes of pressed keys (evdev)."""

    def __init__(self):
        self.pressed = []
        self.released = []
        self._current = None
        self._lines = Lines("xinput", "test-xi2", "--root", on_line=self._line)
        # It prints the devices first; only then does it listen.
        _wait(lambda: self._lines.lines, 30)

    def _line(self, line):
        if line.startswith("EVENT type"):
            self._current = (self.pressed if "(RawKeyPress)" in line
                             else self.released if "(RawKeyRelease)" in line else None)
        elif self._current is not None and line.strip().startswith("detail:"):
            self._current.append(int(line.split()[1]) - 8)
            self._current = None


# --- Handover --------------------------------------------------------------------------------------------------------

# What a scenario runs as Handover can be something else, to show that the scenario notices.
COMMAND = shlex.split(os.environ.get("LAB_HANDOVER", "handover"))
APPLET = shlex.split(os.environ.get("LAB_APPLET", "handover-applet"))
BUS_NAME = "org.handover.Handover"


def handover(*words, **options):
    """The command line; returns the finished process, whatever it ended with."""
    return run(*COMMAND, *words, ok=None, **options)


def applet_pid():
    """The process id of the applet, as the session bus knows it, or None."""
    try:
        return call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                    GLib.Variant("(s)", (BUS_NAME,)))[0]
    except GLib.Error:
        return None


def start_applet(*words):
    """Starts the applet in the session, as a launcher does, and waits for its icon. Returns the TrayItem."""
    run("systemd-run", "--user", "--quiet", "--collect", "--property=PartOf=graphical-session.target", *APPLET, *words)
    return wait_for("the icon is in the tray", TrayItem.find)


def stop_applet():
    """Ends the applet, however it was started."""
    pid = applet_pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        _wait(lambda: applet_pid() != pid, 20)


def status():
    """What `handover status --json` says."""
    done = handover("status", "--json")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise OSError(f"handover status: {done.returncode} {done.stderr.strip()} {done.stdout.strip()}")


def guest_status(name):
    """That guest's entry in the status."""
    for guest in status()["guests"]:
        if guest["name"] == name:
            return guest
    raise OSError(f"Handover does not know {name} (yet)")


# --- between two scenarios -------------------------------------------------------------------------------------------


def put_everything_back():
    """No applet and none of its files, guests off, cables as at boot, libvirtd running."""
    global _connection
    _connection = None  # the daemon may have ended by its time-out since, which looks alive until it is used
    if run("systemctl", "is-active", "lab-session.service", ok=None).returncode != 0:
        log_in()
    stop_applet()
    home = pathlib.Path.home()
    for folder in (".config/handover", ".config/autostart", ".local/share/handover"):
        shutil.rmtree(home / folder, ignore_errors=True)
    # Somebody who has used Handover before: no window welcomes them.
    (home / ".config/handover").mkdir(parents=True)
    (home / ".config/handover/settings.ini").write_text("[settings]\n")
    as_root("systemctl", "start", "libvirtd.socket", "libvirtd.service")
    for domain in connection().listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        domain.destroy()
    more = {path.stem for path in MORE.glob("*.xml")}
    for domain in connection().listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT):
        if domain.name() in more:
            domain.undefine()
    outside.cables_as_at_boot()
    value, last = _wait(lambda: Card().with_host(), 30)
    if not value:
        Card().give_back()
    value, last = _wait(lambda: Card().with_host(), 30)
    if not value:
        raise RuntimeError(f"the card did not come back: {Card().drivers()}")
