# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyboard and mouse, and who has them: for the scenarios that move them."""

import ctypes
import fcntl
import os
import pathlib
import re
import signal
import subprocess
import traceback
from xml.etree import ElementTree

import lab

CHOICE = pathlib.Path(os.environ["XDG_RUNTIME_DIR"]) / "choose"
EVIOCGKEY_96 = 2 << 30 | 96 << 16 | ord("E") << 8 | 0x18  # linux/input.h, for 96 bytes: all of KEY_MAX
SETTINGS = pathlib.Path.home() / ".config/handover/settings.ini"


def port(name):
    """The port of a device of the lab, as Handover's identities write it."""
    return lab.UsbDevice.find(name).name


def identity(name, by="port"):
    """Keyboard and mouse of the lab have the same vendor and product: told apart by their ports or serials."""
    device = lab.UsbDevice.find(name)
    exact = {"port": f"/port={device.name}", "serial": f"/serial={device.serial}", None: ""}[by]
    return f"{device.vendor}:{device.product}{exact}"


def choose(*names, by="port", **settings):
    """Writes Handover's settings: these devices of the lab move, told apart by port, serial or (None) not at all."""
    choose_ids(*(identity(name, by) for name in names), **settings)


def choose_ids(*ids, **settings):
    """Writes Handover's settings. A nested machine takes its time, so nothing else here is in a hurry.
    A keeper that lingers is ended: the next one has read them for sure."""
    settings = {"primary_guest": "'linux'", "input_timeout": "uint32 60", "last_keyboard_return": "uint32 3600", **settings}
    settings["input_devices"] = list(ids)
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text("[settings]\n" + "".join(f"{key.replace('_', '-')}={value}\n" for key, value in settings.items()))
    for keeper in keepers():
        kill(keeper, signal.SIGTERM)
    lab.wait_for("no keeper is left of what was before", lambda: not keepers())


def with_guest(guest, *names):
    """Whether libvirt's live XML and the kernel both say that these devices are with the guest."""
    devices = [lab.UsbDevice.find(name) for name in names]
    return all(device and guest.has(device) and device.drivers() == ["usbfs"] for device in devices)


def at_home(*names):
    """Whether these devices are the host's: its driver, its input device, and in no guest's live XML."""
    for name in names:
        device = lab.UsbDevice.find(name)
        if device is None or set(device.drivers()) != {"usbhid"}:
            return False
        # By its numbers: drivers call a device what they like.
        if not any((i["vendor"], i["product"]) == (device.vendor, device.product) for i in lab.inputs()):
            return False
    for domain in lab.connection().listAllDomains(lab.libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        if re.search(r"<hostdev[^>]*type='usb'", domain.XMLDesc(0)):
            return False
    return True


def settled(location):
    """Whether Handover is done with moving and knows where they are: until then it takes no other wish."""
    said = lab.status()["input"]
    return said["location"] == location and not said.get("busy")


def drivers(*names):
    found = {}
    for name in names:
        device = lab.UsbDevice.find(name)
        found[name] = device and (device.bus, device.device, device.drivers())
    return found


def keepers():
    """Process ids of the running keepers."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            if os.path.basename(os.readlink(path)) == "handover-keeper":
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def kill(pid, how=signal.SIGKILL):
    os.kill(pid, how)


def handover(*words):
    """The command, with more patience than other scenarios have: several devices are reset while it runs."""
    return subprocess.run([*lab.COMMAND, *words], text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=150)


def cpu_seconds(pid):
    """What a process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def switch(*words, code=0, what=None):
    """`handover switch …`, with the exit code that it must have. Returns the finished process."""
    done = handover("switch", *words)
    lab.check(done.returncode == code, what or f"handover switch {' '.join(words)} ends with {code}",
              f"{done.returncode}: {done.stdout} {done.stderr}")
    return done


def usb_entries(guest):
    """What the guest's live XML has of USB devices of the host."""
    return re.findall(r"<hostdev[^>]*type='usb'.*?</hostdev>", guest.live_xml(), re.S)


def borrowers():
    """Guests that the rescue has left behind."""
    return [domain.name() for domain in lab.connection().listAllDomains() if "rescue" in domain.name()]


def at_port(number):
    """The lab's device at this port of the controller, whatever it calls itself, or None."""
    bus = lab.UsbDevice.find("tablet").name.partition("-")[0]
    path = pathlib.Path(f"/sys/bus/usb/devices/{bus}-{number}")
    return lab.UsbDevice(path) if (path / "product").exists() else None


def keys_down():
    """Which keys are down on the host: by the X server (its key codes) and by the kernel (node: codes)."""
    found = {}
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(xlib.XOpenDisplay(None))
    state = ctypes.create_string_buffer(32)
    xlib.XQueryKeymap(display, state)
    xlib.XCloseDisplay(display)
    if any(state.raw):
        found["X"] = _bits(state.raw)
    for node in pathlib.Path("/dev/input").glob("event*"):
        try:
            with open(node, "rb") as device:
                state = fcntl.ioctl(device, EVIOCGKEY_96, bytes(96))
        except OSError:
            continue  # it has just gone
        if any(state):
            found[node.name] = _bits(state)
    return found


def _bits(state):
    return [byte * 8 + bit for byte in range(len(state)) for bit in range(8) if state[byte] >> bit & 1]


def press_button(label):
    """Presses a button of the newest notification."""
    CHOICE.write_text(label)
    lab.run("dunstctl", "context")


def each(*parts):
    """Runs parts of a scenario that do not depend on one another: after one that fails the next starts afresh."""
    failed = []
    for part in parts:
        lab.note(part.__doc__.splitlines()[0])
        try:
            part()
            continue
        except lab.Failed:
            pass
        except Exception:
            lab.check(False, f"{part.__name__}: no exception", traceback.format_exc())
        failed.append(part.__name__)
        lab.put_everything_back()
    if failed:
        raise lab.Failed(", ".join(failed))


def guest_with_one_port():
    """A running guest whose USB controller takes one device more, transient."""
    domain = ElementTree.fromstring(lab.connection().lookupByName("frozen").XMLDesc(lab.libvirt.VIR_DOMAIN_XML_INACTIVE))
    domain.find("name").text = "one-port"
    domain.remove(domain.find("uuid"))
    devices = domain.find("devices")
    for unwanted in devices.findall("controller[@type='usb']") + devices.findall("input"):
        devices.remove(unwanted)
    ElementTree.SubElement(devices, "controller", type="usb", model="qemu-xhci", ports="1")
    lab.connection().createXML(ElementTree.tostring(domain, encoding="unicode"))
    return lab.Guest("one-port")


def ssh(command):
    """Starts an ssh server as a user would have it, with a key that may do this one thing, and logs in by it."""
    home = pathlib.Path.home()
    (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
    key = home / ".ssh/handover"
    if not key.exists():
        lab.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    public = (home / ".ssh/handover.pub").read_text()
    (home / ".ssh/authorized_keys").write_text(f'restrict,command="{command}" {public}')
    lab.as_root("ssh-keygen", "-A")
    lab.as_root("systemctl", "start", "ssh.service")
    done = subprocess.run(["ssh", "-i", str(key), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
                           f"{lab.USER}@127.0.0.1", "anything"], env={"HOME": str(home), "PATH": os.environ["PATH"]},
                          text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=150)
    lab.check(done.returncode == 0, "the login by ssh does what its key allows", f"{done.returncode}: {done.stderr}")
    return done
