// The five split behaviours, each a fold over matched and unmatched stretches.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/splitting.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

SplitBehaviour split_behaviour(std::string_view name, std::string_view origin) {
    if (name == "Removed") return SplitBehaviour::Removed;
    if (name == "Isolated") return SplitBehaviour::Isolated;
    if (name == "MergedWithPrevious") return SplitBehaviour::MergedWithPrevious;
    if (name == "MergedWithNext") return SplitBehaviour::MergedWithNext;
    if (name == "Contiguous") return SplitBehaviour::Contiguous;
    fail(ErrorCode::BadFile, join(origin, ": the split behavior \"", name, "\" is not supported."));
}

void split_stretches(std::vector<Stretch>* stretches, SplitBehaviour behaviour) {
    auto& list = *stretches;
    std::vector<Stretch> out;
    bool previous_matched = false;
    switch (behaviour) {
        case SplitBehaviour::Isolated:
            break;
        case SplitBehaviour::Removed:
            std::erase_if(list, [](const Stretch& s) { return s.matched; });
            break;
        case SplitBehaviour::Contiguous:
            for (const Stretch& each : list) {
                if (each.matched == previous_matched && !out.empty()) {
                    out.back().end = each.end;
                } else {
                    out.push_back(each);
                }
                previous_matched = each.matched;
            }
            list = std::move(out);
            break;
        case SplitBehaviour::MergedWithPrevious:
            for (const Stretch& each : list) {
                if (each.matched && !previous_matched && !out.empty()) {
                    out.back().end = each.end;
                } else {
                    out.push_back(each);
                }
                previous_matched = each.matched;
            }
            list = std::move(out);
            break;
        case SplitBehaviour::MergedWithNext:
            for (auto each = list.rbegin(); each != list.rend(); ++each) {
                if (each->matched && !previous_matched && !out.empty()) {
                    out.back().begin = each->begin;
                } else {
                    out.push_back(*each);
                }
                previous_matched = each->matched;
            }
            std::reverse(out.begin(), out.end());
            list = std::move(out);
            break;
    }
    std::erase_if(list, [](const Stretch& s) { return s.begin == s.end; });
}

}  // namespace molt
