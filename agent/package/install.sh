#!/bin/sh
# Installs, upgrades and removes negawatt. Needs no network; asks for nothing; may be run again at any time.
set -eu

usage() {
  cat <<'TEXT'
usage: install.sh [install|upgrade] [--root DIR] [--rapl-group] [--no-enable]
       install.sh uninstall [--purge] [--root DIR]

  install       install, or upgrade what is there; state and edited configuration are kept
  upgrade       the same, but only where negawatt is installed
  uninstall     remove the program and its services; /etc/negawatt, /var/lib/negawatt* and the user are kept
  --purge       remove these too, without asking
  --root DIR    work on the system below DIR (an image, a chroot); nothing is started
  --rapl-group  let the group negawatt read the energy counters, instead of giving the service CAP_DAC_READ_SEARCH
  --no-enable   at the first install: neither start the service nor let it start at boot
TEXT
}

say() { echo "negawatt: $*"; }
warn() { echo "negawatt: $*" >&2; }
die() { warn "$*"; exit 1; }
wrong() { warn "$*"; usage >&2; exit 64; }

# Whether this very system runs systemd, and is the one that is worked on.
booted() { [ -z "$ROOT" ] && [ -d /run/systemd/system ]; }

id_of() { sed -n "s/^negawatt:[^:]*:\([0-9]*\):.*/\1/p" "$ROOT/etc/$1" 2>/dev/null | head -n 1; }

# Before anything is changed.
check() {
  [ -f "$SOURCE/SHA256SUMS" ] && [ -f "$SOURCE/dist/negawatt.js" ] ||
    die "$SOURCE is not an unpacked package: run install.sh in the folder that the tar.gz holds"
  (cd "$SOURCE" && sha256sum -c --quiet SHA256SUMS) ||
    die "files are missing or not as they were packed: unpack the tar.gz again"
  if [ -z "$ROOT" ]; then
    "$SOURCE/bin/node" "$SOURCE/dist/negawatt.js" --version >/dev/null ||
      die "this package does not run on this host ($(uname -m)): take one for its processor; it needs glibc and libstdc++"
    if [ -e "$TREE" ] && [ -e "$CONFIG" ]; then
      "$SOURCE/bin/node" "$SOURCE/dist/negawatt.js" config check --config.file "$CONFIG" >/dev/null ||
        die "nothing was changed: mend $CONFIG for this version, then install again"
    fi
  fi
  if [ -z "$(id_of passwd)" ] && ! has systemd-sysusers && ! has useradd; then
    die "neither systemd-sysusers nor useradd is here: make the system user negawatt with a group of its own, then install again"
  fi
}

has() { command -v "$1" >/dev/null 2>&1; }

make_user() {
  [ -z "$(id_of passwd)" ] || return 0
  if has systemd-sysusers; then
    systemd-sysusers ${ROOT:+"--root=$ROOT"} negawatt.conf
  else
    [ -n "$(id_of group)" ] || groupadd ${ROOT:+--prefix "$ROOT"} --system negawatt
    useradd ${ROOT:+--prefix "$ROOT"} --system --gid negawatt --home-dir /var/lib/negawatt --no-create-home \
      --shell /usr/sbin/nologin --comment "negawatt energy agent" negawatt
  fi
  [ -n "$(id_of passwd)" ] || die "the user negawatt could not be made; make it, then install again"
}

# A configuration that nobody edited follows the package; an edited one is never touched, and a new default that it has
# not seen lies beside it.
install_config() {
  mkdir -p "$ROOT/etc/negawatt"
  if [ ! -e "$CONFIG" ]; then
    install_file 644 "$TREE/system/negawatt.yaml" "$CONFIG"
  elif cmp -s "$TREE/system/negawatt.yaml" "$CONFIG"; then
    rm -f "$CONFIG.new"
  elif [ -e "$BEFORE" ] && cmp -s "$BEFORE" "$CONFIG"; then
    install_file 644 "$TREE/system/negawatt.yaml" "$CONFIG"
    rm -f "$CONFIG.new"
  elif [ -e "$BEFORE" ] && cmp -s "$BEFORE" "$TREE/system/negawatt.yaml"; then
    :
  else
    install_file 644 "$TREE/system/negawatt.yaml" "$CONFIG.new"
    say "$CONFIG is kept; the defaults of this version are in $CONFIG.new"
  fi
}

# Whole or not at all: what reads the old file meanwhile keeps it.
install_file() {
  mkdir -p "$(dirname "$3")"
  cp "$2" "$3.part"
  chmod "$1" "$3.part"
  mv -f "$3.part" "$3"
}

install_tree() {
  rm -rf "$TREE.part" "$TREE.old"
  mkdir -p "$TREE.part"
  cp -R "$SOURCE/." "$TREE.part/"
  # As they were packed, whoever unpacked them with whatever umask.
  chown -R 0:0 "$TREE.part"
  find "$TREE.part" -type d -exec chmod 755 {} +
  find "$TREE.part" -type f -exec chmod 644 {} +
  chmod 755 "$TREE.part/bin/node" "$TREE.part/bin/negawatt" "$TREE.part/install.sh"
  [ ! -e "$TREE" ] || mv "$TREE" "$TREE.old"
  mv "$TREE.part" "$TREE"
  mkdir -p "$ROOT/usr/bin"
  ln -sf ../lib/negawatt/bin/negawatt "$ROOT/usr/bin/negawatt"
}

install_rapl_group() {
  install_file 644 "$TREE/system/rapl-group.tmpfiles.conf" "$RAPL_RULE"
  install_file 644 "$TREE/system/rapl-group.service.conf" "$RAPL_SERVICE"
  booted || return 0
  systemd-tmpfiles --create "$RAPL_RULE"
}

start() {
  if [ "$FIRST" = yes ] && [ "$ENABLE" = yes ]; then
    mkdir -p "$(dirname "$WANTED")"
    ln -sf /usr/lib/systemd/system/negawatt.service "$WANTED"
  fi
  if ! booted; then
    [ ! -e "$WANTED" ] || say "systemd does not run here: the service starts at the next boot"
    return 0
  fi
  systemctl daemon-reload
  # The service of a fleet runs where somebody enabled it.
  systemctl try-restart negawatt-fleet.service ||
    warn "the service of the fleet did not start again: journalctl -u negawatt-fleet"
  if [ "$FIRST" = yes ] && [ "$ENABLE" = yes ]; then
    systemctl start negawatt.service || die "installed, but the service did not start: journalctl -u negawatt"
  else
    # One that was stopped or disabled stays so.
    systemctl try-restart negawatt.service || die "installed, but the service did not start again: journalctl -u negawatt"
  fi
}

install() {
  check
  FIRST=yes
  [ ! -e "$UNIT" ] || FIRST=no
  BEFORE=$TREE.before.yaml
  rm -f "$BEFORE"
  [ ! -e "$TREE/system/negawatt.yaml" ] || cp "$TREE/system/negawatt.yaml" "$BEFORE"
  install_tree
  install_file 644 "$TREE/system/sysusers.conf" "$SYSUSERS"
  install_file 644 "$TREE/system/tmpfiles.conf" "$TMPFILES"
  make_user
  install_config
  rm -rf "$BEFORE" "$TREE.old"
  mkdir -p "$STATE"
  chown "$(id_of passwd):$(id_of group)" "$STATE"
  chmod 750 "$STATE"
  install_file 644 "$TREE/system/negawatt.service" "$UNIT"
  install_file 644 "$TREE/system/negawatt-fleet.service" "$FLEET_UNIT"
  [ "$RAPL_GROUP" = no ] || install_rapl_group
  start
  say "installed in $TREE; configuration: $CONFIG; what it can read: negawatt doctor"
}

remove_state() {
  # It may be a mount: then it stays, empty.
  find "$1" -mindepth 1 -delete 2>/dev/null || true
  rmdir "$1" 2>/dev/null || true
  [ ! -e "$1" ] || warn "$1 is a mount or in use: it was emptied and is left"
}

uninstall() {
  if booted; then
    systemctl disable --now negawatt.service 2>/dev/null || true
    systemctl disable --now negawatt-fleet.service 2>/dev/null || true
  fi
  rm -f "$WANTED" "$FLEET_WANTED" "$UNIT" "$FLEET_UNIT" "$SYSUSERS" "$TMPFILES" "$RAPL_RULE" "$RAPL_SERVICE" "$ROOT/usr/bin/negawatt"
  rmdir "$(dirname "$RAPL_SERVICE")" 2>/dev/null || true
  rm -rf "$TREE" "$TREE.part" "$TREE.old" "$TREE.before.yaml"
  if booted; then systemctl daemon-reload; fi
  if [ "$PURGE" = no ]; then
    [ ! -e "$FLEET_STATE" ] || say "kept: $FLEET_STATE, with the archive of the fleet"
    say "removed; kept: $ROOT/etc/negawatt, $STATE and the user negawatt (uninstall --purge removes them)"
    return 0
  fi
  rm -rf "$ROOT/etc/negawatt" "$ROOT/etc/systemd/system/negawatt.service.d" \
    "$ROOT/etc/systemd/system/negawatt-fleet.service.d"
  remove_state "$STATE"
  remove_state "$FLEET_STATE"
  if [ -n "$(id_of passwd)" ]; then
    has userdel && userdel ${ROOT:+--prefix "$ROOT"} negawatt || warn "remove the user negawatt by hand: there is no userdel"
  fi
  if [ -n "$(id_of group)" ] && has groupdel; then
    groupdel ${ROOT:+--prefix "$ROOT"} negawatt || true
  fi
  say "removed, with configuration, state and user"
}

main() {
  ACTION=install ROOT='' PURGE=no RAPL_GROUP=no ENABLE=yes
  case "${1-}" in
    install | upgrade | uninstall) ACTION=$1; shift ;;
  esac
  while [ $# -gt 0 ]; do
    case "$1" in
      --root) [ $# -ge 2 ] || wrong "--root needs a folder"; ROOT=$2; shift ;;
      --root=*) ROOT=${1#--root=} ;;
      --purge) PURGE=yes ;;
      --rapl-group) RAPL_GROUP=yes ;;
      --no-enable) ENABLE=no ;;
      -h | --help) usage; exit 0 ;;
      *) wrong "unknown: $1" ;;
    esac
    shift
  done
  [ "$ACTION" = uninstall ] || [ "$PURGE" = no ] || wrong "--purge belongs to uninstall"
  if [ -n "$ROOT" ]; then
    [ -d "$ROOT" ] || die "--root $ROOT: there is no such folder"
    ROOT=$(cd "$ROOT" && pwd)
    [ "$ROOT" != / ] || ROOT=''
  fi
  [ "$(id -u)" -eq 0 ] || die "run as root (sudo $0): a system service is installed"
  umask 022
  SOURCE=$(cd "$(dirname "$0")" && pwd)
  TREE=$ROOT/usr/lib/negawatt
  CONFIG=$ROOT/etc/negawatt/negawatt.yaml
  STATE=$ROOT/var/lib/negawatt
  UNIT=$ROOT/usr/lib/systemd/system/negawatt.service
  WANTED=$ROOT/etc/systemd/system/multi-user.target.wants/negawatt.service
  FLEET_STATE=$ROOT/var/lib/negawatt-fleet
  FLEET_UNIT=$ROOT/usr/lib/systemd/system/negawatt-fleet.service
  FLEET_WANTED=$ROOT/etc/systemd/system/multi-user.target.wants/negawatt-fleet.service
  SYSUSERS=$ROOT/usr/lib/sysusers.d/negawatt.conf
  TMPFILES=$ROOT/usr/lib/tmpfiles.d/negawatt.conf
  RAPL_RULE=$ROOT/etc/tmpfiles.d/negawatt-rapl.conf
  RAPL_SERVICE=$ROOT/etc/systemd/system/negawatt.service.d/50-rapl-group.conf
  [ "$ACTION" != upgrade ] || [ -e "$TREE" ] || die "upgrade: negawatt is not installed below ${ROOT:-/}"
  # This file may be inside of what is replaced: it is read to its end before anything happens.
  case "$ACTION" in
    uninstall) uninstall ;;
    *) install ;;
  esac
}

main "$@"
exit
