# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader sees and does: windows read and driven by AT-SPI over D-Bus.

https://gitlab.gnome.org/GNOME/at-spi2-core/-/tree/main/xml has the interfaces. Spoken here
directly, since the test's own main loop must go on while an applet is asked."""

import os

from gi.repository import GLib

import loop
import session

ROOT = '/org/a11y/atspi/accessible/root'
REGISTRY = 'org.a11y.atspi.Registry'
PREFIX = 'org.a11y.atspi.'
LAUNCHER = '/usr/libexec/at-spi-bus-launcher'
# Numbers of AtspiStateType.
STATES = {'checked': 4, 'enabled': 8, 'expanded': 10, 'focused': 12, 'sensitive': 24,
          'showing': 25, 'visible': 30, 'selected': 23, 'active': 1}


class Node:
    """One accessible object, as it was when it was read."""

    def __init__(self, desk, ref):
        self.desk = desk
        self.name_on_bus, self.path = ref
        self.children = []
        self.parent = None
        self.role = self.name = self.description = ''
        self.states = set()
        self.interfaces = []

    def __repr__(self):
        return f'<{self.role} {self.name!r} {sorted(self.states & {"showing", "checked"})}>'

    def call(self, interface, method, args=None):
        return loop.call(self.desk.bus, self.name_on_bus, self.path, PREFIX + interface, method,
                         args)

    def get(self, interface, prop):
        return loop.call(self.desk.bus, self.name_on_bus, self.path,
                         'org.freedesktop.DBus.Properties', 'Get',
                         GLib.Variant('(ss)', (PREFIX + interface, prop)))[0]

    def set(self, interface, prop, value):
        loop.call(self.desk.bus, self.name_on_bus, self.path, 'org.freedesktop.DBus.Properties',
                  'Set', GLib.Variant('(ssv)', (PREFIX + interface, prop, value)))

    def walk(self):
        """This node and all below it, in the order of reading."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def showing(self):
        """Whether it is on the screen, and not on a page that is hidden."""
        return 'showing' in self.states

    def text(self):
        """The text in an entry or label."""
        return self.call('Text', 'GetText', GLib.Variant('(ii)', (0, -1)))[0]

    def value(self):
        return self.get('Value', 'CurrentValue')

    def extents(self):
        """x, y, width, height on the screen."""
        return self.call('Component', 'GetExtents', GLib.Variant('(u)', (0,)))[0]

    def focus(self):
        return self.call('Component', 'GrabFocus')[0]

    def act(self, number=0):
        """Do what a click would: press, toggle, activate."""
        done = self.call('Action', 'DoAction', GLib.Variant('(i)', (number,)))[0]
        assert done, f'{self} does nothing'

    def type(self, text, enter=True):
        """Replace the text of an entry, and press Enter in it."""
        self.call('EditableText', 'SetTextContents', GLib.Variant('(s)', (text,)))
        if enter:
            self.act()

    def put(self, number):
        """Set the number of a spin button."""
        self.set('Value', 'CurrentValue', GLib.Variant('d', number))

    def select(self, index):
        """Select a child: of a combo box or a list."""
        assert self.call('Selection', 'SelectChild', GLib.Variant('(i)', (index,)))[0]

    def options(self):
        """The texts of a combo box's items."""
        return [node.name for node in self.walk() if node.role == 'menu item']

    def choose(self, option):
        """Choose an item of a combo box by its text."""
        options = self.options()
        matching = [i for i, text in enumerate(options) if text.startswith(option)]
        assert matching, f'{option!r} is not in {options}'
        self.select(matching[0])


class Desk:
    """The accessibility bus of a session; started before the programs that it reads."""

    def __init__(self, bed):
        session.need(LAUNCHER)
        self.bed = bed
        for variable in ('NO_AT_BRIDGE', 'GTK_A11Y'):
            bed.env.pop(variable, None)
        bed.start('accessibility', [LAUNCHER, '--launch-immediately'])
        loop.wait_for_name(bed.bus, 'org.a11y.Bus')
        address = loop.call(bed.bus, 'org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus',
                            'GetAddress')[0]
        self.bus = loop.connect(address)
        self.bus.set_exit_on_close(False)
        # Wakes the loop when anything changes; what changed is read anew.
        loop.call(self.bus, 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                  'org.freedesktop.DBus', 'StartServiceByName',
                  GLib.Variant('(su)', (REGISTRY, 0)))
        for event in ('object:', 'window:'):
            loop.call(self.bus, REGISTRY, '/org/a11y/atspi/registry', PREFIX + 'Registry',
                      'RegisterEvent', GLib.Variant('(sass)', (event, [], '')))
        self.events = 0
        self.bus.signal_subscribe(None, None, None, None, None, 0, self._changed)

    def _changed(self, *_args):
        self.events += 1

    def _call_all(self, requests):
        """Ask many things at once; returns the answers in order, None for what failed."""
        answers = {}

        def answered(bus, result, number):
            try:
                answers[number] = bus.call_finish(result).unpack()
            except GLib.Error:
                answers[number] = None

        for number, (node, interface, method, args) in enumerate(requests):
            self.bus.call(node.name_on_bus, node.path, interface, method, args, None, 0, 60000,
                          None, answered, number)
        loop.until(lambda: len(answers) == len(requests), 'answers of the accessible objects')
        return [answers[number] for number in range(len(requests))]

    def application(self, pid):
        """The root of a program's tree, unread, or None."""
        registry = Node(self, (REGISTRY, ROOT))
        for ref in registry.call('Accessible', 'GetChildren')[0]:
            try:
                owner = loop.call(self.bus, 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                                  'org.freedesktop.DBus', 'GetConnectionUnixProcessID',
                                  GLib.Variant('(s)', (ref[0],)))[0]
            except GLib.Error:
                continue
            if owner == pid:
                return Node(self, ref)
        return None

    def read(self, root):
        """Read a node and all below it."""
        todo = [root]
        while todo:
            answers = self._call_all([request for node in todo for request in (
                (node, 'org.freedesktop.DBus.Properties', 'GetAll',
                 GLib.Variant('(s)', (PREFIX + 'Accessible',))),
                (node, PREFIX + 'Accessible', 'GetRoleName', None),
                (node, PREFIX + 'Accessible', 'GetState', None),
                (node, PREFIX + 'Accessible', 'GetInterfaces', None),
                (node, PREFIX + 'Accessible', 'GetChildren', None))])
            following = []
            for number, node in enumerate(todo):
                facts, role, states, interfaces, children = answers[5 * number:5 * number + 5]
                if not (facts and role and states and interfaces and children):
                    continue  # it went meanwhile
                node.name = facts[0].get('Name', '')
                node.description = facts[0].get('Description', '')
                node.role = role[0]
                bits = states[0][0] | states[0][1] << 32
                node.states = {state for state, bit in STATES.items() if bits >> bit & 1}
                node.interfaces = [i[len(PREFIX):] for i in interfaces[0]]
                node.children = [Node(self, ref) for ref in children[0]
                                 if not ref[1].endswith('/null')]
                for child in node.children:
                    child.parent = node
                following += node.children
            todo = following
        return root

    def windows(self, pid):
        """The titles of a program's windows."""
        root = self.application(pid)
        return [node.name for node in self.read(root).children] if root else []

    def wait_for_window(self, pid, title, seconds=loop.DEADLINE):
        """Wait for a window; returns a Window."""
        window = Window(self, pid, title)
        loop.until(window.read, lambda: f'window {title!r}; there are {self.windows(pid)}',
                   seconds, look_again=0.5)
        return window


class Window:
    """One window of a program, read anew for every question."""

    def __init__(self, desk, pid, title):
        self.desk, self.pid, self.title = desk, pid, title

    def read(self):
        """Its tree as it is now, or None."""
        root = self.desk.application(self.pid)
        if not root:
            return None
        for ref in root.call('Accessible', 'GetChildren')[0]:
            node = Node(self.desk, ref)
            try:
                title = node.get('Accessible', 'Name')
            except GLib.Error:
                continue
            if title == self.title:
                return self.desk.read(node)
        return None

    def find_all(self, role=None, name=None, showing=True):
        """All nodes of a role whose name is, or begins with, a text."""
        tree = self.read()
        return [node for node in (tree.walk() if tree else [])
                if (role is None or node.role == role)
                and (name is None or node.name == name
                     or (name.endswith('…') and node.name.startswith(name[:-1])))
                and (node.showing or not showing)]

    def find(self, role, name=None, showing=True, seconds=20):
        """Wait for a node; fails naming what there is."""
        found = []

        def there():
            found[:] = self.find_all(role, name, showing)
            return found

        loop.until(there, lambda: f'{role} {name!r} in {self.title!r}; there are: '
                   + ', '.join(f'{n.role} {n.name!r}' for n in self.find_all() if n.name),
                   seconds, look_again=0.5)
        return found[0]

    def wait_for(self, predicate, what, seconds=loop.DEADLINE):
        """Wait until predicate (window) is true."""
        return loop.until(lambda: predicate(self), lambda: f'{what} in {self.title!r}; labels: '
                          + repr(self.labels()), seconds, look_again=0.5)

    def labels(self):
        """The texts that are to be read now."""
        return [node.name for node in self.find_all() if node.name]

    def page(self, title):
        """Go to a page by the list on the side."""
        rows = [node for node in self.find_all('list item')]
        for row in rows:
            if row.name == title or any(n.name == title for n in row.walk()):
                row.parent.select(row.parent.children.index(next(
                    c for c in row.parent.children if c.path == row.path)))
                return
        raise AssertionError(f'no page {title!r} in {rows}')

    def gone(self):
        return self.read() is None
