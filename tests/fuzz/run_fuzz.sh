#!/bin/sh
# Runs libFuzzer with AddressSanitizer on every reader for a short while. Usage: tests/fuzz/run_fuzz.sh [SECONDS [TARGET...]]
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build="$root/build/fuzz"
seconds=${1:-30}
[ $# -gt 0 ] && shift
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DMOLT_FUZZ=ON -DMOLT_CUDA=OFF \
      -DMOLT_UI=OFF -DMOLT_SANITIZE=address,undefined > "$build.log"
nice cmake --build "$build" --target fuzz_reader -j "${MOLT_JOBS:-2}"
program=$(find "$build" -name fuzz_reader -type f)
[ $# -gt 0 ] || set -- $(MOLT_FUZZ_TARGET= "$program" 2>&1 | sed -n 's/^MOLT_FUZZ_TARGET must be one of: //p')
for target in "$@"; do
    corpus="$build/corpus/$target"
    mkdir -p "$corpus"
    echo "== $target, $seconds s"
    # The sizes that LibTorch's own static objects leak are not ours; a file may take 2 s and memory as in tst_fuzz.
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 MOLT_FUZZ_TARGET=$target MOLT_FUZZ_CORPUS="$corpus" \
        "$program" "$corpus" -max_total_time="$seconds" -timeout=2 -rss_limit_mb=2048 -malloc_limit_mb=128 -max_len=65536 \
        -artifact_prefix="$build/$target-" -print_final_stats=0 -verbosity=0
done
