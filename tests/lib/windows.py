# SPDX-License-Identifier: GPL-3.0-or-later
"""What the windows are made of, as their GtkBuilder files say."""

import os
import xml.etree.ElementTree as ElementTree

UI = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/desktop/ui')

# The pages of the preferences, and the files their rows are in.
PAGES = {
    'General': ['page-general'],
    'Guests': ['page-guests', 'page-guest'],
    'Keyboard and Mouse': ['page-input'],
    'Ways Back': ['page-return'],
    'Graphics Card': ['page-card'],
    'Commands': ['page-commands'],
    'Notifications': ['page-notifications'],
}

# Something to write into the entries.
EXAMPLES = {
    'connection-uri': 'test:///default',
    'gpu-free-command': 'systemctl --user stop job',
    'gpu-guest-command': 'echo given',
    'gpu-host-command': 'echo back',
    'commands-before-guest': ['ddcutil setvcp 60 0x11', "echo 'one word'"],
    'commands-after-guest': ['echo there'],
    'commands-before-host': ['echo coming'],
    'commands-after-host': ['echo home'],
}


class Row:
    """One row that shows a setting."""

    def __init__(self, page, file, element):
        properties = {p.get('name'): p.text for p in element.findall('property')}
        self.page = page
        self.guest = file == 'page-guest'
        self.key = properties.get('key')
        self.mnemonic = properties['title']
        self.title = properties['title'].replace('_', '')
        control = element.find('child/object')
        self.control = control.get('class')
        self.items = [(item.get('id'), item.text) for item in control.iter('item')]


def all_rows():
    """Every row of the preferences, in the order of the pages."""
    for page, files in PAGES.items():
        for file in files:
            for element in ElementTree.parse(f'{UI}/{file}.ui').iter('object'):
                if element.get('class') == 'HoRow':
                    yield Row(page, file, element)


def rows():
    """Those that show a setting."""
    return [row for row in all_rows() if row.key]


def pages():
    return list(PAGES)


def nameless(window):
    """Controls that a screen reader could not name."""
    roles = {'toggle button', 'push button', 'combo box', 'spin button', 'text', 'check box',
             'radio button', 'slider', 'link'}
    return [repr(node) for node in window.find_all() if node.role in roles and not node.name]
