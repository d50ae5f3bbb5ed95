// Where a model comes from, as far as its molt.json and those of its ancestors on this machine tell.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace molt {

struct Ancestor {
    std::string name;     ///< path or hub name, as the descendant calls it
    json provenance;      ///< its molt.json, or null
    std::string licence;  ///< empty: unknown
};

/// Parent, grandparent, ... up to the teacher. An ancestor that is not on this machine is the last one.
std::vector<Ancestor> ancestors(const json& provenance);

/// "license:" at the head of the folder's README.md, else the name of its licence file (LICENSE, COPYING, ...), else
/// empty.
std::string licence_of(const std::filesystem::path& folder);

/// Names of licence and notice files in a folder, sorted.
std::vector<std::string> licence_files(const std::filesystem::path& folder);

}  // namespace molt
