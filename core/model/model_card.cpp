// The sections of a model card.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_card.h"

#include <algorithm>

#include "core/base/text.h"

namespace molt {

namespace {

/// A table's cell: no line breaks, no bars.
std::string cell(const json& value) {
    std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '|' || c == '\n' || c == '\r'; }, ' ');
    return text;
}

/// A word that needs no quotes in YAML, else empty.
std::string plain_word(const std::string& text) {
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_' || c == '/';
    });
    return plain ? text : std::string();
}

/// A hub's name looks like owner/model; a path on this machine means nothing elsewhere.
bool is_hub_name(const std::string& name) {
    return !plain_word(name).empty() && std::count(name.begin(), name.end(), '/') == 1 && name.front() != '/' &&
           name.front() != '.';
}

std::string licence(const ModelCard& card) {
    if (!card.licence.empty()) return card.licence;
    for (auto ancestor = card.lineage.rbegin(); ancestor != card.lineage.rend(); ++ancestor)
        if (!ancestor->licence.empty()) return ancestor->licence;
    return {};
}

std::string head(const ModelCard& card, const ModelConfig& config) {
    const std::string word = plain_word(licence(card));
    const char* library = card.for_transformers ? "transformers" : config.is_hybrid() ? "mamba-in-llama" : "mamba-ssm";
    std::string out =
        join("---\nlicense: ", word.empty() ? "other" : word, "\nlibrary_name: ", library, "\ntags:\n- molt\n");
    if (config.is_hybrid()) out += "- mamba\n- hybrid\n";
    if (!card.lineage.empty() && is_hub_name(card.lineage.back().name))
        out += join("base_model: ", card.lineage.back().name, "\n");
    return out + "---\n\n";
}

std::string loading(const ModelCard& card) {
    std::string out = join("## Loading\n\n", card.loading, "\n");
    if (!card.for_transformers) return out;
    const char* trust = card.trust_remote_code ? ", trust_remote_code=True" : "";
    return out + join("\n```python\nfrom transformers import AutoModelForCausalLM\n\n",
                      "model = AutoModelForCausalLM.from_pretrained(\"PATH\"", trust, ")\n```\n");
}

/// "0-2, 5" for layers of one kind.
std::string layers_of(const ModelConfig& config, MixerKind kind) {
    std::string out;
    for (std::size_t i = 0; i < config.mixers.size(); ++i) {
        if (config.mixers[i] != kind) continue;
        std::size_t last = i;
        while (last + 1 < config.mixers.size() && config.mixers[last + 1] == kind) ++last;
        out += join(out.empty() ? "" : ", ", i);
        if (last > i) out += join("-", last);
        i = last;
    }
    return out;
}

std::string layers(const ModelCard& card, const ModelConfig& config) {
    std::string out =
        join("\n## Model\n\n", format_count(card.parameters), " parameters, stored as ", card.dtype, "; vocabulary ",
             config.vocab_size, ", hidden size ", config.hidden_size, ".\n\n| mixer | layers |\n|---|---|\n");
    for (const MixerKind kind : {MixerKind::Attention, MixerKind::Mamba1, MixerKind::Mamba2}) {
        const std::string found = layers_of(config, kind);
        if (!found.empty()) out += join("| ", mixer_name(kind), " | ", found, " |\n");
    }
    return out;
}

json without_evaluation(json provenance) {
    if (provenance.is_object()) provenance.erase("evaluation");
    return provenance;
}

bool says_something(const json& provenance) { return provenance.is_object() && !provenance.empty(); }

/// Every step that made the model, the teacher's first.
std::string recipe(const ModelCard& card) {
    std::string steps;
    const auto add = [&](const std::string& name, const json& provenance) {
        if (!says_something(provenance)) return;
        steps += join("\n", name, "\n\n```json\n", provenance.dump(2), "\n```\n");
    };
    for (auto ancestor = card.lineage.rbegin(); ancestor != card.lineage.rend(); ++ancestor)
        add(ancestor->name, without_evaluation(ancestor->provenance));
    add("This model", without_evaluation(card.provenance));
    return steps.empty() ? std::string() : "\n## Recipe\n" + steps;
}

std::string lineage(const ModelCard& card) {
    if (card.lineage.empty()) return {};
    std::string out = "\n## Lineage\n\nThis model";
    for (const Ancestor& ancestor : card.lineage) out += join(" <- ", cell(ancestor.name));
    return out + "\n";
}

std::string evaluation(const json& provenance) {
    if (!provenance.is_object() || !provenance.contains("evaluation")) return {};
    const json& results = provenance.at("evaluation");
    if (results.is_object()) {
        std::string out = "\n## Evaluation\n\n| metric | value |\n|---|---|\n";
        for (const auto& [key, value] : results.items()) out += join("| ", cell(key), " | ", cell(value), " |\n");
        return out;
    }
    std::string out = "\n## Evaluation\n\n| task | metric | value | stderr | n |\n|---|---|---|---|---|\n";
    for (const json& result : results) {
        for (const char* key : {"task", "metric", "value", "stderr", "n"})
            out += join("| ", result.is_object() && result.contains(key) ? cell(result.at(key)) : "", " ");
        out += "|\n";
    }
    return out;
}

std::string licence_note(const ModelCard& card) {
    const std::string known = licence(card);
    const std::string teacher = card.lineage.empty() ? "its teacher" : "`" + cell(card.lineage.back().name) + "`";
    return join("\n## Licence\n\n", "These weights derive from ", teacher, ", whose licence holds for them as well",
                known.empty() ? ". It was not found beside the weights: check it before you share them."
                              : join(": ", cell(known), "."),
                "\n");
}

}  // namespace

std::string model_card_text(const ModelCard& card, const ModelConfig& config) {
    return head(card, config) +
           join("# ", card.title, "\n\n", config.is_hybrid() ? "A hybrid of attention and Mamba" : "A language model",
                ", exported by Molt.\n\n") +
           loading(card) + layers(card, config) + recipe(card) + lineage(card) + evaluation(card.provenance) +
           licence_note(card);
}

}  // namespace molt
