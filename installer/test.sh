#!/usr/bin/env bash
# Sets Molt up, builds it with its tests, runs them all, and ends with the line "N passed, N failed[, N skipped]".
# Usage: installer/test.sh [CTEST OPTIONS], as in: installer/test.sh -L fast
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

set_up
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
