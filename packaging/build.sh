# shellcheck shell=bash
# Configure and build build/release. Sourced by lib.sh.

# What a configured build folder depends on and Ninja does not watch.
configuration() {
    printf '%s|' "$root" "$libtorch" "$onednn" "${CC:-}" "${CXX:-}" "${CXXFLAGS:-}" "${CMAKE_PREFIX_PATH:-}"
    cksum <"$root/CMakePresets.json"
}

configure() {
    local want have=""
    want=$(configuration)
    if [ -e "$build/build.ninja" ] && [ -e "$build/packaging.stamp" ]; then
        have=$(<"$build/packaging.stamp")
        if [ "$want" = "$have" ]; then return; fi
    fi
    cmake --fresh -S "$root" --preset release -DCMAKE_PREFIX_PATH="$libtorch;$onednn" </dev/null >&2 || {
        name_requirements ${packages_missing[@]+"${packages_missing[@]%%|*}"}
        die "CMake could not configure the build; its first error above says what is missing: install that, then run this again."
    }
    printf '%s\n' "$want" >"$build/packaging.stamp"
}

available_kib() {
    local key kib _ limit
    while read -r key kib _; do
        if [ "$key" = MemAvailable: ]; then break; fi
    done </proc/meminfo
    limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
    case $limit in
        '' | *[!0-9]*) ;;
        *) if [ $((limit / 1024)) -lt "$kib" ]; then kib=$((limit / 1024)); fi ;;
    esac
    printf '%s\n' "$kib"
}

# Ninja's own choice follows the cores; a file that includes LibTorch takes the compiler up to 2 GiB.
job_limit() {
    local jobs
    if [ -n "${CMAKE_BUILD_PARALLEL_LEVEL:-}" ]; then
        printf -- '-j%s\n' "$CMAKE_BUILD_PARALLEL_LEVEL"
    elif [ -r /proc/meminfo ] && has nproc; then
        jobs=$(($(available_kib) / 2097152))
        if [ "$jobs" -lt 1 ]; then jobs=1; fi
        if [ "$jobs" -le "$(nproc)" ]; then printf -- '-j%s\n' "$jobs"; fi
    fi
}

# build TARGET...: a log of what the compiler said goes to LATHE_BUILD_LOG too, if that is set.
build() {
    # A clone elsewhere finds what this one compiled.
    export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$root}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}" CCACHE_ABSSTDERR=1
    local failed="the build failed; the compiler's first error is above. If it ran out of memory, try CMAKE_BUILD_PARALLEL_LEVEL=1."
    if [ -n "${LATHE_BUILD_LOG:-}" ]; then
        run_ninja "$@" 2>&1 | tee "$LATHE_BUILD_LOG" >&2 || die "$failed"
    else
        run_ninja "$@" >&2 || die "$failed"
    fi
}

run_ninja() {
    # shellcheck disable=SC2046 # nothing, or one word
    (cd "$build" && ninja $(job_limit) "$@" </dev/null)
}
