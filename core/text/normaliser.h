// The "normalizer" of a tokenizer.json: changes of the text before it is cut into words.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace molt {

/// Immutable and thread-safe. Works on valid UTF-8.
class Normaliser {
public:
    /// One step; `text` is changed in place.
    class Step {
    public:
        virtual ~Step() = default;
        virtual void apply(std::string* text) const = 0;
    };

    Normaliser() = default;
    /// From the value of "normalizer" (null: no change). Throws Error(BadFile) naming a type that is not supported.
    static Normaliser parse(const json& value, std::string_view origin);

    std::string apply(std::string_view text) const;
    bool changes_nothing() const { return steps_.empty(); }

private:
    void add(const json& value, std::string_view origin, int depth);
    std::vector<std::shared_ptr<const Step>> steps_;
};

}  // namespace molt
