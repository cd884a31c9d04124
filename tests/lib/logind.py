# SPDX-License-Identifier: GPL-3.0-or-later
"""logind, as python-dbusmock imitates it, on a private system bus."""

import loop
import session
import tap
from gi.repository import GLib

NAME = 'org.freedesktop.login1'
PATH = '/org/freedesktop/login1'
MANAGER = 'org.freedesktop.login1.Manager'


class Logind:
    """The mock: who holds which inhibitor, and the signals before sleep and shutdown."""

    def __init__(self, bed):
        """bed: its Session; must be made before the programs that shall see this system bus."""
        try:
            import dbusmock  # noqa: F401
        except ImportError:
            raise tap.Skip('not installed: python-dbusmock') from None
        self.bed = bed
        self.bus = loop.connect(bed.start_system_bus())
        self.bus.set_exit_on_close(False)
        bed.start('logind', ['/usr/bin/python3', '-m', 'dbusmock', '--system', '--template',
                             'logind'])
        loop.wait_for_name(self.bus, NAME)

    def inhibitors(self):
        """All held inhibitors: (what, who, why, mode) each."""
        rows = loop.call(self.bus, NAME, PATH, MANAGER, 'ListInhibitors', reply='(a(ssssuu))')[0]
        return [tuple(row[:4]) for row in rows]

    def wait_for(self, predicate, what, seconds=loop.DEADLINE):
        """Wait until predicate (inhibitors) holds. The mock tells nobody, so it is asked."""
        return loop.until(lambda: predicate(self.inhibitors()),
                          lambda: f'{what}; held: {self.inhibitors()}', seconds, look_again=0.5)

    def prepare_for(self, what, active):
        """Emit PrepareForSleep or PrepareForShutdown ('Sleep', 'Shutdown')."""
        loop.call(self.bus, NAME, PATH, 'org.freedesktop.DBus.Mock', 'EmitSignal',
                  GLib.Variant('(sssav)', (MANAGER, f'PrepareFor{what}', 'b',
                                           [GLib.Variant('b', active)])))
