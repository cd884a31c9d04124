# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests of one boot sector: real machines for QEMU that need no operating system.

They boot from a floppy image on SeaBIOS, machine pc or q35 (whose ACPI power management block
the firmware puts at I/O port 0x600), and spend their time in HLT, so that an idle guest costs
the host next to nothing."""

import os
import subprocess
import uuid

SECTOR = 512
FLOPPY = 1474560

# Waits for the power button and switches the machine off, as an obedient guest does.
# PM1 status is the word at 0x600, PM1 enable at 0x602, PM1 control at 0x604 (ACPI, 4.8.3).
OBEDIENT = bytes([
    0xba, 0x02, 0x06,        # mov  dx, 0x602
    0xed,                    # in   ax, dx
    0x0d, 0x00, 0x01,        # or   ax, 0x0100     PWRBTN_EN
    0xef,                    # out  dx, ax
    0xba, 0xf8, 0x03,        # mov  dx, 0x3f8
    0xb0, 0x52,              # mov  al, 'R'        tell the serial port that it listens now
    0xee,                    # out  dx, al
    0xba, 0x00, 0x06,        # mov  dx, 0x600
    0xfb,                    # sti
    0xf4,                    # wait: hlt           until the BIOS's timer ticks (55 ms)
    0xed,                    # in   ax, dx
    0xa9, 0x00, 0x01,        # test ax, 0x0100     PWRBTN_STS
    0x74, 0xf9,              # jz   wait
    0xba, 0x04, 0x06,        # mov  dx, 0x604
    0xb8, 0x00, 0x20,        # mov  ax, 0x2000     SLP_EN, SLP_TYP 0 is S5 on these machines
    0xef,                    # out  dx, ax
    0xf4,                    # end:  hlt
    0xeb, 0xfd,              # jmp  end
])

# Hears nothing: only pulling the plug stops it.
DEAF = bytes([
    0xba, 0xf8, 0x03,        # mov  dx, 0x3f8
    0xb0, 0x52,              # mov  al, 'R'
    0xee,                    # out  dx, al
    0xfa,                    # cli
    0xf4,                    # end:  hlt
    0xeb, 0xfd,              # jmp  end
])


def tone(folder, hertz=1000):
    """The code of a guest that plays a sine tone through ich9 or ich6, see tone.S.

    folder: where it is assembled; hertz: a multiple of 10 that divides 24000."""
    if hertz % 10 or 24000 % hertz:
        raise ValueError(f'{hertz} Hz does not fit the buffer of the guest')
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'tone.S')
    base = os.path.join(folder, f'tone-{hertz}')
    subprocess.run(['as', '--32', '--defsym', f'HALF_WAVE={24000 // hertz}', '-o', f'{base}.o',
                    source], check=True)
    subprocess.run(['ld', '-m', 'elf_i386', '--oformat', 'binary', '-Ttext', '0x7c00',
                    '-o', f'{base}.bin', f'{base}.o'], check=True)
    with open(f'{base}.bin', 'rb') as stream:
        return stream.read()[:SECTOR - 2]


def write(path, code):
    """Write a bootable floppy image with this code in its boot sector; returns the path."""
    sector = code.ljust(SECTOR - 2, b'\0') + b'\x55\xaa'
    with open(path, 'wb') as stream:
        stream.write(sector)
        stream.truncate(FLOPPY)
    return os.path.abspath(path)


def domain_xml(name, image, machine='pc', memory_mib=32, devices='', accel='qemu'):
    """The XML of a guest that boots the image under QEMU; no display, no network.

    What it writes to its serial port goes to the file IMAGE.serial."""
    return f'''<domain type='{accel}'>
  <name>{name}</name>
  <uuid>{uuid.uuid4()}</uuid>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type><boot dev='fd'/></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <on_crash>destroy</on_crash>
  <pm><suspend-to-mem enabled='yes'/></pm>
  <devices>
    <disk type='file' device='floppy'>
      <driver name='qemu' type='raw'/><source file='{image}'/><target dev='fda' bus='fdc'/>
      <readonly/>
    </disk>
    <serial type='file'><source path='{image}.serial'/></serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    {devices}
  </devices>
</domain>
'''


def test_domain_xml(name, guest_uuid=None, memory_mib=16):
    """The XML of a guest of libvirt's test driver, which needs no machine at all."""
    return f'''<domain type='test'>
  <name>{name}</name>
  <uuid>{guest_uuid or uuid.uuid4()}</uuid>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <os><type arch='i686'>hvm</type></os>
</domain>
'''
