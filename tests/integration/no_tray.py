#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop without a tray: the user is told once how Handover is reached, and it is."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []


def mark():
    return os.path.join(BED[0].env['XDG_STATE_HOME'], 'handover', 'tray-hint')


def hints():
    return [n for n in BED[0].notifications.all if 'no place for its icon' in n.summary]


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    beds.with_test_driver(bed)
    bed.start_notifications()


@test
def the_hint_comes_once():
    """Without a tray one hint is shown, and none at the next start"""
    bed = BED[0]
    bed.start_applet(wait=False)
    diag(bed.notifications.wait_for('no place for its icon').text)
    equal(len(hints()), 1, 'hints')
    assert os.path.exists(mark())
    equal(bed.applet.stop(), 0)
    bed.start_applet(wait=False)
    loop.wait_for_name(bed.bus, beds.NAME)
    loop.spin(33)  # as long as the applet waits for a tray, and a little longer
    equal(len(hints()), 1, 'hints')


@test
def all_is_reached_without_an_icon():
    bed = BED[0]
    equal(bed.handover('status').code, 0)
    equal(bed.run(beds.program('handover-applet')).code, 0)
    bed.notifications.wait_for('Handover is running')


@test
def a_second_start_opens_the_preferences():
    bed = BED[0]
    session.need('xdotool')

    def windows():
        return bed.run('xdotool', 'search', '--onlyvisible', '--name',
                       '^Handover Preferences$').out.split()
    loop.until(lambda: len(windows()) == 1, 'the preferences', look_again=0.5)
    equal(bed.run(beds.program('handover-applet')).code, 0)
    bed.ping()
    equal(len(windows()), 1, 'windows')


@test
def help_is_opened_by_what_shows_such_files():
    """The manual is given to the program for Markdown; with none its place is told"""
    bed = BED[0]
    bed.action('help')
    loop.until(lambda: bed.run('xdotool', 'search', '--onlyvisible', '--name', '^Help$').out,
               'its place', look_again=0.5)
    bed.screenshot('help')
    folder = os.path.join(bed.env['XDG_DATA_HOME'], 'applications')
    os.makedirs(folder)
    shown = f'{bed.root}/shown'
    with open(f'{folder}/viewer.desktop', 'w') as stream:
        stream.write('[Desktop Entry]\nType=Application\nName=Viewer\nMimeType=text/markdown;\n'
                     f'Exec=cp %f {shown}\n')
    with open(f'{folder}/mimeinfo.cache', 'w') as stream:
        stream.write('[MIME Cache]\ntext/markdown=viewer.desktop;\n')
    bed.applet.stop()
    bed.start_applet(wait=False)
    loop.wait_for_name(bed.bus, beds.NAME)
    bed.action('help')
    loop.wait_for_path(shown)
    loop.until(lambda: 'Ways back' in open(shown).read(), 'the manual', look_again=0.2)


@test
def a_tray_that_comes_makes_its_absence_news_again():
    bed = BED[0]
    bed.start_tray()
    bed.tray.wait_for_item(beds.INDICATOR)
    loop.wait_for_path(mark(), lambda path: not os.path.exists(path))


beds.main(BED, set_up=set_up)
