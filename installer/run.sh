#!/usr/bin/env bash
# Sets Molt up, builds it and opens the workbench; without a display it runs the demo in the terminal.
# Usage: installer/run.sh [--no-run] [ARGUMENTS FOR molt-workbench]
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

no_run=false
case "${1:-}" in
    --no-run) no_run=true; shift ;;
    -h | --help) sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac

set_up
build release
if $no_run; then
    say "Ready: build/release/bin/molt and build/release/bin/molt-workbench"
elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec build/release/bin/molt-workbench "$@"
else
    say "No display found: running the demo in the terminal"
    exec build/release/bin/molt demo
fi
