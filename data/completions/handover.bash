# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for handover

_handover ()
{
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local verb='' options='--connect --settings --version --help' i

  COMPREPLY=()
  case $previous in
    --settings) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --connect) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --connect|--settings) i=$((i + 1)) ;;
      -*) ;;
      *) verb=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $verb in
    status) options+=' --json' ;;
    start|toggle) options+=' --ignore-busy --no-wait' ;;
    stop) options+=' --force --no-wait' ;;
  esac

  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ -z $verb ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'status start stop toggle monitor' -- "$current")
  elif [[ $verb == start || $verb == stop || $verb == toggle ]]; then
    local IFS=$'\n'
    # Names may hold blanks: one name a line, quoted for the line that is typed.
    mapfile -t COMPREPLY < <(compgen -W "$(virsh --readonly list --all --name 2>/dev/null)" -- "$current")
    [[ ${#COMPREPLY[@]} -eq 0 ]] || mapfile -t COMPREPLY < <(printf '%q\n' "${COMPREPLY[@]}")
  fi
}
complete -F _handover handover
