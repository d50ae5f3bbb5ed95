// libFuzzer's entry: one program for every reader; MOLT_FUZZ_TARGET names it. MOLT_FUZZ_CORPUS receives the good files
// first. SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "tests/fuzz/targets.h"

using namespace molt;
using namespace molt::testing;

namespace {

FuzzTarget chosen_target() {
    const char* name = std::getenv("MOLT_FUZZ_TARGET");
    for (FuzzTarget& target : all_fuzz_targets()) {
        if (name != nullptr && target.name == name) return target;
    }
    std::fputs("MOLT_FUZZ_TARGET must be one of:", stderr);
    for (const FuzzTarget& target : all_fuzz_targets()) std::fprintf(stderr, " %s", target.name.c_str());
    std::fputc('\n', stderr);
    std::exit(2);
}

/// A new file each time: ext4 waits for the disk when a file is overwritten.
void store(const std::filesystem::path& path, const char* bytes, std::size_t size) {
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes, static_cast<std::streamsize>(size));
}

struct Session {
    FuzzTarget target = chosen_target();
    TemporaryFolder folder;

    Session() {
        log::set_level(log::Level::Error);
        if (target.prepare) target.prepare(folder.path());
        const char* corpus = std::getenv("MOLT_FUZZ_CORPUS");
        for (std::size_t i = 0; corpus != nullptr && i < target.originals.size(); ++i) {
            store(std::filesystem::path(corpus) / join("original-", i), target.originals[i].data(),
                  target.originals[i].size());
        }
    }
};

Session& session() {
    static Session only;
    return only;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    session();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Session& s = session();
    store(s.folder.path() / s.target.file, reinterpret_cast<const char*>(data), size);
    try {
        s.target.read(s.folder.path());
    } catch (const Error& error) {
        const int code = static_cast<int>(error.code());
        if (code < 3 || code > 6) {
            std::fprintf(stderr, "exit code %d: %s\n", code, error.what());
            std::abort();
        }
    }
    return 0;
}
