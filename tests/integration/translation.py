#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text for the user escapes translation: every window and menu in a language that no person
made, written from right to left, in which every text is in brackets."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import a11y  # noqa: E402
import bed as beds  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
import translations  # noqa: E402
import windows  # noqa: E402
from tap import equal, test  # noqa: E402

BED = []
LANGUAGE = 'he'  # GTK writes it from right to left
# Names, which are the same in every language.
NAMES = ['win10', 'ubuntu', 'Handover', 'The Handover developers', 'qemu:///system']
# Of the About window: the copyright is a name too; GTK has the other in it, unseen.
ABOUT = ['© 2026 The Handover developers', 'http://website.com']


def set_up():
    session.need('xgettext', 'msgen', 'msgfilter', 'msgfmt')
    bed = beds.Bed()
    BED.append(bed)
    translations.pseudo(bed.folder('locale'), LANGUAGE)
    bed.env.update(HANDOVER_LOCALE_DIR=bed.folder('locale'), LANGUAGE=LANGUAGE)
    bed.desk = a11y.Desk(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('ubuntu')
    libvirt.add_guest('win10')
    bed.write_settings("[settings]\nprimary-guest='win10'\n")
    bed.start_tray()
    bed.start_notifications()
    bed.applet = bed.start('applet', [beds.program('handover-applet')])
    bed.tray.wait_for_item().wait_for(lambda i: 'win10' in i.Title, 'the guest')


def escaped(texts):
    """Texts with words that are neither in brackets nor names."""
    found = []
    for text in texts:
        rest = re.sub(f'{translations.LEFT}.*?{translations.RIGHT}', '', text, flags=re.S)
        for name in sorted(NAMES + [BED[0].libvirt.uri], key=len, reverse=True):
            rest = rest.replace(name, '')
        if re.search('[A-Za-z]{2,}', rest):
            found.append(text)
    return found


def texts_of(window):
    """All that is to be read in a window, also by a screen reader only."""
    return [text for node in window.find_all(showing=False) for text in
            (node.name, node.description) if text]


@test
def the_menu():
    bed = BED[0]
    item = bed.tray.wait_for_item()
    equal(escaped([item.Title, item.IconAccessibleDesc] + item.menu.open().labels()), [])
    assert any(translations.is_translated(text) for text in item.menu.read().labels())


@test
def the_preferences():
    bed = BED[0]
    bed.action('preferences')
    window = bed.desk.wait_for_window(bed.applet.pid, '⟦Handover Preferences⟧')
    for page in windows.pages():
        window.page(f'⟦{page}⟧')
        loop.spin(0.5)  # the pages slide
        bed.screenshot('preferences-' + page.lower().replace(' ', '-'))
        equal(escaped(texts_of(window)), [], page)
    # From right to left: the list of the pages is on the right.
    sidebar = window.find('list box').extents()
    page = window.find('heading').extents()
    assert sidebar[0] > page[0], (sidebar, page)


@test
def the_doctor():
    bed = BED[0]
    bed.action('doctor')
    window = bed.desk.wait_for_window(bed.applet.pid, '⟦Handover Doctor⟧')
    window.find('check box').act()
    window.find('heading')
    bed.screenshot('doctor')
    # Commands, links, paths, XML and values are the same in every language.
    same = re.compile(r'sudo |echo |https?://|/dev/\S+$|<|[\w ]+=\S+$')
    equal(escaped([text for text in texts_of(window) if not same.match(text)]), [])


@test
def who_has_what():
    bed = BED[0]
    bed.action('cards')
    window = bed.desk.wait_for_window(bed.applet.pid, '⟦Who Has What⟧')
    window.find('image', '⟦Who has what⟧')
    bed.screenshot('cards')
    equal(escaped(texts_of(window)), [])


@test
def about():
    bed = BED[0]
    bed.action('about')
    loop.until(lambda: len(bed.desk.windows(bed.applet.pid)) == 4, 'the About window',
               look_again=0.5)
    title = [t for t in bed.desk.windows(bed.applet.pid) if '⟦' not in t][0]
    window = bed.desk.wait_for_window(bed.applet.pid, title)
    # What is not ours is GTK's.
    equal([text for text in escaped(texts_of(window)) if text not in ABOUT], [])
    bed.screenshot('about')


beds.main(BED, set_up=set_up)
