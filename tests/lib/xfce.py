# SPDX-License-Identifier: GPL-3.0-or-later
"""Xfce's panel, which shows icons of both kinds: the tray's own items, and windows of the older kind."""

import os

import loop

PANEL = '''<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/>
        <value type="int" value="2"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/></property>
    <property name="plugin-2" type="string" value="systray"/>
  </property>
</channel>
'''


def prepare(bed):
    """The panel's settings, and who serves them."""
    folder = os.path.join(bed.env['XDG_CONFIG_HOME'], 'xfce4/xfconf/xfce-perchannel-xml')
    os.makedirs(folder)
    with open(os.path.join(folder, 'xfce4-panel.xml'), 'w') as stream:
        stream.write(PANEL)
    bed.start('xfconfd', ['/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd'])
    loop.wait_for_name(bed.bus, 'org.xfce.Xfconf')


def start_panel(bed):
    """Start it; it is up a while after."""
    bed.start('panel', ['xfce4-panel', '--disable-wm-check'])


def old_icons(bed):
    """How many icons of the older kind Handover has."""
    # It ends with 1 when it finds none.
    return len(bed.run('xdotool', 'search', '--class', '^org.handover.Handover$').out.split())
