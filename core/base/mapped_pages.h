// Giving back the pages of a memory map, so that a large file does not count as this process's memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/files.h"

namespace molt {

/// The map stays valid; its pages are read again (from the page cache, if they are still there) when they are touched.
void release_pages(const MappedFile& file) noexcept;

}  // namespace molt
