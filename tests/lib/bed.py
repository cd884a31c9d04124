# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything around one applet: a session with a tray, notifications and a libvirt of its own."""

import json
import os

from gi.repository import GLib

import libvirtd
import loop
import notifyd
import session
import tap
import trayhost

NAME = 'org.handover.Handover'
PATH = '/org/handover/Handover'
INTERFACE = 'org.handover.Handover1'
INDICATOR = 'org.handover.Handover'


def build_root():
    """The build folder whose programs are tested."""
    return os.environ.get('HANDOVER_BUILD') or os.path.join(session.SOURCE, '_build')


def is_sanitized():
    """Whether the programs are built with sanitizers, which cost time and memory."""
    with open(os.path.join(build_root(), 'meson-info', 'intro-buildoptions.json')) as stream:
        return any(option['name'] == 'b_sanitize' and option['value'] != 'none'
                   for option in json.load(stream))


def program(name):
    """The path of one of our programs in the build folder."""
    folder = {'handover': 'src/cli', 'handover-local': 'src/cli',
              'handover-audio-bridge': 'src/audio/bridge'}.get(name, 'src')
    return os.path.join(build_root(), folder, name)


class Bed(session.Session):
    """A Session in which our programs find their pieces, and helpers to drive them."""

    def __init__(self, display=True, service_dirs=None, first_run=False):
        super().__init__(service_dirs)
        build = build_root()
        self.env.update(HANDOVER_LIBEXECDIR=f'{build}/src/cli:{build}/src/input/keeper'
                                            f':{build}/src/core:{build}/src/audio'
                                            f':{build}/src/audio/bridge',
                        HANDOVER_DATA_DIR=f'{session.SOURCE}/data',
                        HANDOVER_ICON_DIR=f'{session.SOURCE}/data/icons',
                        GSETTINGS_SCHEMA_DIR=f'{build}/data',
                        G_DEBUG='fatal-criticals')
        self.tray = None
        self.notifications = None
        self.applet = None
        self.libvirt = None
        self.settings_file = f'{self.env["XDG_CONFIG_HOME"]}/handover/settings.ini'
        os.makedirs(os.path.dirname(self.settings_file), mode=0o700)
        if not first_run:
            # Somebody who has used Handover before: nothing is opened by itself.
            self.write_settings('[settings]\n')
        if display:
            self.start_display()

    def start_tray(self):
        self.tray = trayhost.TrayHost(self.bus_address).start()
        return self.tray

    def start_notifications(self, **options):
        self.notifications = notifyd.NotifyDaemon(self.bus_address, **options).start()
        return self.notifications

    def watch_notifications(self):
        """Overhear what is asked of whichever service shows notifications: a context manager."""
        return notifyd.Overheard(self)

    def use(self, daemon):
        """Make a private libvirt the one that our programs connect to; starts it."""
        self.libvirt = daemon.start()
        self.env['LIBVIRT_DEFAULT_URI'] = daemon.uri
        return daemon

    def write_settings(self, text):
        """Put a settings file in place, as an editor does."""
        with open(f'{self.settings_file}.new', 'w') as stream:
            stream.write(text)
        os.rename(f'{self.settings_file}.new', self.settings_file)

    def start_applet(self, *options, env=None, wait=True):
        """Start the applet; returns its icon once the tray has it and libvirt has answered."""
        self.applet = self.start('applet', [program('handover-applet'), *options], env=env)
        if not wait:
            return None
        item = self.tray.wait_for_item(INDICATOR)
        item.wait_for(lambda i: i.Title != 'Connecting to libvirt', 'the connection')
        return item

    def handover(self, *args, **options):
        """Run the command; returns a process.Result."""
        return self.run(program('handover'), *args, **options)

    def status(self, *args):
        """The facts that `handover status --json` prints."""
        return json.loads(self.handover('status', '--json', *args).out)

    def guest_states(self):
        """Name → state, by the command."""
        return {guest['name']: guest['state'] for guest in self.status()['guests']}

    def ping(self, seconds=20):
        """Ask the applet something by D-Bus, which it can only answer from its main loop."""
        return loop.call(self.bus, NAME, PATH, INTERFACE, 'Status', seconds=seconds)

    def action(self, name):
        """Do one of the applet's actions, such as opening a window."""
        loop.call(self.bus, NAME, PATH, 'org.gtk.Actions', 'Activate',
                  GLib.Variant('(sava{sv})', (name, [], {})))

    def call(self, method, *args):
        """Call one of our D-Bus methods with a guest's name and options."""
        guest, options = (args + ('', {}))[:2] if len(args) < 2 else args
        return loop.call(self.bus, NAME, PATH, INTERFACE, method,
                         GLib.Variant('(sa{sv})', (guest, options)))


def main(tests_bed, **options):
    """tap.main () for a test that keeps its bed in a one-element list."""
    def tear_down():
        if tests_bed:
            tests_bed[0].close()

    def explain():
        if tests_bed:
            tests_bed[0].explain()
    tap.main(tear_down=tear_down, on_failure=explain, **options)


def with_qemu(bed):
    """A private libvirt with QEMU for this bed."""
    return bed.use(libvirtd.QemuSession(bed))


def with_test_driver(bed):
    """A private libvirt with the test driver for this bed."""
    return bed.use(libvirtd.TestDriver(bed))
