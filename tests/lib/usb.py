# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices for a machine without: a mocked sysfs and udev for the programs of one session."""

import os
import sys

import tap

PRELOAD = 'libumockdev-preload.so.0'


def mock():
    """Call this first of all: it starts the test anew with the library that mocks devices."""
    if PRELOAD not in os.environ.get('LD_PRELOAD', ''):
        os.environ['LD_PRELOAD'] = f'{PRELOAD}:{os.environ.get("LD_PRELOAD", "")}'
        os.execv(sys.executable, [sys.executable, *sys.argv])


class Usb:
    """The mocked machine of a bed. Programs started after this see it, and nothing else."""

    def __init__(self, bed):
        try:
            import gi
            gi.require_version('UMockdev', '1.0')
            from gi.repository import UMockdev
        except (ImportError, ValueError) as error:
            raise tap.Skip(f'not installed: gir1.2-umockdev-1.0 ({error})')
        self.testbed = UMockdev.Testbed.new()
        bed.env['UMOCKDEV_DIR'] = self.testbed.get_root_dir()
        bed.env['LD_PRELOAD'] = PRELOAD
        self.paths = {}
        self._number = 1

    def _add(self, subsystem, name, parent, attributes, properties):
        attributes = [text for pair in attributes.items() for text in pair]
        properties = [text for pair in properties.items() for text in pair]
        return self.testbed.add_device(subsystem, name, parent, attributes, properties)

    def plug(self, port, vendor, product, name, kinds, serial=None):
        """Plug a device in; kinds: some of 'keyboard' and 'mouse'. Tells udev."""
        self._number += 1
        attributes = {'idVendor': vendor, 'idProduct': product, 'busnum': port[0],
                      'devnum': str(self._number), 'product': name, 'bDeviceClass': '00'}
        if serial:
            attributes['serial'] = serial
        device = self._add('usb', port, None, attributes, {'DEVTYPE': 'usb_device'})
        self.paths[port] = [device]
        for number, kind in enumerate(kinds):
            interface = self._add('usb', f'{port}:1.{number}', device, {
                'bInterfaceClass': '03',
                'bInterfaceProtocol': {'keyboard': '01', 'mouse': '02'}[kind]},
                {'DEVTYPE': 'usb_interface', 'DRIVER': 'usbhid'})
            self.testbed.set_attribute_link(interface, 'driver', '../../../bus/usb/drivers/usbhid')
            self.paths[port].append(interface)
        for path in self.paths[port]:
            self.testbed.uevent(path, 'add')

    def unplug(self, port):
        """Pull a device out."""
        for path in reversed(self.paths.pop(port)):
            self.testbed.uevent(path, 'remove')
            self.testbed.remove_device(path)

    def add_card(self, slot, group, driver):
        """A graphics card with a sound function. Whoever has /dev/zero open uses it."""
        functions = []
        for number, kind in enumerate(('0x030000', '0x040300')):
            name = f'{slot}.{number}'
            device = (0x1c03, 0x10f1)[number]
            path = self._add('pci', name, None, {
                'class': kind, 'vendor': '0x10de', 'device': f'0x{device:04x}',
                'modalias': f'pci:v000010DEd{device:08X}sv00001043sd00008746bc{kind[2:4]}sc00i00'},
                {'PCI_SLOT_NAME': name})
            self.testbed.set_attribute_link(path, 'iommu_group',
                                            f'../../kernel/iommu_groups/{group}')
            functions.append(path)
        self._add('drm', 'card0', functions[0], {'dev': '1:5'}, {'MAJOR': '1', 'MINOR': '5',
                                                     'DEVNAME': 'zero'})
        self.set_driver(functions, driver)
        return functions

    def set_driver(self, functions, driver):
        """Give all functions of a card to a driver. Tells udev."""
        for path in functions:
            link = self.testbed.get_root_dir() + path + '/driver'
            if os.path.islink(link):
                os.unlink(link)
            self.testbed.set_attribute_link(path, 'driver', f'../../bus/pci/drivers/{driver}')
            self.testbed.uevent(path, 'bind')
