#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts that cannot work, on a real libvirt with QEMU: what the user is told, with and without an applet."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('silent', devices="<sound model='ich9'/><audio id='1' type='pulseaudio' "
                                        f"serverName='unix:{bed.root}/nowhere'/>")
    libvirt.add_guest('cardless', devices="""<hostdev mode='subsystem' type='pci' managed='yes'>
        <source><address domain='0xffff' bus='0xfe' slot='0x1f' function='0x7'/></source></hostdev>""")
    libvirt.add_guest('diskless')
    os.unlink(f'{libvirt.root}/diskless.img')
    libvirt.add_guest('netless', devices="<interface type='network'><source network='none'/>"
                                         "</interface>")
    libvirt.add_guest('well')
    bed.start_tray()
    bed.start_notifications()


def started(guest):
    """Whether QEMU was run for a guest: libvirt begins its log then."""
    return os.path.exists(f'{BED[0].libvirt.env["XDG_CACHE_HOME"]}/libvirt/qemu/log/{guest}.log')


def check():
    bed = BED[0]
    for guest, words in (('silent', "where no sound server listens"),
                         ('cardless', 'ffff:fe:1f.7, which is not in this machine'),
                         ('diskless', 'A disk or image of the guest is missing'),
                         ('netless', "network does not exist")):
        result = bed.handover('start', guest)
        equal(result.code, 1, repr(result))
        assert words in result.err, result.err
        equal(len(result.err.strip().split('\n')), 1, repr(result))
        equal(bed.libvirt.state(guest), 'shut off')
    # Seen beforehand, not by a QEMU that fails.
    assert not started('silent') and not started('cardless')
    equal(bed.handover('start', 'well').code, 0)
    assert started('well')
    equal(bed.handover('stop', 'well', '--force').code, 0)


@test
def told_by_the_command():
    check()


@test
def told_by_the_applet():
    BED[0].start_applet()
    check()


@test
def qemu_would_have_failed_too():
    """The preflight is no stricter than the truth"""
    bed = BED[0]
    for guest in ('silent', 'cardless'):
        result = bed.libvirt.virsh('start', guest, check=False)
        assert result.code != 0, result
    equal(bed.libvirt.state('silent'), 'shut off')


beds.main(BED, set_up=set_up)
