#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plasma's own start of a session starts the applet of a user who asked for that."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import icons  # noqa: E402
import loop  # noqa: E402
import plasma  # noqa: E402
import session  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
DESKTOP = []


def set_up():
    bed = beds.Bed(service_dirs=plasma.Plasma.SERVICE_DIRS)
    BED.append(bed)
    session.need('startplasma-x11')
    DESKTOP.append(plasma.Plasma(bed))
    beds.with_test_driver(bed)
    bed.env['PATH'] = os.path.dirname(beds.program('handover-applet')) + ':' + bed.env['PATH']
    # Systemd's way needs systemd as the user's manager, which a test machine has not.
    with open(os.path.join(bed.env['XDG_CONFIG_HOME'], 'startkderc'), 'w') as stream:
        stream.write('[General]\nsystemdBoot=false\n')


@test
def the_session_starts_it():
    """“Start at Login” in the menu, then a session: the icon is in its tray"""
    bed, desktop = BED[0], DESKTOP[0]
    bed.start_tray()
    bed.start_applet().menu.wait_for_entry('Start at Login').click()
    path = os.path.join(bed.env['XDG_CONFIG_HOME'], 'autostart', 'org.handover.Handover.desktop')
    loop.wait_for_path(path)
    bed.applet.stop()
    bed.tray.stop()

    desktop.start_session()
    loop.wait_for_name(bed.bus, beds.NAME, 180)
    item = icons.follow(bed, desktop)
    item.wait_for(lambda i: i.Title != 'Connecting to libvirt', 'the connection')
    equal(bed.handover('status').code, 0)
    desktop.wait_until_quiet()
    desktop.screenshot('1-session')
    item.menu.wait_for_entry('Quit').click()
    loop.wait_for_name(bed.bus, beds.NAME, gone=True)


beds.main(BED, set_up=set_up)
