# Shared steps of run.sh and test.sh (sourced): Debian packages, LibTorch into build/venv, configure and build.
# Each step is skipped when its result is there, so that a second call takes seconds and needs no network.
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }

need_packages() { grep -v '^#' installer/packages.txt; }

install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        printf 'Molt sets itself up on Debian and Ubuntu. On this system, please install what these packages contain:\n' >&2
        need_packages | sed 's/^/  /' >&2
        die "This is not a Debian or Ubuntu system." "Install the above, then build with: cmake --preset release && cmake --build --preset release"
    fi
    local missing=() package
    while read -r package; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done < <(need_packages)
    [ ${#missing[@]} -eq 0 ] && return
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "Packages are missing and sudo is not available." "As root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

install_libtorch() {
    [ "$(uname -m)" = x86_64 ] || die "LibTorch's wheel is for x86-64, this machine is $(uname -m)." "Use an x86-64 machine."
    local lists=(installer/libtorch-cpu.txt)
    if [ -e /proc/driver/nvidia/version ]; then lists+=(installer/libtorch-cuda.txt); fi
    local stamp=build/venv/libtorch.stamp wanted
    wanted=$(cat "${lists[@]}" | sha256sum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    say "Installing LibTorch into build/venv (about 530 MB to download)"
    mkdir -p build
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    local site minor platforms=() options=()
    site=$(build/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    for minor in $(seq 5 28); do platforms+=(--platform "manylinux_2_${minor}_x86_64"); done
    platforms+=(--platform manylinux1_x86_64 --platform manylinux2010_x86_64 --platform manylinux2014_x86_64 --platform any)
    for list in "${lists[@]}"; do options+=(-r "$list"); done
    # No Python runs torch here, so one fixed wheel (CPython 3.11) serves whatever Python the system has.
    build/venv/bin/python -m pip install --no-deps --require-hashes --only-binary=:all: --upgrade --no-compile --no-cache-dir \
        --python-version 3.11 --implementation cp --abi cp311 --abi none "${platforms[@]}" --target "$site" "${options[@]}"
    printf '%s' "$wanted" >"$stamp"
}

# build PRESET [CMake option...]
build() {
    local preset=$1
    shift
    [ -f "build/$preset/build.ninja" ] || { say "Configuring ($preset)"; cmake --preset "$preset" "$@"; }
    say "Building ($preset)"
    cmake --build --preset "$preset"
}

set_up() {
    install_packages
    install_libtorch
}
