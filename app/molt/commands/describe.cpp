// molt describe: what a model is. The weights are read once, to see that they are whole, and never held.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include "app/molt/models.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string model;
    bool tensors = false;
};

std::string dtype_text(const at::Tensor& tensor) {
    switch (tensor.scalar_type()) {
        case at::kFloat:
            return "float32";
        case at::kDouble:
            return "float64";
        case at::kBFloat16:
            return "bfloat16";
        case at::kHalf:
            return "float16";
        default:
            return std::string(c10::toString(tensor.scalar_type()));
    }
}

/// Kind of tokenizer, or null if there is none: a model without one can still be looked at.
json tokenizer_kind(const Options& options) {
    try {
        return Tokenizer::load(find_tokenizer(options.model, options.common.tokenizer))->kind();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound) throw;
        return nullptr;
    }
}

json template_name(const Options& options) {
    try {
        return chat_template_of(options.model, options.common).name();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Mismatch) throw;
        return nullptr;
    }
}

json description(const Options& options) {
    const Checkpoint checkpoint = load_streaming(options.model, options.common);
    const ModelConfig& config = checkpoint.config;
    json layers = json::array();
    for (std::size_t i = 0; i < config.mixers.size(); ++i)
        layers.push_back({{"index", i}, {"mixer", mixer_name(config.mixers[i])}});
    json out = {{"kind", checkpoint.kind},
                {"layout", checkpoint.layout},
                {"architecture", config.architecture},
                {"layers", std::move(layers)},
                {"hidden_size", config.hidden_size},
                {"num_heads", config.attention.num_heads},
                {"num_kv_heads", config.attention.num_kv_heads},
                {"head_dim", config.attention.head_dim},
                {"vocab_size", config.vocab_size},
                {"max_position", config.max_position},
                {"parameters", checkpoint.params.num_elements()},
                {"tensor_bytes", checkpoint.params.num_bytes()},
                {"dtype", config.dtype},
                {"tokenizer", tokenizer_kind(options)},
                {"chat_template", template_name(options)},
                {"kv_bytes_per_token", config.kv_bytes_per_token()},
                {"state_bytes_per_sequence", config.state_bytes_per_sequence()}};
    if (options.tensors) {
        json tensors = json::array();
        for (const auto& [name, tensor] : checkpoint.params.all())
            tensors.push_back({{"name", name}, {"shape", tensor.sizes().vec()}, {"dtype", dtype_text(tensor)}});
        out["tensors"] = std::move(tensors);
    }
    return out;
}

std::string layer_line(const json& layers) {
    std::string line;
    for (const json& layer : layers) {
        const auto mixer = layer.at("mixer").get<std::string>();
        line += mixer == "attention" ? "A" : (mixer == "mamba1" ? "m" : "M");
    }
    return line;
}

/// ", 8 heads, 4 key/value heads of 16"; nothing for models that have no attention.
std::string heads(const json& d) {
    if (d.at("num_heads") == 0) return {};
    return join(", ", d.at("num_heads").get<std::int64_t>(), " heads, ", d.at("num_kv_heads").get<std::int64_t>(),
                " key/value heads of ", d.at("head_dim").get<std::int64_t>());
}

void print_text(const json& d) {
    const auto text = [&](const char* key) {
        return d.at(key).is_null() ? std::string("none") : d.at(key).get<std::string>();
    };
    const auto count = [&](const char* key) { return d.at(key).get<std::int64_t>(); };
    std::cout << text("kind") << " (" << text("layout") << ", " << text("architecture") << ")\n"
              << "  layers       " << d.at("layers").size() << "  " << layer_line(d.at("layers"))
              << "   A attention, m Mamba-1, M Mamba-2\n"
              << "  hidden size  " << count("hidden_size") << heads(d) << "\n"
              << "  vocabulary   " << count("vocab_size") << ", context " << count("max_position") << "\n"
              << "  parameters   " << format_count(count("parameters")) << ", " << format_bytes(count("tensor_bytes"))
              << " of " << text("dtype") << "\n"
              << "  memory       " << format_bytes(count("kv_bytes_per_token")) << " a token (keys, values) + "
              << format_bytes(count("state_bytes_per_sequence")) << " a sequence (states)\n"
              << "  tokenizer    " << text("tokenizer") << ", chat template " << text("chat_template") << "\n";
    if (d.contains("tensors")) {
        for (const json& tensor : d.at("tensors"))
            std::cout << "  " << tensor.at("name").get<std::string>() << "  " << tensor.at("shape").dump() << "  "
                      << tensor.at("dtype").get<std::string>() << "\n";
    }
}

}  // namespace

void add_describe(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>("describe", "Show what a model is", options, [](Options& o) {
        const json document = description(o);
        if (o.common.json)
            print_json(document);
        else
            print_text(document);
        return 0;
    });
    command->add_option("MODEL", options->model, "Folder or llama2.c file")->required();
    command->add_flag("--tensors", options->tensors, "List every tensor");
    command->add_option("--tokenizer", options->common.tokenizer,
                        "Tokenizer file or folder, if it is not beside the model");
    add_dtype_option(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
