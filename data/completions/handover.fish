# SPDX-License-Identifier: GPL-3.0-or-later
set -l verbs status start stop toggle monitor
set -l guests '(virsh --readonly list --all --name 2>/dev/null | string match -v "")'

complete -c handover -f
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a status -d 'Show guests, cards, input and sound'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a start -d 'Start a guest'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a stop -d 'Shut a guest down'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a toggle -d 'Stop a running guest, start any other'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a monitor -d 'Print one JSON object for each event'
complete -c handover -n '__fish_seen_subcommand_from start stop toggle' -a "$guests"
complete -c handover -n '__fish_seen_subcommand_from status' -l json -d 'Print JSON'
complete -c handover -n '__fish_seen_subcommand_from start toggle' -l ignore-busy -d 'Start although the card is in use'
complete -c handover -n '__fish_seen_subcommand_from stop' -l force -d "Cut the guest's power"
complete -c handover -n '__fish_seen_subcommand_from start stop toggle' -l no-wait -d 'Return at once'
complete -c handover -l connect -x -d 'Connect to libvirt at URI'
complete -c handover -l settings -r -F -d 'Use the settings in FILE'
complete -c handover -l version -d 'Print the version'
complete -c handover -s h -l help -d 'Print the help'
