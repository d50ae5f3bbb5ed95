// Cutting a text at the matches of a pattern, in the ways that tokenizer.json knows ("behavior").
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"

namespace molt {

enum class SplitBehaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// "Removed", "Isolated", ... Throws Error(BadFile) for another name.
SplitBehaviour split_behaviour(std::string_view name, std::string_view origin);

/// A stretch [begin, end) of a text and whether the pattern matched it. Stretches follow each other without gaps.
struct Stretch {
    std::size_t begin = 0, end = 0;
    bool matched = false;
};

/// The parts that remain after splitting, empty ones left out; `stretches` is used up.
void split_stretches(std::vector<Stretch>* stretches, SplitBehaviour behaviour);

}  // namespace molt
