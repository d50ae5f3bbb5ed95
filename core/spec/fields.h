// Field: a setting declared once. Visitors make JSON, validation, command line, forms and help out of the declaration.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Convention: a settings struct S has
//     template <class Self, class Visitor> static void visit(Self& self, Visitor&& v) {
//         v(Field{.name = "learning_rate", .label = "Learning rate", .help = "...", .min = 0, .max = 10}, self.learning_rate);
//     }
// with Self = S or const S. Values are bool, std::int64_t, double, std::string, std::vector<std::string>,
// std::vector<std::int64_t>, another such struct, a std::vector of them, or a type with its own JSON form
// (static T from_json(const json&, const std::string& key); json to_json() const).
// Labels and help are English source text; the workbench translates them in the context "Field".
#pragma once

#include <limits>
#include <span>
#include <string_view>

namespace molt {

struct Field {
    std::string_view name;   ///< JSON key = C++ member = command-line name
    std::string_view label;  ///< short English label for forms
    std::string_view unit;   ///< "tokens", "steps", "nats"; empty if none
    std::string_view help;   ///< one sentence
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    std::span<const std::string_view> choices{};  ///< allowed strings; empty: free text
    bool advanced = false;                        ///< hidden in the short form
    bool is_path = false;                         ///< names a file or folder; forms add a Browse button
};

}  // namespace molt
