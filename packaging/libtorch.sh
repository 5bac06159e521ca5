# shellcheck shell=bash
# LibTorch: the one the user named, or the torch package in a virtual environment. Sourced by lib.sh.

# torch_prefix FOLDER: the folder to give CMake, if there is a LibTorch in it.
torch_prefix() {
    local config
    for config in share/cmake/Torch lib/cmake/Torch lib64/cmake/Torch Torch; do
        if [ -e "$1/$config/TorchConfig.cmake" ]; then
            (cd "$1" && pwd)
            return
        fi
    done
    return 1
}

# The LibTorch that the user named: LIBTORCH, or an entry of CMAKE_PREFIX_PATH.
named_libtorch() {
    local entry entries
    if [ -n "${LIBTORCH:-}" ]; then
        torch_prefix "$LIBTORCH"
        return
    fi
    IFS=':;' read -r -a entries <<<"${CMAKE_PREFIX_PATH:-}"
    for entry in ${entries[@]+"${entries[@]}"}; do
        if [ -n "$entry" ] && torch_prefix "$entry"; then return; fi
    done
    return 1
}

venv_has_torch() {
    local have=""
    [ -e "$venv/libtorch/share/cmake/Torch/TorchConfig.cmake" ] || return 1
    { read -r have <"$venv/libtorch.version"; } 2>/dev/null
    [ "$have" = "$torch_version" ]
}

needs_torch() { [ -z "${LIBTORCH:-}" ] && ! venv_has_torch && ! named_libtorch >/dev/null; }

python_with_venv() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            printf '%s\n' "$python"
            return
        fi
    done
    return 1
}

# Sets libtorch, the folder for CMake.
ensure_libtorch() {
    if libtorch=$(named_libtorch); then return; fi
    if [ -n "${LIBTORCH:-}" ]; then
        die "LIBTORCH is '$LIBTORCH', but there is no share/cmake/Torch/TorchConfig.cmake in it: name the folder of an" \
            "unpacked LibTorch $torch_version, or unset LIBTORCH to have it installed into .venv."
    fi
    venv_has_torch || make_libtorch
    libtorch=$venv/libtorch
}

# The Python in .venv, with pip.
make_python() {
    local python
    if "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then return; fi
    python=$(python_with_venv) ||
        die "Python 3 with its venv module is not there, and it brings LibTorch and oneDNN: install it (Debian: apt-get" \
            "install python3-venv), or name an unpacked LibTorch in LIBTORCH and a oneDNN in CMAKE_PREFIX_PATH."
    say "making .venv, which only provides LibTorch $torch_version and oneDNN"
    "$python" -m venv --clear "$venv" >&2 ||
        die "'$python -m venv $venv' failed, as told above: repair that Python, or name an unpacked LibTorch in LIBTORCH and a" \
            "oneDNN in CMAKE_PREFIX_PATH."
}

make_libtorch() {
    local site
    make_python
    install_torch
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
    ln -sfn "${site#"$venv"/}/torch" "$venv/libtorch"
    printf '%s\n' "$torch_version" >"$venv/libtorch.version"
    venv_has_torch ||
        die "the torch package that pip installed has no C++ part: name an unpacked LibTorch $torch_version in LIBTORCH."
}

pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

# What pip would install for a requirement, as JSON; nothing is installed.
pip_plan() { pip install --dry-run --quiet --ignore-installed --report - "$1" </dev/null; }

# A dry run of pip before 23.3 downloads everything it lists.
update_pip() {
    local is_recent='import pip, sys; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (23, 3))'
    "$venv/bin/python" -c "$is_recent" 2>/dev/null || pip install --quiet --upgrade 'pip>=23.3' </dev/null >&2 ||
        say "pip is older than 23.3 and could not be brought up to date: going on with it."
}

install_torch() {
    local requirement="torch==$torch_version" report
    update_pip
    if pip_plan "$requirement+cpu" >/dev/null 2>&1; then
        requirement=$requirement+cpu
    else
        report=$(pip_plan "$requirement") ||
            die "pip finds no torch $torch_version for $("$venv/bin/python" --version), as told above: check the network" \
                "and pip's index settings (or put another python3 first on PATH and remove .venv), or name an unpacked" \
                "LibTorch in LIBTORCH."
        allow_cuda "$report"
    fi
    say "installing $requirement with pip"
    pip install "$requirement" </dev/null >&2 ||
        die "pip could not install $requirement, as told above: check the network, pip's index settings and the free" \
            "disk space, or name an unpacked LibTorch in LIBTORCH."
}

# Asks before a CUDA build. $1: pip's report.
allow_cuda() {
    local cuda answer=""
    cuda=$("$venv/bin/python" "$root/packaging/cuda_packages.py" <<<"$1") ||
        die "pip's report on torch $torch_version could not be read: name an unpacked LibTorch in LIBTORCH."
    [ -n "$cuda" ] || return 0
    say "pip's index offers torch $torch_version as a CUDA build, several gigabytes to download: $cuda."
    say "Lathe's own needs are met by the CPU build, some 200 MB: PyTorch's installation page names the index that has it;" \
        "set PIP_INDEX_URL or PIP_EXTRA_INDEX_URL to that, or PIP_FIND_LINKS to a folder with its wheel, or LIBTORCH to an" \
        "unpacked LibTorch."
    if [ "${LATHE_ALLOW_CUDA:-}" = 1 ]; then return; fi
    if [ -t 0 ] && [ -t 2 ]; then
        read -r -p 'lathe: Download the CUDA build all the same? [y/N] ' answer >&2 || true
    fi
    case $answer in
        [yY]*) ;;
        *) die "nothing was downloaded: choose a CPU build as told above, or set LATHE_ALLOW_CUDA=1 to take the CUDA build." ;;
    esac
}
