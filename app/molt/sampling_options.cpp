// Underscores of keys become dashes of options.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/molt/sampling_options.h"

#include <algorithm>

#include "core/base/text.h"

namespace molt::app {

void add_sampling_options(CLI::App& command, SamplingParams& sampling) {
    SamplingParams::visit(sampling, [&](const Field& field, auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        std::string name = join("--", field.name);
        std::replace(name.begin(), name.end(), '_', '-');
        const std::string help(field.help);
        if constexpr (std::is_same_v<T, bool>) {
            command.add_flag(name, value, help);
        } else if constexpr (std::is_arithmetic_v<T>) {
            command.add_option(name, value, help)
                ->check(CLI::Range(static_cast<T>(field.min), static_cast<T>(field.max)))
                ->capture_default_str();
        } else {
            command.add_option(name, value, help)->allow_extra_args(false);
        }
    });
}

}  // namespace molt::app
