#!/usr/bin/env bash
# Sets Molt up, builds it with its tests, runs them all, and ends with the line "N passed, N failed[, N skipped]".
# Usage: installer/test.sh [CTEST OPTIONS], as in: installer/test.sh -L fast
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Reference programs whose answers some tests compare with; the tests are skipped where they cannot be had.
install_references() {
    local stamp=build/pyref/reference.stamp wanted
    wanted=$(sha256sum <installer/reference.txt)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    say "Installing the reference packages of the tests into build/pyref"
    if python3 -m venv build/pyref && build/pyref/bin/python -m pip install -q --no-deps --require-hashes --only-binary=:all: \
        -r installer/reference.txt; then
        printf '%s' "$wanted" >"$stamp"
    else
        say "The reference packages cannot be installed: the tests that need them are skipped"
    fi
}

set_up
install_references
build dev
say "Testing"
status=0
QT_QPA_PLATFORM=offscreen ctest --preset dev -j "$(nproc)" "$@" || status=$?
summary=$(awk -v status="$status" -f installer/count_tests.awk build/dev/Testing/Temporary/LastTest.log)
printf '%s\n' "$summary"
case "$summary" in
    *" 0 failed"*) exit "$status" ;;
    *) exit 1 ;;
esac
