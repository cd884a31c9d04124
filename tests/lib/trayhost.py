# SPDX-License-Identifier: GPL-3.0-or-later
"""A small but real StatusNotifier watcher and host, with menus over com.canonical.dbusmenu.

It does to an item what a panel does: reads its properties when it says that they changed, calls
Activate on a left click, asks for the menu's layout, and sends "clicked" events.
Interfaces: freedesktop's StatusNotifierItem draft, and libdbusmenu's dbus-menu.xml."""

from gi.repository import Gio, GLib

import loop

WATCHER = 'org.kde.StatusNotifierWatcher'
ITEM = 'org.kde.StatusNotifierItem'
MENU = 'com.canonical.dbusmenu'

_WATCHER_XML = f'''<node><interface name="{WATCHER}">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierItemUnregistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>'''


class MenuItem:
    """One entry of a menu as last read: `label` without mnemonics, `properties`, `children`."""

    def __init__(self, menu, layout):
        self.menu = menu
        self.id, self.properties, children = layout
        self.children = [MenuItem(menu, child) for child in children]

    @property
    def label(self):
        return self.properties.get('label', '').replace('__', '\0').replace('_', '') \
            .replace('\0', '_')

    @property
    def enabled(self):
        return self.properties.get('enabled', True)

    @property
    def visible(self):
        return self.properties.get('visible', True)

    @property
    def separator(self):
        return self.properties.get('type') == 'separator'

    @property
    def checked(self):
        return self.properties.get('toggle-state', 0) == 1

    def walk(self):
        """This entry and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, *labels):
        """The visible entry at a path of labels, or None."""
        if not labels:
            return self
        for child in self.children:
            if child.visible and child.label == labels[0]:
                return child.find(*labels[1:])
        return None

    def labels(self):
        """The visible labels of the direct entries, separators left out."""
        return [c.label for c in self.children if c.visible and not c.separator]

    def click(self):
        """Click it, as a panel does."""
        if not self.enabled:
            raise AssertionError(f'menu entry {self.label!r} is greyed out')
        self.menu.event(self.id, 'clicked')


class Menu:
    """An item's menu, followed by its signals."""

    def __init__(self, bus, name, path):
        self.bus, self.name, self.path = bus, name, path
        self.changes = 0
        self._watch = bus.signal_subscribe(name, MENU, None, path, None,
                                           Gio.DBusSignalFlags.NONE, self._changed)

    def _changed(self, *_args):
        self.changes += 1

    def close(self):
        self.bus.signal_unsubscribe(self._watch)

    def call(self, method, args, reply):
        return loop.call(self.bus, self.name, self.path, MENU, method, args, reply=reply)

    def event(self, item, kind):
        self.call('Event', GLib.Variant('(isvu)', (item, kind, GLib.Variant('i', 0), 0)), '()')

    def read(self):
        """Read the whole menu as it is now; returns its root."""
        _revision, layout = self.call('GetLayout', GLib.Variant('(iias)', (0, -1, [])),
                                      '(u(ia{sv}av))')
        return MenuItem(self, layout)

    def open(self):
        """Tell the item that its menu is about to be shown, and read it."""
        self.call('AboutToShow', GLib.Variant('(i)', (0,)), '(b)')
        return self.read()

    def wait_for(self, predicate, what, seconds=loop.DEADLINE):
        """Wait until predicate (root) is true; the menu is read again after each change."""
        seen = [None, None]

        def holds():
            if seen[0] != self.changes:
                seen[0] = self.changes
                seen[1] = self.read()
            return predicate(seen[1])
        return loop.until(holds, lambda: f'{what}; menu: '
                          f'{[e.label for e in seen[1].walk()] if seen[1] else None}', seconds)

    def wait_for_entry(self, *labels, seconds=loop.DEADLINE):
        """Wait until a visible, enabled entry with this path of labels is there; returns it."""
        def ready(root):
            entry = root.find(*labels)
            return entry if entry and entry.enabled else None
        return self.wait_for(ready, f'menu entry {" / ".join(labels)}', seconds)


class Item:
    """One icon in the tray: `properties` as last read, `menu`."""

    def __init__(self, bus, name, path):
        self.bus, self.name, self.path = bus, name, path
        self.properties = {}
        self.menu = None
        self._watch = bus.signal_subscribe(name, ITEM, None, path, None,
                                           Gio.DBusSignalFlags.NONE, lambda *a: self.refresh())
        self.refresh()

    def close(self):
        self.bus.signal_unsubscribe(self._watch)
        if self.menu:
            self.menu.close()

    def refresh(self):
        """Read the properties anew, in the background."""
        self.bus.call(self.name, self.path, 'org.freedesktop.DBus.Properties', 'GetAll',
                      GLib.Variant('(s)', (ITEM,)), GLib.VariantType('(a{sv})'),
                      Gio.DBusCallFlags.NONE, 60000, None, self._read)

    def _read(self, bus, result):
        try:
            self.properties = bus.call_finish(result).unpack()[0]
        except GLib.Error:
            return  # it has just left the bus
        path = self.properties.get('Menu', '/')
        if path != '/' and (self.menu is None or self.menu.path != path):
            self.menu = Menu(self.bus, self.name, path)

    def __getattr__(self, name):
        # item.Title, item.IconName, item.Status, item.IconAccessibleDesc …
        try:
            return self.__dict__['properties'][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def summary(self):
        """What it shows, in a line for messages."""
        return {key: self.properties.get(key) for key in
                ('Id', 'Title', 'IconName', 'IconAccessibleDesc', 'Status')}

    def wait_for(self, predicate, what, seconds=loop.DEADLINE):
        """Wait until predicate (item) is true, asked after each change."""
        def holds():
            try:
                return predicate(self)
            except AttributeError:
                return False
        return loop.until(holds, lambda: f'{what}; item: {self.summary}', seconds)

    def call(self, method, args):
        return loop.call(self.bus, self.name, self.path, ITEM, method, args)

    def left_click(self):
        """Activate (x, y). Raises GLib.Error (UnknownMethod) when the item has none, upon which
        a panel opens the menu."""
        self.call('Activate', GLib.Variant('(ii)', (10, 10)))

    def middle_click(self):
        self.call('SecondaryActivate', GLib.Variant('(ii)', (10, 10)))

    def scroll(self, delta=120, orientation='Vertical'):
        """Turn the wheel; Plasma writes the orientation with a capital, Xfce without."""
        self.call('Scroll', GLib.Variant('(is)', (delta, orientation)))


class TrayHost:
    """The watcher and one host. `items` are the icons shown now, in order of arrival."""

    def __init__(self, address):
        """address: the session bus. The service is there after start ()."""
        self.address = address
        self.bus = None
        self.items = []
        self.registrations = 0

    def start(self):
        """Take the watcher's name; items that wait for a watcher register now."""
        self.bus = loop.connect(self.address)
        self.bus.set_exit_on_close(False)
        info = Gio.DBusNodeInfo.new_for_xml(_WATCHER_XML).interfaces[0]
        self.bus.register_object('/StatusNotifierWatcher', info, self._method, self._property, None)
        self.bus.signal_subscribe('org.freedesktop.DBus', 'org.freedesktop.DBus',
                                  'NameOwnerChanged', '/org/freedesktop/DBus', None,
                                  Gio.DBusSignalFlags.NONE, self._owner_changed)
        loop.call(self.bus, 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                  'org.freedesktop.DBus', 'RequestName', GLib.Variant('(su)', (WATCHER, 4)))
        self._emit('StatusNotifierHostRegistered', None)
        return self

    def stop(self):
        """Leave the bus, as a panel that crashed."""
        for item in self.items:
            item.close()
        self.items = []
        if self.bus:
            self.bus.close_sync(None)
            self.bus = None

    def _emit(self, signal, args):
        self.bus.emit_signal(None, '/StatusNotifierWatcher', WATCHER, signal, args)

    def _method(self, _bus, sender, _path, _interface, method, args, invocation):
        if method == 'RegisterStatusNotifierItem':
            # By the draft the argument is a bus name; libayatana passes its object's path.
            service = args.unpack()[0]
            path = service if service.startswith('/') else '/StatusNotifierItem'
            self._add(sender, path)
        invocation.return_value(None)

    def _property(self, _bus, _sender, _path, _interface, name):
        if name == 'RegisteredStatusNotifierItems':
            return GLib.Variant('as', [item.name + item.path for item in self.items])
        if name == 'IsStatusNotifierHostRegistered':
            return GLib.Variant('b', True)
        return GLib.Variant('i', 0)

    def _add(self, name, path):
        self.registrations += 1
        if any((item.name, item.path) == (name, path) for item in self.items):
            return
        self.items.append(Item(self.bus, name, path))
        self._emit('StatusNotifierItemRegistered', GLib.Variant('(s)', (name + path,)))

    def _owner_changed(self, _bus, _sender, _path, _interface, _signal, args):
        name, _old, new = args.unpack()
        if new:
            return
        for item in [i for i in self.items if i.name == name]:
            self.items.remove(item)
            item.close()
            self._emit('StatusNotifierItemUnregistered', GLib.Variant('(s)', (name + item.path,)))

    def wait_for_item(self, item_id=None, seconds=loop.DEADLINE):
        """Wait for an icon (with this Id) whose properties and menu are known; returns it."""
        def there():
            for item in self.items:
                if item.menu and (item_id is None or item.properties.get('Id') == item_id):
                    return item
            return None
        return loop.until(there, lambda: f'a tray icon {item_id or ""}; there are '
                          f'{[item.summary for item in self.items]}', seconds)

    def wait_for_none(self, seconds=loop.DEADLINE):
        """Wait until the tray is empty."""
        loop.until(lambda: not self.items, 'the icon to go', seconds)
