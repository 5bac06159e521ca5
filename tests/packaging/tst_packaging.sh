#!/usr/bin/env bash
# packaging/run and packaging/test in a tree of their own, with fakes for whatever would install, build or ask.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scripts="packaging/run packaging/test .ci/run tests/packaging/tst_packaging.sh tests/benchmarks/responsiveness.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LIBTORCH CMAKE_PREFIX_PATH DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM LATHE_ALLOW_CUDA LATHE_BUILD_LOG CXX CC
unset CMAKE_BUILD_PARALLEL_LEVEL

# --- a machine made of fakes

# fake NAME: a command with standard input as its body; calls are noted in $case/calls.
fake() {
    rm -f "$case/bin/$1" # a link lent before: what is behind it is the machine's own
    {
        printf '#!%s\necho "%s $*" >>"%s/calls"\n' "$BASH" "$1" "$case"
        cat
    } >"$case/bin/$1"
    chmod +x "$case/bin/$1"
}

lend() {
    local tool
    for tool in "$@"; do ln -s "$(type -P "$tool")" "$case/bin/$tool"; done
}

# shellcheck disable=SC2016 # the fakes' own variables
fake_build_tools() {
    fake c++ </dev/null
    fake git </dev/null
    fake ccache </dev/null
    fake cmake <<<'echo configuring; mkdir -p "$FAKE_BUILD/bin"; touch "$FAKE_BUILD/build.ninja"'
    fake ninja <<'END'
echo building
printf '#!%s\necho "in $PWD with $# arguments:$(printf " [%%s]" "$@")"\n' "$BASH" >"$FAKE_BUILD/bin/lathe"
chmod +x "$FAKE_BUILD/bin/lathe"
END
    fake ctest <<<'echo "Total Test time (real) = 0.01 sec"; exit "${FAKE_CTEST:-0}"'
}

# Every package is there, or all but what $1 names.
fake_dpkg() {
    fake dpkg-query <<END
for name in "\$@"; do
    case \$name in -*|*{*) continue ;; esac
    case " $1 " in *" \$name "*) printf ' %s=not-installed ' "\$name" ;; *) printf ' %s=installed ' "\$name" ;; esac
done
END
}

fake_libtorch() {
    mkdir -p "$1/share/cmake/Torch"
    touch "$1/share/cmake/Torch/TorchConfig.cmake"
}

fake_onednn() {
    mkdir -p "$1/lib"
    touch "$1/lib/libdnnl.so.3"
}

# A python3 whose `-m venv` makes a Python whose pip offers $1 for torch (a JSON report) and installs it.
fake_python() {
    printf '%s\n' "$1" >"$case/report.json"
    fake python3 <<END
case "\$*" in
    "-m venv"*) mkdir -p "$case/lathe/.venv/bin"; cp "$case/venv-python" "$case/lathe/.venv/bin/python" ;;
esac
END
    cat >"$case/venv-python" <<END
#!$BASH
echo "venv-python \$*" >>"$case/calls"
case "\$*" in
    *cuda_packages.py) exec "$real_python" "\$@" ;;
    *--dry-run*+cpu) exit 1 ;;
    *--dry-run*) cat "$case/report.json" ;;
    *"pip"*" install torch"*) mkdir -p "$case/lathe/.venv/site/torch/share/cmake/Torch"
        touch "$case/lathe/.venv/site/torch/share/cmake/Torch/TorchConfig.cmake" ;;
    *"pip"*" install onednn"*) mkdir -p "$case/lathe/.venv/lib"; touch "$case/lathe/.venv/lib/libdnnl.so.3" ;;
    *sysconfig*) echo "$case/lathe/.venv/site" ;;
    --version) echo "Python 3.11.2" ;;
esac
END
    chmod +x "$case/venv-python"
}

cpu_report='{"install": [{"metadata": {"name": "torch", "version": "2.13.0"}, "download_info": {"url": ""}}]}'
cuda_report='{"install": [{"metadata": {"name": "torch", "version": "2.13.0"}, "download_info": {"url": ""}},
              {"metadata": {"name": "nvidia-cublas", "version": "13.1"}, "download_info": {"url": ""}}]}'

# A tree and a PATH with everything in place but what the test takes away.
new_machine() {
    case=$work/$1
    mkdir -p "$case/bin" "$case/lathe" "$case/elsewhere"
    : >"$case/calls"
    cp -r "$root/packaging" "$root/CMakePresets.json" "$case/lathe/"
    export FAKE_BUILD=$case/lathe/build/release
    lend bash env dirname uname id cat cksum ln mkdir cp chmod touch tee nproc
    fake_build_tools
    fake_dpkg ""
    fake apt-get </dev/null
    fake apt-cache </dev/null
    fake_libtorch "$case/lathe/.venv/libtorch"
    echo 2.13.0 >"$case/lathe/.venv/libtorch.version"
    fake_onednn "$case/lathe/.venv"
}

# lathe_run ARGS...: packaging/run from another folder; its words are in $out and $err, its status in $status.
lathe_run() { call run "$@"; }
call() {
    local script=$1
    shift
    (cd "$case/elsewhere" && PATH=$case/bin "$BASH" "$case/lathe/packaging/$script" "$@" \
        >"$case/out" 2>"$case/err" </dev/null)
    status=$?
    out=$(<"$case/out")
    err=$(<"$case/err")
}

# --- what is expected

failures=0
expect() { # expect WHAT TEXT PATTERN
    # shellcheck disable=SC2053
    if [[ $2 == $3 ]]; then return; fi
    printf '  %s: expected "%s", got "%s"\n' "$1" "$3" "$2"
    failures=$((failures + 1))
}
calls() { cat "$case/calls"; }

test_every_script_parses_and_pleases_shellcheck() {
    local script
    for script in $scripts; do
        expect "$script parses" "$("$BASH" -n "$root/$script" 2>&1)" ""
        command -v shellcheck >/dev/null || continue
        expect "$script under shellcheck" "$(cd "$root" && shellcheck -a -x "$script" 2>&1)" ""
    done
}

test_arguments_and_folder_reach_lathe_and_its_output_stands_alone() {
    DISPLAY=:1 lathe_run describe "two words" --json
    expect "standard output" "$out" "in $case/elsewhere with 3 arguments: [[]describe[]] [[]two words[]] [[]--json[]]"
    expect "standard error" "$err" "*configuring*building*"
    expect "status" "$status" 0
}

test_with_a_display_and_no_arguments_the_window_opens() {
    DISPLAY=:1 lathe_run
    expect "arguments" "$out" "*with 0 arguments*"
}

test_without_a_display_or_arguments_the_quick_start_runs() {
    lathe_run
    expect "arguments" "$out" "*with 1 arguments: [[]quickstart[]]"
    QT_QPA_PLATFORM=offscreen lathe_run
    expect "arguments with an offscreen Qt" "$out" "*[[]quickstart[]]"
}

test_a_session_without_a_display_is_refused_with_what_to_do() {
    lathe_run my.lathe
    expect "status" "$status" 1
    expect "message" "$err" "*set DISPLAY*plot my.lathe*"
}

test_with_everything_there_nothing_is_installed_or_asked() {
    lathe_run list
    expect "calls" "$(calls)" "*dpkg-query*ninja*"
    [[ $(calls) != *apt-get* ]] || expect "calls" "$(calls)" "no apt-get"
    [[ $(calls) != *pip* ]] || expect "calls" "$(calls)" "no pip"
}

test_a_second_run_does_not_configure_again() {
    lathe_run list
    : >"$case/calls"
    lathe_run list
    [[ $(calls) != *cmake* ]] || expect "calls" "$(calls)" "no cmake"
    fake_libtorch "$case/other"
    LIBTORCH=$case/other lathe_run list
    expect "calls with another LibTorch" "$(calls)" "*cmake --fresh*-DCMAKE_PREFIX_PATH=$case/other*"
}

test_only_missing_packages_are_installed() {
    fake_dpkg "libfmt-dev qt6-svg-dev libqt6svg6-dev"
    rm "$case/bin/ninja"
    fake id <<<'echo 0'
    fake apt-get <<<"case \$1 in install) ln -s $(type -P true) $case/bin/ninja ;; esac"
    mkdir -p "$FAKE_BUILD/bin"
    cp "$(type -P true)" "$FAKE_BUILD/bin/lathe"
    lathe_run list
    expect "calls" "$(calls)" "*apt-get update*apt-get install -y --no-install-recommends ninja-build qt6-svg-dev libfmt-dev*"
    expect "status" "$status" 0
}

test_an_older_name_of_a_package_is_enough() {
    fake_dpkg "qt6-svg-dev"
    lathe_run list
    [[ $(calls) != *apt-get* ]] || expect "calls" "$(calls)" "no apt-get"
}

test_when_apt_fails_the_build_is_tried_all_the_same() {
    fake_dpkg "libfmt-dev"
    fake id <<<'echo 0'
    fake apt-get <<<'exit 100'
    lathe_run list
    expect "status" "$status" 0
    expect "message" "$err" "*apt-get could not install*going on*"
}

test_without_apt_it_goes_on_if_everything_is_there() {
    rm "$case/bin/apt-get" "$case/bin/dpkg-query" "$case/bin/apt-cache"
    lathe_run list
    expect "status" "$status" 0
    expect "output" "$out" "*[[]list[]]"
}

test_without_apt_it_names_what_to_install() {
    local manager
    rm "$case/bin/apt-get" "$case/bin/dpkg-query" "$case/bin/apt-cache" "$case/bin/ninja"
    for manager in dnf pacman zypper brew; do
        fake "$manager" </dev/null
        lathe_run list
        expect "status with $manager" "$status" 1
        expect "message with $manager" "$err" "*Qt 6.4*$manager *cmake*'ninja' is not there*"
        rm "$case/bin/$manager"
    done
    lathe_run list
    expect "message with no package manager" "$err" "*Qt 6.4*'ninja' is not there*"
}

test_when_cmake_fails_one_sentence_says_what_to_do() {
    fake cmake <<<'echo "Could not find Qt6" >&2; exit 1'
    lathe_run list
    expect "status" "$status" 1
    expect "message" "$err" "*Could not find Qt6*install that, then run this again."
}

test_a_libtorch_that_is_none_is_refused() {
    LIBTORCH=$case/elsewhere lathe_run list
    expect "status" "$status" 1
    expect "message" "$err" "*LIBTORCH is '$case/elsewhere'*TorchConfig.cmake*unset LIBTORCH*"
}

test_named_libraries_need_no_virtual_environment() {
    rm -r "$case/lathe/.venv"
    fake_libtorch "$case/torch"
    fake_onednn "$case/dnnl"
    CMAKE_PREFIX_PATH=$case/dnnl LIBTORCH=$case/torch lathe_run list
    expect "calls with LIBTORCH" "$(calls)" "*-DCMAKE_PREFIX_PATH=$case/torch;$case/dnnl*"
    CMAKE_PREFIX_PATH=$case/dnnl:$case/torch/share/cmake lathe_run list
    expect "calls with CMAKE_PREFIX_PATH" "$(calls)" "*-DCMAKE_PREFIX_PATH=$case/torch/share/cmake;$case/dnnl*"
    expect "status" "$status" 0
    [ ! -e "$case/lathe/.venv" ] || expect ".venv" "there" "absent"
}

test_onednn_alone_is_installed_where_libtorch_is_named() {
    rm -r "$case/lathe/.venv"
    fake_libtorch "$case/torch"
    fake_python "$cpu_report"
    LIBTORCH=$case/torch lathe_run list
    expect "status" "$status" 0
    expect "calls" "$(calls)" "*-m venv*pip*install onednn-cpu-gomp==2023.2.0*cmake*"
    [[ $(calls) != *" install torch"* ]] || expect "calls" "$(calls)" "no torch"
}

test_a_cpu_build_is_installed_without_a_question() {
    rm -r "$case/lathe/.venv"
    fake_python "$cpu_report"
    lathe_run list
    expect "status" "$status" 0
    expect "calls" "$(calls)" "*-m venv*pip*install torch==2.13.0*cmake*"
    [[ $err != *CUDA* ]] || expect "message" "$err" "nothing about CUDA"
    : >"$case/calls"
    lathe_run list
    [[ $(calls) != *pip* ]] || expect "calls of a second run" "$(calls)" "no pip"
}

test_a_cuda_build_is_refused_with_how_to_avoid_it() {
    rm -r "$case/lathe/.venv"
    fake_python "$cuda_report"
    lathe_run list
    expect "status" "$status" 1
    expect "message" "$err" "*several gigabytes*nvidia-cublas 13.1*PIP_EXTRA_INDEX_URL*LATHE_ALLOW_CUDA=1*"
    [[ $(calls) != *" install torch"* ]] || expect "calls" "$(calls)" "no installation"
}

test_a_cuda_build_is_installed_when_allowed() {
    rm -r "$case/lathe/.venv"
    fake_python "$cuda_report"
    LATHE_ALLOW_CUDA=1 lathe_run list
    expect "status" "$status" 0
    expect "message" "$err" "*several gigabytes*"
    expect "calls" "$(calls)" "*install torch==2.13.0*"
}

test_the_tests_end_with_ctest_and_its_status() {
    FAKE_CTEST=8 call test -R tst_graph
    expect "status" "$status" 8
    expect "output" "$out" "Total Test time (real) = 0.01 sec"
    expect "calls" "$(calls)" "*ninja*all*ctest --test-dir $FAKE_BUILD --output-on-failure -R tst_graph"
}

test_a_failed_build_says_so_and_starts_nothing() {
    fake ninja <<<'exit 1'
    lathe_run list
    expect "status" "$status" 1
    expect "message" "$err" "*the build failed*"
    expect "output" "$out" ""
}

real_python=$(python3 -c 'import sys; print(sys.executable)')
passed=0
failed=0
for test in $(declare -F | awk '$3 ~ /^test_/ { print $3 }'); do
    before=$failures
    new_machine "$test"
    "$test"
    if [ "$failures" = "$before" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n' "$test"
    fi
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
