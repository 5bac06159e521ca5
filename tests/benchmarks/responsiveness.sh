#!/usr/bin/env bash
# How live the window is: the time to its first paint, and the longest that its thread was blocked while the
# quick-start sweep ran. Under a virtual display, with keys as a user would press them.
#     tests/benchmarks/responsiveness.sh [LATHE] [LONGEST SECONDS TO WAIT FOR THE SWEEP]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lathe=${1:-$root/build/release/bin/lathe}
longest=${2:-180}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

for tool in Xvfb xdotool python3; do
    command -v "$tool" >/dev/null || fail "'$tool' is not there: apt-get install xvfb xdotool python3"
done
[ -x "$lathe" ] || fail "'$lathe' is not there: build it with ./packaging/run --help, or name it as the first argument"

work=$(mktemp -d)
server="" window_process=""
clean_up() {
    [ -z "$window_process" ] || kill "$window_process" 2>/dev/null || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

# wait_for SECONDS COMMAND...: until the command is true.
wait_for() {
    local tries=$(($1 * 10))
    shift
    while [ "$tries" -gt 0 ]; do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
        tries=$((tries - 1))
    done
    return 1
}

start_display() {
    Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
    server=$!
    wait_for 10 test -s "$work/display" || fail "Xvfb did not start"
    DISPLAY=:$(<"$work/display")
    export DISPLAY
}

# The quick-start networks, ready to run; a session that has a name is saved and closed without questions.
write_session() {
    cat >"$work/quickstart.lathe" <<'END'
{"format": "lathe-session", "version": 1,
 "setup": {"models": ["lenet", "mobilenet_v2", "resnet18", "vit_b_32"], "modes": ["eager"], "batches": [1],
           "max_seconds": 8.0},
 "records": []}
END
}

# A home of its own, so that a user's layout, recent files and autosaves are neither used nor touched.
start_window() {
    export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
    export LATHE_FIRST_PAINT=$work/first-paint.json LATHE_HEARTBEAT=$work/heartbeat.json
    unset QT_QPA_PLATFORM WAYLAND_DISPLAY
    (cd "$work" && exec "$lathe" quickstart.lathe) &
    window_process=$!
    wait_for 20 test -s "$LATHE_FIRST_PAINT" || fail "the window was not painted within 20 s"
    window=$(xdotool search --sync --all --onlyvisible --pid "$window_process" --name Lathe | head -n 1)
}

# The sweep is over when the process stays nearly idle: under 0.1 s of CPU time in a second, three times in a row.
cpu_ticks() {
    local fields
    read -r -a fields <"/proc/$window_process/stat"
    printf '%s\n' $((fields[13] + fields[14]))
}

wait_for_sweep() {
    local idle=0 waited=0 before after quiet
    quiet=$(($(getconf CLK_TCK) / 10))
    while [ "$idle" -lt 3 ]; do
        [ "$waited" -lt "$longest" ] || fail "the sweep was not over after $longest s"
        before=$(cpu_ticks)
        sleep 1
        after=$(cpu_ticks)
        waited=$((waited + 1))
        if [ $((after - before)) -le "$quiet" ]; then idle=$((idle + 1)); else idle=0; fi
    done
}

close_window() {
    press ctrl+s
    sleep 1
    press ctrl+q
    wait_for 10 has_ended || fail "the window did not close"
}

# No window manager gives the window its focus.
press() { xdotool windowfocus --sync "$window" key "$1"; }

has_ended() { ! kill -0 "$window_process" 2>/dev/null; }

show() {
    [ -s "$2" ] || fail "$1: nothing was written to $(basename "$2")"
    python3 - "$1" "$2" <<'END'
import json
import sys

figures = json.load(open(sys.argv[2]))
print(f"{sys.argv[1]}: " + ", ".join(f"{name} {value:.6g}" for name, value in figures.items()))
if figures.get("busy_ms") == 0:
    sys.exit("the sweep did not start, so the heartbeat says nothing")
END
}

write_session
start_display
start_window
press ctrl+Return
sleep 2
wait_for_sweep
close_window
show "first paint" "$LATHE_FIRST_PAINT"
show "heartbeat" "$LATHE_HEARTBEAT"
