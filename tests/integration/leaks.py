#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred starts and stops, a lost connection and a menu that was used leave nothing behind.

LeakSanitizer looks, so this needs a build with it."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
from tap import diag, equal, figure, test  # noqa: E402

ROUNDS = 100
BED = []
ITEM = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_test_driver(bed)
    bed.start_tray()
    bed.start_notifications()
    ITEM.append(bed.start_applet(env={
        'G_SLICE': 'always-malloc',  # its pools would hide leaks
        'ASAN_OPTIONS': 'detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=40'}))


def stacks(log):
    """The stacks of what was lost, one text each."""
    return re.findall(r'^(?:Direct|Indirect) leak of .*?(?=^\s*$)', log, re.M | re.S)


@test
def nothing_is_lost_in_a_hundred_starts_and_stops():
    bed = BED[0]
    ITEM[0].wait_for(lambda i: i.Title == 'test is running', 'the guest')
    for _ in range(ROUNDS):
        bed.call('StopGuest', 'test', {})
        bed.call('StartGuest', 'test', {})
    bed.libvirt.define_test_guest('other')
    ITEM[0].menu.wait_for_entry('other is off', 'Start').click()
    ITEM[0].menu.wait_for_entry('other is running', 'Pause').click()
    ITEM[0].menu.wait_for_entry('other is paused', 'Resume')
    try:
        bed.call('StartGuest', 'nobody', {})
        raise AssertionError('a guest that is not there was started')
    except beds.GLib.Error:
        pass
    bed.libvirt.kill()
    ITEM[0].wait_for(lambda i: i.Title == 'No connection to libvirt', 'the loss')
    bed.applet.wait_for_text('does not answer')  # one try in vain at least
    bed.libvirt.start()
    ITEM[0].wait_for(lambda i: i.Title == 'test is running', 'the connection')
    ITEM[0].menu.wait_for_entry('Quit').click()
    code = bed.applet.wait(300)
    log = bed.applet.text()
    found = stacks(log)
    figure(f'leaks after {ROUNDS} starts and stops', len(found))
    for stack in found[:10]:
        diag(stack)
    equal(len(found), 0, 'leaks')
    equal(code, 0, f'exit status, {log[-2000:]}')


beds.main(BED, set_up=set_up)
