# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for handover

_handover ()
{
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local verb='' options='--connect --settings --version --help' i

  COMPREPLY=()
  case $previous in
    --settings) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --connect|--return-after) return ;;
    --guest)
      mapfile -t COMPREPLY < <(compgen -W "$(virsh --readonly list --all --name 2>/dev/null)" -- "$current")
      return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --connect|--settings|--guest|--return-after|--report|--fix) i=$((i + 1)) ;;
      -*) ;;
      *) verb=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $verb in
    status|gpu|devices|audio) options+=' --json' ;;
    doctor) options+=' --json --report --fix --yes --undo' ;;
    switch) options+=' --guest --return-after' ;;
    start|toggle) options+=' --ignore-busy --no-wait' ;;
    stop) options+=' --force --no-wait' ;;
    setup) options+=' --yes --undo' ;;
  esac

  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ -z $verb ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'status start stop toggle switch gpu devices audio doctor setup monitor' -- "$current")
  elif [[ $verb == setup && ${COMP_WORDS[COMP_CWORD-1]} != setup ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'return-channel audio' -- "$current")
  elif [[ $verb == switch ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'guest host toggle' -- "$current")
  elif [[ $verb == audio ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'on off status' -- "$current")
  elif [[ $verb == start || $verb == stop || $verb == toggle || $verb == doctor || $verb == setup ]]; then
    local IFS=$'\n'
    # Names may hold blanks: one name a line, quoted for the line that is typed.
    mapfile -t COMPREPLY < <(compgen -W "$(virsh --readonly list --all --name 2>/dev/null)" -- "$current")
    [[ ${#COMPREPLY[@]} -eq 0 ]] || mapfile -t COMPREPLY < <(printf '%q\n' "${COMPREPLY[@]}")
  fi
}
complete -F _handover handover
