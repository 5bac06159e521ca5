# shellcheck shell=bash
# What packaging/run and packaging/test share: Debian packages, LibTorch, oneDNN, configure, build.
# All of it talks on standard error: standard output belongs to lathe and to ctest.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
venv=$root/.venv
torch_version=2.13.0

say() { printf 'lathe: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# shellcheck source=packaging/packages.sh
source "$root/packaging/packages.sh"
# shellcheck source=packaging/libtorch.sh
source "$root/packaging/libtorch.sh"
# shellcheck source=packaging/onednn.sh
source "$root/packaging/onednn.sh"
# shellcheck source=packaging/build.sh
source "$root/packaging/build.sh"

# set_up TARGET...: from whatever this machine is to these targets, built.
set_up() {
    ensure_packages
    ensure_libtorch
    ensure_onednn
    configure
    build "$@"
}
