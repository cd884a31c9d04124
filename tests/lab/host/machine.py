# SPDX-License-Identifier: GPL-3.0-or-later
"""The nested machine as seen from outside: its QEMU process, its cables and its keys."""

import asyncio
import contextlib
import ctypes
import json
import signal
import subprocess

# What can be plugged in. Each device keeps its port, and each keyboard belongs to a display of its own: QEMU sends
# a key to the keyboard of the display that the event names, so a key can be aimed at one of several keyboards.
USB = {
    "keyboard": {"driver": "usb-kbd", "port": "1", "display": "screen"},
    "mouse": {"driver": "usb-mouse", "port": "2"},
    "tablet": {"driver": "usb-wacom-tablet", "port": "3"},
    "keyboard2": {"driver": "usb-kbd", "port": "4", "display": "card"},
}
PLUGGED_AT_BOOT = ("keyboard", "mouse", "tablet")
# An event for no display goes to the devices that belong to none: the keyboard on the PS/2 port.
DISPLAY_OF = {"keyboard": "screen", "keyboard2": "card", "ps2": None, "mouse": None}

PR_SET_PDEATHSIG = 1


def die_with_parent():
    """Runs in the child: QEMU must not outlive this program however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Qmp:
    """A connection to QEMU's monitor. Answers are matched by id; events only matter to those who wait for one."""

    def __init__(self):
        self._answers = {}
        self._events = []
        self._next = 0

    async def connect(self, path):
        self._reader, self._writer = await asyncio.open_unix_connection(path)
        await self._reader.readline()
        self._task = asyncio.create_task(self._read())
        await self.call("qmp_capabilities")

    async def _read(self):
        try:
            while line := await self._reader.readline():
                self._take(json.loads(line))
        except ConnectionResetError:
            pass
        for future in self._answers.values():
            future.set_exception(RuntimeError("QEMU has ended"))

    def _take(self, message):
        if "event" in message:
            for test, future in self._events:
                if not future.done() and test(message):
                    future.set_result(message)
        elif message.get("id") in self._answers:
            self._answers.pop(message["id"]).set_result(message)

    async def call(self, command, **arguments):
        self._next += 1
        future = self._answers[self._next] = asyncio.get_running_loop().create_future()
        request = {"execute": command, "id": self._next, "arguments": arguments}
        self._writer.write(json.dumps(request).encode() + b"\n")
        answer = await asyncio.wait_for(future, 30)
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def expect(self, name, **data):
        """A future for the next event of this name with this data."""
        future = asyncio.get_running_loop().create_future()

        def test(message):
            return message["event"] == name and data.items() <= message.get("data", {}).items()

        self._events.append((test, future))
        return future


class Machine:
    """One boot. `on_event` is called with each message that the machine's runner sends."""

    def __init__(self, image, shared, results, runtime, on_event, *, i8042=True, apparmor=False,
                 shell=False):
        self._image = image
        self._shared = shared
        self._results = results
        self._runtime = runtime
        self._on_event = on_event
        self._i8042 = i8042
        self._apparmor = apparmor
        self._shell = shell
        self._plugged = set(PLUGGED_AT_BOOT)
        self._tasks = []
        self._process = None
        self.qmp = Qmp()

    def _command_line(self):
        kernel = "console=ttyS0 intel_iommu=on iommu=pt quiet loglevel=4 systemd.show_status=false"
        # On a busy host the emulated timer may miss the short moment in which the kernel tries it; and a panic ends
        # the machine at once (-no-reboot) instead of waiting for the deadline.
        kernel += " no_timer_check panic=-1"
        # QEMU's emulation of two processors now and then stands still for ever. The kernel is to end where it notices that,
        # and the runner misses its heartbeat where it does not; either way the machine is started again.
        kernel += " watchdog_thresh=30 softlockup_panic=1"
        # Compiling a profile for each guest takes its time here, so only those boots have it that ask for it.
        kernel += " apparmor=1 security=apparmor" if self._apparmor else " apparmor=0"
        disk = self._runtime / "disk.qcow2"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self._image / "disk.img", disk], check=True
        )
        line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-name", "handover-lab"]
        line += ["-machine", "q35" + ("" if self._i8042 else ",i8042=off")]
        line += ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "4096", "-nic", "none"]
        line += ["-kernel", self._image / "vmlinuz", "-initrd", self._image / "initrd.img", "-append", kernel]
        line += ["-display", "none", "-no-reboot"]
        line += ["-qmp", f"unix:{self._runtime}/qmp,server=on,wait=off"]
        if self._shell:
            line += ["-chardev", "stdio,id=console,mux=on,signal=off", "-serial", "chardev:console"]
        else:
            line += ["-serial", f"file:{self._results}/console.log"]
        line += ["-device", "intel-iommu,caching-mode=on"]
        line += ["-drive", f"if=none,id=disk,file={disk},cache=unsafe", "-device", "virtio-blk-pci,drive=disk"]
        # The folders: what goes in is read-only.
        line += ["-virtfs", f"local,path={self._shared},mount_tag=in,security_model=none,readonly=on"]
        line += ["-virtfs", f"local,path={self._results},mount_tag=out,security_model=none"]
        # The host's own display, and the card to pass through: a display and a sound function in one slot.
        line += ["-device", "VGA,id=screen", "-audiodev", "none,id=sound"]
        line += ["-device", "pcie-root-port,id=slot1,chassis=1,slot=1"]
        line += ["-device", "bochs-display,id=card,bus=slot1,addr=0.0,multifunction=on"]
        line += ["-device", "intel-hda,id=hdmi,bus=slot1,addr=0.1"]
        line += ["-device", "hda-output,bus=hdmi.0,audiodev=sound"]
        # A second one, whose kernel driver (virtio-pci) is not its display driver and which has a render node.
        line += ["-device", "pcie-root-port,id=slot2,chassis=2,slot=2"]
        line += ["-device", "virtio-gpu-pci,id=card2,bus=slot2,iommu_platform=on"]
        line += ["-device", "qemu-xhci,id=usb,p2=8,p3=8"]
        for name in PLUGGED_AT_BOOT:
            options = "".join(f",{key}={value}" for key, value in USB[name].items() if key != "driver")
            line += ["-device", f"{USB[name]['driver']},id={name},bus=usb.0{options}"]
        # Two lines out: what the runner reports, and what a scenario asks for.
        line += ["-device", "virtio-serial-pci"]
        for name in ("report", "ask"):
            line += ["-chardev", f"socket,id={name},path={self._runtime}/{name},server=on,wait=off"]
            line += ["-device", f"virtserialport,chardev={name},name=org.handover.lab.{name}"]
        # The machine is a guest too: what it writes to the return channel goes to a file, and to a silent line nobody listens.
        line += ["-chardev", f"file,id=return,path={self._results}/return.txt"]
        line += ["-device", "virtserialport,chardev=return,name=org.handover.return.0"]
        line += ["-chardev", f"socket,id=silent,path={self._runtime}/silent,server=on,wait=off"]
        line += ["-device", "virtserialport,chardev=silent,name=org.handover.lab.silent"]
        return [str(word) for word in line]

    async def start(self):
        stdin = None if self._shell else asyncio.subprocess.DEVNULL
        stdout = None if self._shell else asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *self._command_line(),
            stdin=stdin,
            stdout=stdout,
            stderr=(self._results / "qemu.log").open("w"),
            preexec_fn=die_with_parent,
        )
        while not (self._runtime / "qmp").exists() or not (self._runtime / "ask").exists():
            if self._process.returncode is not None:
                raise RuntimeError(self._last_words())
            await asyncio.sleep(0.05)
        try:
            await self.qmp.connect(str(self._runtime / "qmp"))
        except (RuntimeError, OSError):
            raise RuntimeError(self._last_words())
        self._tasks = [asyncio.create_task(self._read_reports()), asyncio.create_task(self._answer())]

    def _last_words(self):
        return "QEMU ended: " + (self._results / "qemu.log").read_text()

    async def ended(self):
        await self._process.wait()

    async def stop(self, grace):
        """Ends QEMU by its process id, gently at first. Returns whether it had ended by itself."""
        by_itself = True
        if self._process is None:
            return by_itself
        for wait, end in ((grace, self._process.terminate), (10, self._process.kill)):
            try:
                await asyncio.wait_for(self._process.wait(), wait)
                break
            except asyncio.TimeoutError:
                by_itself = False
                with contextlib.suppress(ProcessLookupError):  # it ended just now
                    end()
        await self._process.wait()
        for task in self._tasks:
            task.cancel()
        return by_itself

    async def _read_reports(self):
        reader, _writer = await asyncio.open_unix_connection(str(self._runtime / "report"), limit=1 << 22)
        while line := await reader.readline():
            try:
                self._on_event(json.loads(line))
            except ValueError:
                print(f"# unreadable report: {line!r}", flush=True)

    async def _answer(self):
        reader, writer = await asyncio.open_unix_connection(str(self._runtime / "ask"))
        while line := await reader.readline():
            try:
                request = json.loads(line)
                handler = getattr(self, "_do_" + request.pop("do"))
                answer = {"ok": True, "result": await handler(**request)}
            except Exception as error:  # whatever it was, the scenario that asked must hear of it
                answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    async def _do_key(self, keys, down, on="keyboard"):
        events = [{"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}} for key in keys]
        await self._send_input(events, on)

    async def _do_move(self, x, y, on="mouse"):
        events = [{"type": "rel", "data": {"axis": a, "value": v}} for a, v in (("x", x), ("y", y))]
        await self._send_input(events, on)

    async def _do_button(self, button, down, on="mouse"):
        await self._send_input([{"type": "btn", "data": {"down": down, "button": button}}], on)

    async def _send_input(self, events, on):
        display = DISPLAY_OF[on]
        where = {"device": display} if display else {}
        await self.qmp.call("input-send-event", events=events, **where)

    async def _do_plug(self, name, port=None):
        if name in self._plugged:
            return False
        options = dict(USB[name])
        if port:
            options["port"] = port
        await self.qmp.call("device_add", id=name, bus="usb.0", **options)
        self._plugged.add(name)
        return True

    async def _do_unplug(self, name):
        if name not in self._plugged:
            return False
        gone = self.qmp.expect("DEVICE_DELETED", device=name)
        await self.qmp.call("device_del", id=name)
        await asyncio.wait_for(gone, 30)
        self._plugged.discard(name)
        return True

    async def _do_cables_as_at_boot(self):
        for name in self._plugged - set(PLUGGED_AT_BOOT):
            await self._do_unplug(name)
        for name in set(PLUGGED_AT_BOOT) - self._plugged:
            await self._do_plug(name)

    async def _do_screenshot(self, name):
        path = self._results / (name.replace("/", "_") + ".png")
        await self.qmp.call("screendump", filename=str(path), device="screen", format="png")
