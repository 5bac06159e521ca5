# shellcheck shell=bash
# oneDNN, whose kernels the fused mode calls itself: LibTorch has it too, but keeps it to itself. Sourced by lib.sh.

# This build shares its OpenMP threads with LibTorch; LibTorch's folder has headers that fit.
onednn_version=2023.2.0

# The folder of a oneDNN that the user named: an entry of CMAKE_PREFIX_PATH.
named_onednn() {
    local entry entries
    IFS=':;' read -r -a entries <<<"${CMAKE_PREFIX_PATH:-}"
    for entry in ${entries[@]+"${entries[@]}"}; do
        if [ -e "$entry/lib/libdnnl.so.3" ]; then
            printf '%s\n' "$entry"
            return
        fi
    done
    return 1
}

needs_onednn() { ! venv_has_onednn && ! named_onednn >/dev/null; }
venv_has_onednn() { [ -e "$venv/lib/libdnnl.so.3" ]; }

# Sets onednn, the folder for CMake.
ensure_onednn() {
    if onednn=$(named_onednn); then return; fi
    onednn=$venv
    if venv_has_onednn; then return; fi
    make_python
    say "installing oneDNN with pip"
    pip install "onednn-cpu-gomp==$onednn_version" </dev/null >&2 ||
        die "pip could not install onednn-cpu-gomp $onednn_version, as told above: check the network and pip's index settings," \
            "or name a folder with lib/libdnnl.so.3 in CMAKE_PREFIX_PATH."
    venv_has_onednn ||
        die "the onednn-cpu-gomp package that pip installed has no libdnnl.so.3: name a folder with lib/libdnnl.so.3 in CMAKE_PREFIX_PATH."
}
