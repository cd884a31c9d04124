# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tests/run and tests/demo: getting a fresh machine ready. POSIX shell.

say () { printf '%s\n' "== $*"; }

as_root () {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a download, and once more if it fails.
twice () {
  "$@" || { say "once more: $*"; "$@"; }
}

# Prints the packages of a list, without its comments.
packages () { grep -v '^#' "$1"; }

# Installs what tests/deps lists for this system's package manager.
install_dependencies () {
  deps=$1/tests/deps
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2046
    if dpkg-query -W $(packages "$deps/apt.txt") >/dev/null 2>&1; then return; fi
    twice as_root apt-get update -qq
    # shellcheck disable=SC2046
    twice as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      --no-install-recommends -o DPkg::Lock::Timeout=600 $(packages "$deps/apt.txt") >/dev/null
  elif command -v dnf >/dev/null; then
    # shellcheck disable=SC2046
    twice as_root dnf install -y -q $(packages "$deps/dnf.txt")
  elif command -v pacman >/dev/null; then
    # shellcheck disable=SC2046
    twice as_root pacman -S --noconfirm --needed $(packages "$deps/pacman.txt")
  elif command -v zypper >/dev/null; then
    # shellcheck disable=SC2046
    twice as_root zypper --non-interactive install $(packages "$deps/zypper.txt")
  else
    say "No package manager known here. Install what tests/deps/apt.txt names."
  fi
}
