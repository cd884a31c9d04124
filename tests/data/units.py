#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd finds nothing to say against the user units of the build, and each is confined as far as
it can be: units.py UNIT…"""

import os
import subprocess
import sys
import tempfile

# Not one of these may come into the bridge's unit: each implies PrivateUsers= for a user's service,
# and then the kernel no longer says who connects.
NEEDS_USER_NAMESPACE = ('PrivateUsers', 'ProtectSystem', 'ProtectHome', 'PrivateTmp',
                        'PrivateDevices', 'PrivateNetwork', 'PrivateIPC', 'ProtectKernel',
                        'ProtectControlGroups', 'ProtectProc', 'ProcSubset', 'ReadOnlyPaths',
                        'InaccessiblePaths', 'TemporaryFileSystem', 'BindPaths', 'MountAPIVFS',
                        'ProtectHostname', 'ProtectClock')

# What each service has to have, a list being a setting that may stand more than once. The bridge
# reads what the guest sends. The applet is one of the user's programs and starts others for them:
# what it may not do they could not do either, sudo among them, so its unit takes nothing away.
CONFINED = {
    'handover-audio-bridge.service': {
        'NoNewPrivileges': 'yes',
        'RestrictAddressFamilies': 'AF_UNIX',
        'SystemCallArchitectures': 'native',
        'SystemCallFilter': ['@system-service', '~@privileged @resources @mount @keyring @setuid'],
        'MemoryDenyWriteExecute': 'yes',
        'LockPersonality': 'yes',
        'RestrictNamespaces': 'yes',
        'RestrictRealtime': 'yes',
        'RestrictSUIDSGID': 'yes',
        'UMask': '0077',
        'LimitCORE': '0',
        'LimitNOFILE': '1024',
        'TasksMax': '4',
        'MemoryMax': '256M',
    },
    'handover-audio-bridge.socket': {'DirectoryMode': '0711', 'RemoveOnStop': 'yes'},
    'handover-applet.service': {},
}


def not_confined(name, lines):
    """The settings of CONFINED that a unit has not, as texts; an unknown unit is one."""
    if name not in CONFINED:
        return [f'how far is it confined? Say so in {os.path.basename(__file__)}']
    pairs = [(key, value) for key, is_setting, value in
             (line.partition('=') for line in lines) if is_setting and not key.startswith('#')]
    seen = {key: [value for other, value in pairs if other == key] for key, _ in pairs}
    return [f'{key}={seen.get(key)}, not {wanted}' for key, wanted in CONFINED[name].items()
            if seen.get(key) != (wanted if isinstance(wanted, list) else [wanted])]


def main(units):
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for unit in units:
            with open(unit) as stream:
                lines = stream.read().split('\n')
            for lack in not_confined(os.path.basename(unit), lines):
                print(f'{unit}: {lack}')
                failed = True
            for line in lines:
                if 'bridge' in unit and line.startswith(NEEDS_USER_NAMESPACE):
                    print(f'{unit}: {line}: would hide who connects')
                    failed = True
            # The programs are not installed yet.
            copies.append(os.path.join(folder, os.path.basename(unit)))
            with open(copies[-1], 'w') as stream:
                for line in lines:
                    key, is_setting, value = line.partition('=')
                    if is_setting and key.startswith('Exec'):
                        line = f'{key}=/bin/true {value.partition(" ")[2]}'
                    stream.write(line + '\n')
        result = subprocess.run(['systemd-analyze', '--user', '--man=no', 'verify', *copies],
                                env={**os.environ, 'XDG_RUNTIME_DIR': folder},
                                capture_output=True, text=True)
        print(result.stdout, result.stderr)
        if result.returncode or any(os.path.basename(unit) in result.stderr for unit in units):
            failed = True
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
