// molt logits: the model's logits (and hidden states, and states) for given tokens, as a safetensors file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <unistd.h>

#include <iostream>

#include "app/molt/models.h"
#include "app/molt/options.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/decode/forward_window.h"
#include "core/model/safetensors.h"

namespace molt::app {

namespace {

struct Options {
    CommonOptions common;
    std::string model, ids, text, out;
    bool hidden = false, state = false, overwrite = false;
    std::int64_t window = 0;
};

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

NamedTensors compute(const HybridModel& model, const at::Tensor& ids_BT, const Options& options) {
    const at::NoGradGuard no_grad;
    const std::int64_t length = ids_BT.size(1);
    const std::int64_t window = options.window > 0 ? options.window : length;
    const bool through_state = options.window > 0 || options.state;
    ModelState state = model.new_state(1);
    std::vector<at::Tensor> logits;
    std::vector<std::vector<at::Tensor>> hidden;
    for (std::int64_t at = 0; at < length; at += window) {
        std::vector<at::Tensor> layers;
        const at::Tensor part = ids_BT.slice(1, at, std::min(at + window, length));
        const at::Tensor last =
            model.hidden(part, {}, through_state ? &state : nullptr, options.hidden ? &layers : nullptr);
        if (through_state) state.accept_all();
        logits.push_back(model.logits(last));
        hidden.push_back(std::move(layers));
    }
    NamedTensors out = {{"logits", at::cat(logits, 1).to(at::kFloat).contiguous()}};
    for (std::size_t layer = 0; options.hidden && layer < hidden.front().size(); ++layer) {
        std::vector<at::Tensor> parts;
        for (const auto& layers : hidden) parts.push_back(layers[layer]);
        out.emplace_back(join("hidden.", layer), at::cat(parts, 1).to(at::kFloat).contiguous());
    }
    for (std::int64_t layer = 0; options.state && layer < model.config().num_layers(); ++layer) {
        for (const auto& [name, tensor] : state.layer(layer).tensors())
            out.emplace_back(join("state.", layer, ".", name), tensor.to(at::kFloat).contiguous());
    }
    return out;
}

int run(Options& options) {
    check_output_path(options.out, options.overwrite);
    if (options.ids.empty() == options.text.empty())
        fail(ErrorCode::Usage, "Give either --ids or --text.", "As in --ids 1,306,525.");
    const LoadedModel loaded = load_model(options.model, options.common, !options.text.empty());
    std::vector<TokenId> ids =
        options.ids.empty() ? loaded.tokenizer->encode(to_valid_utf8(options.text), true) : parse_ids(options.ids);
    check_prompt(ids, loaded.model->config());
    const at::Tensor ids_BT = at::from_blob(ids.data(), {1, static_cast<std::int64_t>(ids.size())}, at::kLong).clone();
    const NamedTensors tensors = compute(*loaded.model, ids_BT, options);
    const std::filesystem::path partial = options.out + ".partial-" + std::to_string(::getpid());
    try {
        write_safetensors(partial, tensors);
        std::filesystem::rename(partial, options.out);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        throw;
    }
    if (options.common.json)
        print_json({{"path", options.out}, {"ids", ids}, {"tensors", tensors.size()}});
    else
        std::cout << options.out << "\n";
    return 0;
}

}  // namespace

void add_logits(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.command<Options>("logits", "Write the logits of given tokens", options, run);
    command->add_option("MODEL", options->model, "Model")->required();
    command->add_option("--ids", options->ids, "Token ids, as in 1,306,525");
    command->add_option("--text", options->text, "Text to encode");
    command->add_option("--out", options->out, "safetensors file to write")->required();
    command->add_flag("--hidden", options->hidden, "Add hidden.0 ... hidden.L");
    command->add_flag("--state", options->state, "Add the state of every layer after the last token");
    command
        ->add_option("--window", options->window, "Feed that many tokens at a time through the state (0: all at once)")
        ->check(CLI::Range(0, 1 << 20))
        ->capture_default_str();
    command->add_flag("--overwrite", options->overwrite, "Replace OUT");
    add_model_options(*command, options->common);
    add_output_options(*command, options->common);
}

}  // namespace molt::app
