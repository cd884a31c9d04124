#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences, driven as a screen reader would: what is chosen is in the file and works."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import a11y  # noqa: E402
import bed as beds  # noqa: E402
import libvirtd  # noqa: E402
import loop  # noqa: E402
import session  # noqa: E402
import usb  # noqa: E402
import windows  # noqa: E402
from tap import diag, equal, test  # noqa: E402

BED = []
WINDOW = []
TITLE = 'Handover Preferences'
CARD = '''<hostdev mode="subsystem" type="pci" managed="yes"><source>
<address domain="0" bus="1" slot="0" function="0"/></source></hostdev>'''


def set_up():
    bed = beds.Bed()
    BED.append(bed)
    bed.desk = a11y.Desk(bed)
    libvirt = beds.with_qemu(bed)
    libvirt.add_guest('ubuntu')
    libvirt.add_guest('win10')
    bed.start_tray()
    bed.start_notifications()
    bed.usb = usb.Usb(bed)
    bed.usb.plug('1-1', '046d', 'c31c', 'Logitech Keyboard', ['keyboard'])
    bed.usb.plug('1-2', '046d', 'c077', 'Logitech Mouse', ['mouse'])
    bed.usb.add_card('0000:01:00', group=14, driver='nouveau')
    bed.start_applet()
    bed.tray.wait_for_item().menu.wait_for_entry('Preferences…').click()
    WINDOW.append(bed.desk.wait_for_window(bed.applet.pid, TITLE))


def in_file(key, value, section='settings'):
    """Wait until the settings file has a line."""
    path = BED[0].settings_file

    def there():
        try:
            text = open(path).read()
        except OSError:
            return False
        found = re.search(rf'^\[{re.escape(section)}\]$(.*?)(?:^\[|\Z)', text, re.M | re.S)
        lines = found.group(1).split('\n') if found else []
        values = [line.partition('=')[2] for line in lines if line.startswith(f'{key}=')]
        return values and re.fullmatch(value, values[0])
    loop.until(there, lambda: f'{key}={value} in [{section}] of {open(path).read()}',
               look_again=0.2)


def uuid_of(guest):
    return BED[0].libvirt.virsh('domuuid', guest)


def write_lines(window, title, lines):
    """Write lines into a row of several, and go elsewhere, which is when they count."""
    node = window.find('text', title)
    BED[0].run('xdotool', 'mousemove', '300', '300', check=True)
    node.focus()
    node.type('\n'.join(lines), enter=False)
    window.find('spin button').focus()


def change(window, row):
    """Choose something else in a row; returns what the file must then say."""
    if row.control == 'GtkSwitch':
        node = window.find('toggle button', row.title)
        node.act()
        return 'false' if 'checked' in node.states else 'true'
    if row.control == 'GtkSpinButton':
        node = window.find('spin button', row.title)
        value = int(node.value()) + 7
        node.put(value)
        return f'(?:uint32 )?{value}'
    if row.control == 'GtkComboBoxText':
        node = window.find('combo box', row.title)
        node.choose(row.items[1][1])
        return f"'{row.items[1][0]}'"
    if row.control == 'GtkFrame':
        write_lines(window, row.title, windows.EXAMPLES[row.key])
        return ''.join(f".*{re.escape(line)}.*" for line in windows.EXAMPLES[row.key])
    assert row.control == 'GtkEntry', row.control
    window.find('text', row.title).type(windows.EXAMPLES[row.key])
    return re.escape(f"'{windows.EXAMPLES[row.key]}'")


@test
def every_row_lands_in_the_file():
    """Every choice of every page is in the file as soon as it is made"""
    window = WINDOW[0]
    rows = [row for row in windows.rows() if row.key != 'connection-uri']
    assert len(rows) > 10
    for row in rows:
        window.page(row.page)
        if row.guest:
            window.find('combo box', 'Guest').choose('win10')
        section = f'guests/{uuid_of("win10")}' if row.guest else 'settings'
        in_file(row.key, change(window, row), section)
    diag(f'{len(rows)} rows')


@test
def an_edit_of_the_file_is_seen_in_the_window():
    bed, window = BED[0], WINDOW[0]
    bed.write_settings('[settings]\nreturn-after=uint32 77\nreturn-on-quit=false\n'
                       "last-keyboard='refuse'\nconnection-uri=''\nnotify-guest=false\n"
                       f'[guests/{uuid_of("win10")}]\nshutdown-timeout=uint32 99\naudio-volume=50\n')
    window.page('Ways Back')
    spin = window.find('spin button', 'After a time')
    loop.until(lambda: spin.value() == 77, 'the number', look_again=0.2)
    window.wait_for(lambda w: 'checked' not in w.find('toggle button', 'When Handover is quit')
                    .states, 'the switch')
    equal(window.find('combo box', 'Without a way back').name, 'Without a way back')
    window.page('Guests')
    window.find('combo box', 'Guest').choose('win10')
    spin = window.find('spin button', 'Patience with this guest')
    loop.until(lambda: spin.value() == 99, 'the number of the guest', look_again=0.2)
    volume = window.find('spin button', 'Volume')
    equal(volume.value(), 50)
    volume.put(-1)  # the least that the schema allows is below zero
    in_file('audio-volume', '-1', f'guests/{uuid_of("win10")}')
    window.page('Notifications')
    window.wait_for(lambda w: 'checked' not in w.find('toggle button', 'A guest starts or stops')
                    .states, 'the switch')


@test
def a_bad_line_of_the_file_is_told():
    bed, window = BED[0], WINDOW[0]
    bed.write_settings("[settings]\nclick-action='explode'\n")
    window.wait_for(lambda w: any('click-action' in text and 'settings.ini' in text
                                  for text in w.labels()), 'the warning')
    bed.write_settings("[settings]\nclick-action='menu'\n")
    window.wait_for(lambda w: not any('settings.ini' in text for text in w.labels()),
                    'no warning')


@test
def a_bad_entry_changes_nothing():
    bed, window = BED[0], WINDOW[0]
    before = open(bed.settings_file).read()
    window.page('General')
    window.find('text', 'Connection').type('not a URI')
    window.find('notification', '“not a URI” is not a libvirt URI…')
    equal(open(bed.settings_file).read(), before)
    equal(window.find('text', 'Connection').description,
          '“not a URI” is not a libvirt URI such as qemu:///system')
    equal(sorted(bed.guest_states()), ['ubuntu', 'win10'])


@test
def another_connection_is_opened():
    bed, window = BED[0], WINDOW[0]
    other = libvirtd.TestDriver(bed)
    other.env['LD_PRELOAD'] = ''  # the devices of the test are none of this daemon's
    other.start()
    other.define_test_guest('elsewhere')
    window.page('General')
    window.find('text', 'Connection').type(other.uri)
    in_file('connection-uri', re.escape(f"'{other.uri}'"))
    loop.until(lambda: 'elsewhere' in bed.guest_states(), 'the other guests', look_again=1)
    equal(sorted(bed.guest_states()), ['elsewhere', 'test'])
    window.page('Guests')
    window.wait_for(lambda w: 'elsewhere' in w.find('combo box', 'Primary guest').options(),
                    'its guests')
    window.page('General')
    window.find('text', 'Connection').type('nonsense:///')
    window.find('notification', seconds=60)
    equal(bed.status()['connection']['state'], 'unreachable')
    window.find('text', 'Connection').type('')
    loop.until(lambda: sorted(bed.guest_states()) == ['ubuntu', 'win10'], 'the first guests',
               look_again=1)
    window.wait_for(lambda w: not w.find_all('notification'), 'no fault')
    other.stop()


@test
def the_primary_guest_is_chosen():
    bed, window = BED[0], WINDOW[0]
    window.page('Guests')
    window.find('combo box', 'Primary guest').choose('win10')
    in_file('primary-guest', "'win10'")
    item = bed.tray.wait_for_item()
    item.wait_for(lambda i: i.Title == 'win10 is off', 'the icon')
    window.find('combo box', 'Primary guest').choose('Chosen by itself')
    in_file('primary-guest', "''")
    item.wait_for(lambda i: i.Title == 'No primary guest', 'the icon')
    bed.write_settings("[settings]\nprimary-guest='ubuntu'\n")
    item.wait_for(lambda i: i.Title == 'ubuntu is off', 'the icon')
    # Guests come and go under the open window.
    bed.libvirt.add_guest('late')
    window.wait_for(lambda w: 'late' in w.find('combo box', 'Guest').options(), 'the new guest')
    bed.libvirt.virsh('undefine', 'late')
    window.wait_for(lambda w: 'late' not in w.find('combo box', 'Guest').options(), 'it gone')


@test
def devices_are_chosen():
    window = WINDOW[0]
    window.page('Keyboard and Mouse')
    window.find('check box', 'Logitech Keyboard').act()
    in_file('input-devices', re.escape("['046d:c31c']"))
    equal(BED[0].status()['input']['devices'][0]['name'], 'Logitech Keyboard')
    window.find('check box', 'Logitech Mouse').act()
    in_file('input-devices', re.escape("['046d:c31c', '046d:c077']"))
    window.find('check box', 'Logitech Keyboard').act()
    in_file('input-devices', re.escape("['046d:c077']"))
    BED[0].write_settings("[settings]\ninput-devices=['046d:c31c', 'nonsense']\n")
    window.wait_for(lambda w: 'checked' in w.find('check box', 'Logitech Keyboard').states
                    and 'checked' not in w.find('check box', 'Logitech Mouse').states, 'the edit')
    bad = window.find('check box', 'nonsense')
    assert 'nonsense' in bad.description, bad.description
    bad.act()
    in_file('input-devices', re.escape("['046d:c31c']"))


@test
def devices_are_recognised():
    """A device is recognised when it is plugged in, and when its key is pressed"""
    bed, window = BED[0], WINDOW[0]
    window.page('Keyboard and Mouse')
    bed.usb.plug('1-3', '1532', '0084', 'Razer Mouse', ['mouse'], serial='A1')
    window.find('statusbar', 'That was Razer Mouse.')
    bed.screenshot('recognised')
    bed.usb.unplug('1-1')
    window.wait_for(lambda w: w.find('check box', '046d:c31c').description == 'not plugged in',
                    'the keyboard out')
    bed.usb.plug('1-1', '046d', 'c31c', 'Logitech Keyboard', ['keyboard'])
    window.find('statusbar', 'That was Logitech Keyboard.')
    # What the X server says of a real USB device it has here of the virtual one.
    for device in ('Virtual core XTEST pointer', 'Virtual core XTEST keyboard'):
        bed.run('xinput', 'set-prop', device, '--type=int', '--format=32', 'Device Product ID',
                str(0x1532), str(0x0084), check=True)
    # GTK reads that when it first sees a device.
    bed.run('xdotool', 'key', 'Escape', check=True)
    loop.until(window.gone, 'the window to go', look_again=0.2)
    bed.applet.stop()
    bed.tray.wait_for_none()
    bed.start_applet()
    bed.action('preferences')
    WINDOW[0] = window = bed.desk.wait_for_window(bed.applet.pid, TITLE)
    window.page('Keyboard and Mouse')
    equal(window.find_all('statusbar', 'That was…'), [])
    bed.run('xdotool', 'mousemove_relative', '10', '10', check=True)
    window.find('statusbar', 'That was Razer Mouse.')


@test
def notifications_are_switched_off():
    bed, window = BED[0], WINDOW[0]
    window.page('Notifications')
    switch = window.find('toggle button', 'A guest starts or stops')
    assert 'checked' in switch.states
    switch.act()
    in_file('notify-guest', 'false')
    equal(bed.handover('start', 'ubuntu').code, 0)
    bed.libvirt.wait_until_ready('ubuntu')
    equal(bed.handover('stop', 'ubuntu').code, 0)
    bed.ping()
    equal([n for n in bed.notifications.all if 'ubuntu is running' in n.text], [])


@test
def autostart_is_chosen():
    bed, window = BED[0], WINDOW[0]
    path = f'{bed.env["XDG_CONFIG_HOME"]}/autostart/org.handover.Handover.desktop'
    window.page('General')
    window.find('toggle button', 'Start at login').act()
    loop.until(lambda: os.path.exists(path), path, look_again=0.2)
    text = open(path).read()
    assert 'Hidden=false' in text, text
    entry = bed.tray.wait_for_item().menu.wait_for_entry('Start at Login')
    assert entry.checked
    entry.click()
    window.wait_for(lambda w: 'checked' not in w.find('toggle button', 'Start at login').states,
                    'the switch')


@test
def every_control_says_what_it_is():
    """Every control has a name for a screen reader; what is cut off cut_off.py finds"""
    window = WINDOW[0]
    for title in windows.pages():
        window.page(title)
        loop.spin(0.5)  # the pages slide
        BED[0].screenshot(title.lower().replace(' ', '-'))
        equal(windows.nameless(window), [], title)


@test
def lines_that_are_no_command_change_nothing():
    """A command with an open quote is told of, and what was set stays"""
    bed, window = BED[0], WINDOW[0]
    bed.write_settings("[settings]\ncommands-after-host=['echo home']\n")
    window.page('Commands')
    loop.until(lambda: window.find('text', 'When they are home').text() == 'echo home', 'the line',
               look_again=0.2)
    write_lines(window, 'When they are home', ['echo good', "echo 'bad"])
    window.find('notification', "“echo 'bad” is no command…")
    in_file('commands-after-host', re.escape("['echo home']"))
    write_lines(window, 'When they are home', ['', '  echo good  ', ''])
    in_file('commands-after-host', re.escape("['echo good']"))
    window.wait_for(lambda w: not w.find_all('notification'), 'no fault')
    bed.write_settings("[settings]\ncommands-after-host=['echo \\\"bad']\n")
    window.wait_for(lambda w: any('commands-after-host' in text for text in w.labels()),
                    'the warning')
    bed.write_settings('[settings]\n')


@test
def commands_take_effect():
    """A command set in the window runs when keyboard and mouse move"""
    bed, window = BED[0], WINDOW[0]
    window.page('Commands')
    there = f'{bed.root}/moved'
    write_lines(window, 'Before they go', [f'touch {there}'])
    in_file('commands-before-guest', re.escape(f"['touch {there}']"))
    window.page('Keyboard and Mouse')
    window.find('check box', 'Logitech Mouse').act()
    in_file('input-devices', '.*046d:c077.*')
    equal(bed.handover('start', 'ubuntu').code, 0)
    bed.handover('switch', 'guest', '--guest', 'ubuntu', '--return-after', '5')
    loop.wait_for_path(there)
    bed.handover('switch', 'host')
    bed.libvirt.virsh('destroy', 'ubuntu')
    bed.write_settings('[settings]\n')


@test
def a_command_frees_the_card():
    """The command for the card runs before a guest with a card starts"""
    bed, window = BED[0], WINDOW[0]
    freed = f'{bed.root}/freed'
    window.page('Graphics Card')
    window.find('text', 'To free the card').type(f'echo $HANDOVER_GPU $HANDOVER_GUEST > {freed}')
    in_file('gpu-free-command', '.*HANDOVER_GPU.*')
    bed.libvirt.add_guest('gaming', devices=CARD)
    loop.until(lambda: 'gaming' in bed.guest_states(), 'the guest', look_again=0.5)
    bed.handover('start', 'gaming')  # there is no such card to be had, after all
    loop.wait_for_path(freed, lambda path: os.path.exists(path)
                       and open(path).read() == '0000:01:00.0 gaming\n')
    bed.libvirt.virsh('undefine', 'gaming')
    bed.write_settings('[settings]\n')


@test
def cards_are_trusted():
    """A card, as the window names it, is trusted and no more; an unknown address can be taken out"""
    bed, window = BED[0], WINDOW[0]
    window.page('Graphics Card')
    bed.libvirt.add_guest('gaming', devices=CARD)
    window.wait_for(lambda w: w.find_all('check box'), 'the card')
    name = window.find('check box').name
    assert '0000:01:00.0' in name, name
    bed.screenshot('card-trusted')
    window.find('check box', name).act()
    in_file('trusted-cards', re.escape("['0000:01:00.0']"))
    bed.write_settings("[settings]\ntrusted-cards=['0000:01:00.0', '0000:99:00.0']\n")
    window.find('check box', '0000:99:00.0…').act()
    in_file('trusted-cards', re.escape("['0000:01:00.0']"))
    window.wait_for(lambda w: not w.find_all('check box', '0000:99:00.0…'), 'its row gone')
    assert 'checked' in window.find('check box', name).states
    window.find('check box', name).act()
    in_file('trusted-cards', r'(@as )?\[\]')
    bed.libvirt.virsh('undefine', 'gaming')
    window.wait_for(lambda w: not w.find_all('check box'), 'no card')


@test
def what_was_typed_last_is_kept():
    """Lines and texts count when the window is closed in the midst of them"""
    bed = BED[0]
    for page, row, key, kept in (('Commands', 'When they are home', 'commands-after-host', "['echo last']"),
                                 ('Graphics Card', 'To free the card', 'gpu-free-command', "'echo last'")):
        window = WINDOW[0]
        window.page(page)
        bed.run('xdotool', 'mousemove', '300', '300', check=True)
        node = window.find('text', row)
        node.focus()
        node.type('echo last', enter=False)
        bed.run('xdotool', 'key', 'Escape', check=True)
        loop.until(window.gone, 'the window to go', look_again=0.2)
        in_file(key, re.escape(kept))
        bed.tray.wait_for_item().menu.wait_for_entry('Preferences…').click()
        WINDOW[0] = bed.desk.wait_for_window(bed.applet.pid, TITLE)
    bed.write_settings('[settings]\n')


@test
def a_closed_window_leaves_nothing():
    bed, window = BED[0], WINDOW[0]
    for _ in range(3):
        bed.run('xdotool', 'mousemove', '300', '300', 'key', 'Escape', check=True)
        loop.until(window.gone, 'the window to go', look_again=0.2)
        bed.tray.wait_for_item().menu.wait_for_entry('Preferences…').click()
        bed.desk.wait_for_window(bed.applet.pid, TITLE)
        bed.tray.wait_for_item().menu.wait_for_entry('Preferences…').click()
        bed.ping()
        equal(bed.desk.windows(bed.applet.pid).count(TITLE), 1, 'windows')
    critical = [line for line in bed.applet.text().split('\n')
                if re.search('CRITICAL|WARNING', line) and 'settings' not in line]
    equal(critical, [])


usb.mock()
session.need('xdotool', 'xinput')
beds.main(BED, set_up=set_up)
