# SPDX-License-Identifier: GPL-3.0-or-later
"""Handover's icon in a real tray: found on the screen by its colour, followed on the bus."""

import os

import loop
import session
import trayhost

# One colour for every state, so that the icon can be found on the screen.
COLOUR = '#ff00fe'
SVG = f'''<svg xmlns="http://www.w3.org/2000/svg" width="22" height="22" viewBox="0 0 22 22">
<rect width="22" height="22" fill="{COLOUR}"/></svg>
'''


def solid(bed):
    """An icon folder in which each of our icons is a square of the colour."""
    root = bed.folder('solid')
    source = os.path.join(session.SOURCE, 'data', 'icons')
    for folder, _folders, names in os.walk(source):
        target = os.path.join(root, os.path.relpath(folder, source))
        os.makedirs(target, exist_ok=True)
        for name in (n for n in names if n.endswith('.svg')):
            with open(os.path.join(target, name), 'w') as stream:
                stream.write(SVG)
    return root


def follow(bed, desktop):
    """The icon as the tray's watcher knows it, to read its title and menu from."""
    items = loop.until(desktop.items, 'the icon in the tray', look_again=0.5)
    if len(items) != 1:
        raise AssertionError(f'not one icon: {items}')
    name, _, path = items[0].partition('/')
    item = trayhost.Item(bed.bus, name, '/' + path)
    loop.until(lambda: item.menu, 'its menu')
    return item
