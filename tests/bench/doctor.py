#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a whole run takes, beside virt-host-validate, which looks at far less, and with a long XML."""

import json
import os
import re
import resource
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
from tap import diag, figure, test  # noqa: E402

BED = []
RUNS = 5


def set_up():
    bed = beds.Bed(display=False)
    BED.append(bed)
    beds.with_qemu(bed).add_guest('small')
    image = guestimage.write(f'{bed.root}/long.img', guestimage.OBEDIENT)
    text = guestimage.domain_xml('long', image)
    # Virtio-serial ports cost no PCI slot each, so there can be many.
    devices = ''.join(f"<channel type='unix'><target type='virtio' name='org.example.{n}'/></channel>"
                      for n in range(180))
    disks = ''.join(f"<disk type='file' device='disk'><source file='{bed.root}/{n}.img'/>"
                    f"<target dev='vd{chr(97 + n)}' bus='virtio'/></disk>" for n in range(12))
    devices += disks + "<hostdev mode='subsystem' type='pci' managed='yes'><source>" \
        "<address domain='0' bus='0xfe' slot='0x1f' function='0'/></source></hostdev>"
    pins = ''.join(f"<vcpupin vcpu='{n}' cpuset='0-1'/>" for n in range(200))
    text = re.sub('<vcpu>.*?</vcpu>', f'<vcpu>200</vcpu><cputune>{pins}</cputune>', text)
    bed.libvirt.define(text.replace('</devices>', devices + '</devices>'), 'long')


def processor_time(*words, **options):
    """Median seconds of processor time of RUNS runs of a command, children included."""
    times = []
    for _run in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times)


@test
def beside_virt_host_validate():
    """A whole run costs a few runs of virt-host-validate, for several times as many checks"""
    bed = BED[0]
    env = {**os.environ, **bed.env}
    validate = processor_time('virt-host-validate', 'qemu', env=env)
    listed = subprocess.run(['virt-host-validate', 'qemu'], capture_output=True, text=True, env=env).stdout
    theirs = len([line for line in listed.split('\n') if ':' in line])
    checks = json.loads(bed.handover('doctor', '--json', 'long').out)['checks']
    lines = bed.libvirt.virsh('dumpxml', '--inactive', 'long').count('\n')
    small = processor_time(beds.program('handover'), 'doctor', '--json', 'small', env=env)
    large = processor_time(beds.program('handover'), 'doctor', '--json', 'long', env=env)
    diag(f'virt-host-validate {validate:.3f} s for {theirs} checks; doctor {small:.3f} s; with {lines} lines of XML '
         f'{large:.3f} s for {len(checks)} checks')
    figure('doctor: checks with something to say / those of virt-host-validate', f'{len(checks)} / {theirs}')
    figure('doctor with a long XML / virt-host-validate qemu (processor time)', f'{large / validate:.2f}')
    figure('doctor with a long XML / with a short one (processor time)', f'{large / small:.2f}')
    assert lines >= 1000, lines
    assert len(checks) >= 2 * theirs, (len(checks), theirs)
    assert large / small < 5, (large, small)
    assert large / validate < 20, (large, validate)


beds.main(BED, set_up=set_up)
