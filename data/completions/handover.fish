# SPDX-License-Identifier: GPL-3.0-or-later
set -l verbs status start stop toggle switch gpu devices audio doctor setup monitor
set -l guests '(virsh --readonly list --all --name 2>/dev/null | string match -v "")'

complete -c handover -f
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a status -d 'Show guests, cards, input and sound'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a start -d 'Start a guest'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a stop -d 'Shut a guest down'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a toggle -d 'Stop a running guest, start any other'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a gpu -d 'Show graphics cards and who uses them'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a doctor -d 'Look for what is wrong with the set-up'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a setup -d 'Add what Handover needs to a guest'
complete -c handover -n '__fish_seen_subcommand_from start stop toggle doctor' -a "$guests"
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a switch -d 'Move keyboard and mouse'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a devices -d 'List the keyboards and mice that can be moved'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a audio -d 'Switch sound of guests, or show whether they are heard'
complete -c handover -n '__fish_seen_subcommand_from audio' -a 'on off status'
complete -c handover -n "not __fish_seen_subcommand_from $verbs" -a monitor -d 'Print one JSON object for each event'
complete -c handover -n '__fish_seen_subcommand_from switch' -a 'guest host toggle'
complete -c handover -n '__fish_seen_subcommand_from switch' -l guest -x -a "$guests" -d 'The guest that is meant'
complete -c handover -n '__fish_seen_subcommand_from switch' -l return-after -x -d 'Bring them home after that many seconds'
complete -c handover -n '__fish_seen_subcommand_from status gpu devices audio doctor' -l json -d 'Print JSON'
complete -c handover -n '__fish_seen_subcommand_from start toggle' -l ignore-busy -d 'Start although the card is in use'
complete -c handover -n '__fish_seen_subcommand_from stop' -l force -d "Cut the guest's power"
complete -c handover -n '__fish_seen_subcommand_from start stop toggle' -l no-wait -d 'Return at once'
complete -c handover -n '__fish_seen_subcommand_from setup' -a "$guests"
complete -c handover -n '__fish_seen_subcommand_from setup' -a 'return-channel audio'
complete -c handover -n '__fish_seen_subcommand_from setup' -s y -l yes -d 'Change the guest without asking'
complete -c handover -n '__fish_seen_subcommand_from setup' -l undo -d 'Take the last change back'
complete -c handover -n '__fish_seen_subcommand_from doctor' -l report -r -F -d 'Write a report without names and serial numbers'
complete -c handover -n '__fish_seen_subcommand_from doctor' -l fix -x -d 'Make the change that a check offers'
complete -c handover -n '__fish_seen_subcommand_from doctor' -l yes -d 'Change the guest without asking'
complete -c handover -n '__fish_seen_subcommand_from doctor' -l undo -d 'Take the last change back'
complete -c handover -l connect -x -d 'Connect to libvirt at URI'
complete -c handover -l settings -r -F -d 'Use the settings in FILE'
complete -c handover -l version -d 'Print the version'
complete -c handover -s h -l help -d 'Print the help'
