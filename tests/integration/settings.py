#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that are wrong in every way: one warning each, and the applet runs on."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
ITEM = []


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_qemu(bed).add_guest('win10')
    bed.start_tray()
    bed.start_notifications()
    ITEM.append(bed.start_applet())
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the guest')


def warned(*words):
    """Wait for a warning with all the words; returns how many lines of the log have them."""
    bed = BED[0]
    bed.applet.wait_for_text(words[0])
    lines = [line for line in bed.applet.text().split('\n') if all(w in line for w in words)]
    bed.ping()
    return len(lines)


@test
def a_wrong_type():
    BED[0].write_settings("[settings]\nshutdown-timeout='soon'\n")
    equal(warned('shutdown-timeout', 'settings.ini'), 1)


@test
def a_value_out_of_range():
    BED[0].write_settings("[settings]\nclick-action='explode'\n")
    equal(warned('click-action', 'settings.ini'), 1)


@test
def an_unknown_key_and_section():
    BED[0].write_settings('[settings]\ncolour=1\n[guests/nobody]\nx=1\n')
    equal(warned('colour', 'settings.ini'), 1)
    equal(warned('guests/nobody', 'settings.ini'), 1)


@test
def an_unknown_guest():
    bed = BED[0]
    bed.write_settings("[settings]\nprimary-guest='nobody'\n")
    ITEM[0].wait_for(lambda i: i.Title == 'No primary guest', 'no guest')
    equal(warned('no guest of that name', 'primary-guest', 'settings.ini'), 1)


@test
def a_broken_file_is_kept():
    bed = BED[0]
    bed.write_settings('this is no key file')
    equal(warned('cannot be used', 'settings.ini'), 1)
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the default')
    folder = os.path.dirname(bed.settings_file)
    kept = [name for name in os.listdir(folder) if '.broken-' in name]
    equal(len(kept), 1, 'copies')
    equal(open(os.path.join(folder, kept[0])).read(), 'this is no key file')
    equal(open(bed.settings_file).read(), 'this is no key file')


@test
def an_unreadable_file():
    bed = BED[0]
    bed.applet.stop()
    bed.tray.wait_for_none()
    bed.write_settings("[settings]\nprimary-guest='nobody'\n")
    os.chmod(bed.settings_file, 0)
    ITEM[0] = bed.start_applet()
    ITEM[0].wait_for(lambda i: i.Title == 'win10 is off', 'the default')
    equal(warned('cannot be used', 'settings.ini'), 2)  # the first was the broken file's
    os.chmod(bed.settings_file, 0o600)
    equal(open(bed.settings_file).read(), "[settings]\nprimary-guest='nobody'\n")


@test
def a_bad_uri():
    bed = BED[0]
    bed.applet.stop()
    bed.tray.wait_for_none()
    bed.write_settings("[settings]\nconnection-uri='nonsense:///'\n")
    ITEM[0] = bed.start_applet()
    ITEM[0].wait_for(lambda i: i.Title == 'No connection to libvirt', 'the state')
    bed.notifications.wait_for('nonsense:///')
    bed.ping()


@test
def the_last_good_file_is_kept():
    """And copied once only: a copy waits for the disk"""
    bed = BED[0]
    copy = f'{bed.settings_file}~'

    def kept(text):
        equal(bed.handover('status', '--connect', bed.libvirt.uri).code, 0)
        equal(open(copy).read(), text)
        return os.stat(copy).st_ino, os.stat(copy).st_mtime_ns

    good = '[settings]\nshutdown-timeout=uint32 70\n'
    bed.write_settings(good)
    first = kept(good)
    equal(kept(good), first)
    bed.write_settings('this is no key file')
    equal(kept(good), first)
    better = good.replace('70', '80')
    bed.write_settings(better)
    assert kept(better) != first


beds.main(BED, set_up=set_up)
