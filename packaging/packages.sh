# shellcheck shell=bash
# System packages: what is missing, installed with apt-get or named. Sourced by lib.sh.

# command:package, and packages found by name alone; "a|b" is one thing under two names.
tools="c++:g++ cmake:cmake ninja:ninja-build ccache:ccache git:git"
libraries="qt6-base-dev qt6-svg-dev|libqt6svg6-dev libqcustomplot-dev libqcustomplot2.1-qt6
           nlohmann-json3-dev libcli11-dev libexpected-dev libfmt-dev libharfbuzz-dev zlib1g-dev libstb-dev"

missing_tools() {
    local tool
    for tool in $tools; do
        has "${tool%%:*}" || printf '%s\n' "${tool#*:}"
    done
}

missing_libraries() {
    local installed entry
    # shellcheck disable=SC2016,SC2086 # dpkg's own variables; one word a package
    installed=$(dpkg-query -W -f ' ${Package}=${db:Status-Status} ' ${libraries//|/ } 2>/dev/null || true)
    for entry in $libraries; do
        is_installed "$entry" "$installed" || printf '%s\n' "$entry"
    done
}

is_installed() {
    local name
    for name in ${1//|/ }; do
        case $2 in *" $name=installed "*) return 0 ;; esac
    done
    return 1
}

missing_python() {
    needs_torch || needs_onednn || return 0
    python_with_venv >/dev/null || printf '%s\n' python3 python3-venv python3-pip
}

# Root, or sudo without a password prompt where nobody could answer it.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

can_install() { has apt-get && { [ "$(id -u)" = 0 ] || has sudo; }; }

# The first of "a|b" that this release of Debian or Ubuntu has.
known_name() {
    local name
    for name in ${1//|/ }; do
        if apt-cache show "$name" >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
    printf '%s\n' "${1%%|*}"
}

# install_packages NAME...: false if it could not.
install_packages() {
    local name names=()
    say "installing what is missing with apt-get: ${*%%|*}"
    as_root apt-get update </dev/null >&2 || true
    for name in "$@"; do names+=("$(known_name "$name")"); done
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${names[@]}" </dev/null >&2
}

name_requirements() {
    say "Lathe needs a C++20 compiler, CMake 3.25, Ninja, Qt 6.4 with its Svg module, QCustomPlot 2.1 for Qt 6," \
        "nlohmann-json 3.11, CLI11, tl-expected, fmt 9, HarfBuzz 2.9, zlib, stb and pkg-config; ccache makes rebuilds quick."
    local command="" # without QCustomPlot where the distribution has none for Qt 6
    if has apt-get; then
        [ $# = 0 ] || command="apt-get install $*"
    elif has dnf; then
        command="dnf install gcc-c++ cmake ninja-build ccache git qt6-qtbase-devel qt6-qtsvg-devel qcustomplot-qt6-devel json-devel cli11-devel expected-devel fmt-devel harfbuzz-devel zlib-devel stb-devel pkgconf-pkg-config python3"
    elif has pacman; then
        command="pacman -S --needed gcc cmake ninja ccache git qt6-base qt6-svg qcustomplot-qt6 nlohmann-json cli11 tl-expected fmt harfbuzz zlib stb pkgconf python"
    elif has zypper; then
        command="zypper install gcc-c++ cmake ninja ccache git qt6-base-devel qt6-svg-devel nlohmann_json-devel cli11-devel tl-expected-devel fmt-devel harfbuzz-devel zlib-devel pkgconf python3"
    elif has brew; then
        command="brew install cmake ninja ccache git qt nlohmann-json cli11 tl-expected fmt harfbuzz zlib pkgconf python"
    fi
    [ -z "$command" ] || say "Here these are probably had with: $command"
}

# Goes on when it could not install: what is needed may be there by another way, and CMake will tell.
ensure_packages() {
    local missing
    if has dpkg-query; then
        missing=$(missing_tools && missing_libraries && missing_python)
    else
        missing=$(missing_tools)
    fi
    # shellcheck disable=SC2206 # one word a package
    packages_missing=($missing)
    if [ "${#packages_missing[@]}" != 0 ] && can_install; then
        if install_packages "${packages_missing[@]}"; then
            packages_missing=()
        else
            say "apt-get could not install all of it, as told above: going on with what is there."
        fi
    fi
    require_tools
}

require_tools() {
    local tool
    for tool in cmake ninja c++; do
        has "$tool" && continue
        [ "$tool" = c++ ] && [ -n "${CXX:-}" ] && continue
        name_requirements ${packages_missing[@]+"${packages_missing[@]%%|*}"}
        die "'$tool' is not there and could not be installed here: install what is named above, then run this again."
    done
}
