// main() of benchmark programs: an Error becomes a line on stderr and the exit status.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>

#include "core/base/error.h"

namespace molt {

inline int bench_main(int argc, char** argv, int (*run)(int, char**)) {
    try {
        return run(argc, argv);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s %s\n", error.what(), error.hint().c_str());
        return static_cast<int>(error.code());
    }
}

}  // namespace molt
