// madvise on whole maps: only file-backed, read-only memory is ever named here.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mapped_pages.h"

#include <sys/mman.h>

namespace molt {

void release_pages(const MappedFile& file) noexcept {
    const auto bytes = file.bytes();
    if (bytes.empty()) return;
    // A refusal costs memory, not correctness.
    ::madvise(const_cast<std::byte*>(bytes.data()), bytes.size(), MADV_DONTNEED);
}

}  // namespace molt
