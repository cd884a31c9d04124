#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shutdown and sleep are blocked while a guest holds a card, and only then."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import guestimage  # noqa: E402
import logind  # noqa: E402
from tap import equal, test  # noqa: E402

CARD = '''<devices><hostdev mode='subsystem' type='pci' managed='yes'><source>
<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev></devices>
</domain>'''

BED = []
LOGIND = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    LOGIND.append(logind.Logind(bed))
    beds.with_test_driver(bed)
    bed.libvirt.define(guestimage.test_domain_xml('win10').replace('</domain>', CARD), 'win10')
    bed.start_tray()
    bed.start_applet()


def ours(inhibitors):
    return [row for row in inhibitors if row[1] == 'Handover']


@test
def a_guest_without_a_card_blocks_nothing():
    bed = BED[0]
    equal(bed.guest_states()['test'], 'running')
    equal(ours(LOGIND[0].inhibitors()), [])


@test
def a_guest_with_a_card_blocks_and_is_named():
    bed = BED[0]
    bed.libvirt.virsh('start', 'win10')
    rows = LOGIND[0].wait_for(ours, 'the lock') and ours(LOGIND[0].inhibitors())
    equal(len(rows), 1, 'locks')
    equal(sorted(rows[0][0].split(':')), ['shutdown', 'sleep'])
    assert 'win10' in rows[0][2], rows
    equal(rows[0][3], 'block')


@test
def the_setting_lifts_it_at_once():
    BED[0].write_settings('[settings]\ninhibit-shutdown=false\n')
    LOGIND[0].wait_for(lambda rows: not ours(rows), 'no lock')
    BED[0].write_settings('[settings]\ninhibit-shutdown=true\n')
    LOGIND[0].wait_for(ours, 'the lock')


@test
def it_ends_with_the_guest():
    BED[0].libvirt.virsh('destroy', 'win10')
    LOGIND[0].wait_for(lambda rows: not ours(rows), 'no lock')


@test
def it_ends_with_the_applet():
    bed = BED[0]
    bed.libvirt.virsh('start', 'win10')
    LOGIND[0].wait_for(ours, 'the lock')
    bed.applet.kill()
    LOGIND[0].wait_for(lambda rows: not ours(rows), 'no lock')


beds.main(BED, set_up=set_up)
