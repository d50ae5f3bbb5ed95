// Which layers keep attention: text forms of the choice, and the placements of cli.md section 2.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/model_config.h"

namespace molt {

namespace {

constexpr std::string_view kLayersPrefix = "layers:";
constexpr std::string_view kChoiceHint =
    "Give a share from 0 to 1 (0.5), or layer indices (1,3); a single layer is written layers:3.";

[[noreturn]] void bad_choice(std::string_view text) {
    fail(ErrorCode::BadConfig, join("\"", text, "\" does not say which layers keep attention."),
         std::string(kChoiceHint));
}

template <class Number>
Number parse_number(std::string_view part, std::string_view whole) {
    part = trim(part);
    Number value{};
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (part.empty() || error != std::errc() || end != part.data() + part.size()) bad_choice(whole);
    return value;
}

std::vector<std::int64_t> parse_layers(std::string_view list, std::string_view whole) {
    std::vector<std::int64_t> layers;
    for (const std::string& part : split(list, ',')) layers.push_back(parse_number<std::int64_t>(part, whole));
    return layers;
}

/// The k of a share that is 1/k, else 0.
std::int64_t group_size(double share) {
    const double k = std::round(1.0 / share);
    return std::abs(share * k - 1.0) < 1e-6 ? static_cast<std::int64_t>(k) : 0;
}

std::vector<std::int64_t> uniform_layers(std::int64_t num_layers, double share) {
    std::vector<std::int64_t> layers;
    if (share <= 0.0) return layers;
    if (const std::int64_t k = group_size(share); k > 0) {
        for (std::int64_t layer = k - 1; layer < num_layers; layer += k) layers.push_back(layer);
        return layers;
    }
    const auto n = static_cast<std::int64_t>(std::floor(share * static_cast<double>(num_layers) + 0.5));
    for (std::int64_t i = 0; i < n; ++i) layers.push_back((i + 1) * num_layers / n - 1);
    return layers;
}

/// All placements keep as many layers as the uniform one, so that they can be compared at equal cost.
std::vector<std::int64_t> layers_of_share(std::int64_t num_layers, double share, std::string_view placement) {
    std::vector<std::int64_t> layers = uniform_layers(num_layers, share);
    if (placement == "uniform") return layers;
    const auto n = static_cast<std::int64_t>(layers.size());
    std::int64_t first = 0;
    if (placement == "last") {
        first = num_layers - n;
    } else if (placement == "middle") {
        first = (num_layers - n) / 2;
    } else if (placement != "first") {
        const std::vector<std::string> known{"uniform", "first", "last", "middle"};
        fail(ErrorCode::BadConfig, join("Unknown placement \"", placement, "\"."),
             join("Known placements: ", join_list(known, ", "), "."));
    }
    for (std::int64_t i = 0; i < n; ++i) layers[static_cast<std::size_t>(i)] = first + i;
    return layers;
}

void check_layers(std::vector<std::int64_t> layers, std::int64_t num_layers) {
    std::sort(layers.begin(), layers.end());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (layers[i] < 0 || layers[i] >= num_layers) {
            fail(ErrorCode::BadConfig, join("attention: there is no layer ", layers[i], "."),
                 join("The model has the layers 0 to ", num_layers - 1, "."));
        }
        if (i > 0 && layers[i] == layers[i - 1])
            fail(ErrorCode::BadConfig, join("attention: layer ", layers[i], " is listed twice."));
    }
}

}  // namespace

AttentionChoice AttentionChoice::parse(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.substr(0, kLayersPrefix.size()) == kLayersPrefix)
        return {.share = {}, .layers = parse_layers(trimmed.substr(kLayersPrefix.size()), text)};
    if (trimmed.find(',') != std::string_view::npos) return {.share = {}, .layers = parse_layers(trimmed, text)};
    const auto share = parse_number<double>(trimmed, text);
    if (!(share >= 0.0 && share <= 1.0)) bad_choice(text);
    return {.share = share, .layers = {}};
}

std::string AttentionChoice::to_text() const {
    if (share) {
        // to_chars writes the shortest text that reads back as the same number.
        char buffer[32];
        const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), *share);
        return error == std::errc() ? std::string(buffer, end) : std::to_string(*share);
    }
    std::vector<std::string> parts;
    for (const std::int64_t layer : layers) parts.push_back(std::to_string(layer));
    if (parts.empty()) return "0";
    return parts.size() == 1 ? join(kLayersPrefix, parts.front()) : join_list(parts, ",");
}

std::vector<MixerKind> place_layers(std::int64_t num_layers, const AttentionChoice& choice, std::string_view placement,
                                    MixerKind mixer) {
    if (num_layers < 1) fail(ErrorCode::BadConfig, "A model needs at least one layer.");
    if (mixer == MixerKind::Attention) {
        fail(ErrorCode::BadConfig, "Layers that do not keep attention cannot become attention.",
             "Choose the mixer mamba1 or mamba2.");
    }
    if (choice.share && !(*choice.share >= 0.0 && *choice.share <= 1.0)) bad_choice(choice.to_text());
    const std::vector<std::int64_t> kept =
        choice.share ? layers_of_share(num_layers, *choice.share, placement) : choice.layers;
    check_layers(kept, num_layers);
    std::vector<MixerKind> mixers(static_cast<std::size_t>(num_layers), mixer);
    for (const std::int64_t layer : kept) mixers[static_cast<std::size_t>(layer)] = MixerKind::Attention;
    return mixers;
}

}  // namespace molt
