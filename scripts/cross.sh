# cross.sh: sourced by the scripts of windows/ and macos/. A Debian tree with Rust and the sources of its standard library, and cargo in
# there for another system: rustup's targets cannot be had everywhere, this way the library is compiled along. bash.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# rust_tree DIR PACKAGE[,PACKAGE...]: makes DIR/tree, with these packages beside Rust, unless it is there already. Needs root.
rust_tree() {
  [ "$(id -u)" = 0 ] || die "$0 needs root, for a tree of its own (try: sudo env PATH=\"\$PATH\" cargo xtask $(basename "$(dirname "$0")"))"
  [ ! -e "$1/tree.done" ] || return 0
  log "a Debian tree with Rust and $2 in $1/tree"
  rm -rf --one-file-system "$1/tree"
  mmdebstrap --quiet --variant=apt --include="rustc,cargo,rust-src,rust-clippy,cmake,ca-certificates,$2" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg sid "$1/tree" "deb $(debian_mirror) sid main" >&2
  touch "$1/tree.done"
}

# tree_cargo DIR TARGET VARIABLE=VALUE... -- COMMAND [ARGUMENT...]: cargo for TARGET in the tree, with these variables. Builds into
# DIR/target. The checkout, read-only, DIR/target and DIR/sdk have the same paths in there as out here, so what cargo prints can be used
# as it is.
tree_cargo() {
  local dir=$1 target=$2 command variables=(); shift 2
  while [ "$1" != -- ]; do variables+=("$1"); shift; done
  command=$2; shift 2
  mkdir -p "$dir/target" "$dir/cargo" "$dir/sdk"
  cp -L /etc/resolv.conf "$dir/tree/etc/resolv.conf"
  # The machine's own certificates and way to the registry.
  [ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$dir/tree/etc/ssl/certs/"
  [ ! -e "${CARGO_HOME:-$HOME/.cargo}/config.toml" ] || cp "${CARGO_HOME:-$HOME/.cargo}/config.toml" "$dir/cargo/"
  export ROOT dir
  # In a mount namespace of its own: whatever happens, nothing stays mounted.
  # shellcheck disable=SC2016
  unshare --mount bash -euc '
    for place in "$ROOT" "$dir/target" "$dir/cargo" "$dir/sdk" /proc /dev; do
      mkdir -p "$dir/tree$place"
      mount --rbind "$place" "$dir/tree$place"
    done
    mount -o remount,bind,ro "$dir/tree$ROOT" 2>/dev/null || true
    exec chroot "$dir/tree" env -i HOME="$dir/cargo" PATH=/usr/bin:/bin TERM="${TERM:-dumb}" \
      CARGO_HOME="$dir/cargo" CARGO_TARGET_DIR="$dir/target" RUSTC_BOOTSTRAP=1 "$@"
  ' cross "${variables[@]}" sh -c 'cd "$0" && exec cargo "$@"' "$ROOT" \
    "$command" --locked --target "$target" -Zbuild-std=std,panic_abort,panic_unwind "$@"
}
