#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A notification service that is absent, hangs or restarts never holds the applet up."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import notifyd  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_qemu(bed).add_guest('win10')
    bed.start_tray()
    bed.start_applet()


def start_and_stop():
    bed = BED[0]
    equal(bed.handover('start', 'win10').code, 0)
    bed.ping(seconds=5)
    equal(bed.handover('stop', 'win10', '--force').code, 0)
    bed.ping(seconds=5)
    equal(bed.libvirt.state('win10'), 'shut off')


@test
def absent():
    start_and_stop()


@test
def hung():
    bed = BED[0]
    bed.start_notifications()
    bed.notifications.hang = True
    start_and_stop()
    # libnotify asks for the service's name first, and is stuck with that.
    loop.until(lambda: bed.notifications._held, 'a call that is not answered')
    start_and_stop()
    equal(len(bed.notifications._held), 1, 'calls that wait for the service')


@test
def restarted():
    bed = BED[0]
    bed.notifications.hang = False
    bed.notifications.restart()
    start_and_stop()
    mark = len(bed.notifications.all)
    equal(bed.handover('start', 'win10').code, 0)
    bed.notifications.wait_for('win10 is running', mark)


@test
def one_notification_a_subject():
    bed = BED[0]
    equal(bed.handover('stop', 'win10', '--force').code, 0)
    bed.notifications.wait_for('win10 was forced off')
    equal(len([n for n in bed.notifications.shown.values() if 'win10' in n.summary]), 1)


@test
def a_real_service_shows_it():
    bed = BED[0]
    bed.notifications.stop()
    dunst = notifyd.Dunst(bed).start()
    equal(bed.handover('start', 'win10').code, 0)
    loop.until(lambda: dunst.ctl('count', 'displayed').strip() != '0', 'dunst', look_again=0.2)
    bed.screenshot('dunst')
    dunst.stop()


@test
def kinds_can_be_switched_off():
    bed = BED[0]
    bed.start_notifications()
    bed.write_settings('[settings]\nnotify-guest=false\n')
    equal(bed.handover('stop', 'win10', '--force').code, 0)
    bed.write_settings('[settings]\nbogus=1\n')
    bed.notifications.wait_for('bogus')
    equal([n for n in bed.notifications.all if 'win10' in n.summary], [])


beds.main(BED, set_up=set_up)
