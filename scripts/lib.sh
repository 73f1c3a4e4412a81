# lib.sh: sourced by the scripts beside it. Small helpers, bash.
export PATH=$PATH:/usr/sbin:/sbin # where debootstrap and dockerd live; an ordinary user's PATH lacks them
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${TINTYPE_SETUP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tintype-setup}
export PATH=$CACHE/go/bin:$PATH:/usr/local/go/bin # Go as `setup go` fetches it, and where Go's own installer puts it
BASE_IMAGE=debian:bookworm-slim

log() { printf 'setup: %s\n' "$*" >&2; }
die() { log "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
can_be_root() { [ "$(id -u)" = 0 ] || { has sudo && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; }; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  can_be_root || die "sudo does not let you do this; run as root: $*"
  sudo -- "$@"
}
engine() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Runs a command that needs the Engine. Who was just made a member of its group is one from the next login on, or with sg at once.
with_engine() { if engine; then "$@"; else sg docker "$(printf '%q ' "$@")"; fi; }

# Rust as rustup installs it, for a shell that began before.
rust_in_path() { if [ -e "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi; }

# The mirror of Debian that this machine uses, or Debian's own.
debian_mirror() {
  local mirror=
  if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
    mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
      awk '/^URIs:/ { print $2; exit } /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }')
  fi
  echo "${mirror:-http://deb.debian.org/debian}"
}
