// Where the shared fixtures and data are: $MOLT_SHARED, else ../shared beside the sources. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>

namespace molt {

/// A file below shared/data; it need not exist.
inline std::filesystem::path shared_data_path(const std::filesystem::path& relative) {
    const char* folder = std::getenv("MOLT_SHARED");
    const std::filesystem::path shared =
        folder != nullptr ? folder : std::filesystem::path(MOLT_SOURCE_DIR) / ".." / "shared";
    return shared / "data" / relative;
}

inline std::filesystem::path fixture_path(const std::filesystem::path& relative) {
    return shared_data_path("fixtures" / relative);
}

}  // namespace molt
