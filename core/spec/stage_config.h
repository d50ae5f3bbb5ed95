// Settings of one training stage: keys that all stages share, and those of each kind.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/fields.h"

namespace molt {

// Kinds that are built; align, sft, reward, dpo and ppo join this list with their stages.
inline constexpr std::string_view kStageChoices[] = {"pretrain", "distill"};
inline constexpr std::string_view kDataFormatChoices[] = {"auto", "text", "jsonl"};
inline constexpr std::string_view kLossOnChoices[] = {"all", "replies"};
inline constexpr std::string_view kScheduleChoices[] = {"cosine", "linear", "constant", "wsd", "wsd_cosine", "wsd_sqrt"};
inline constexpr std::string_view kDivergenceChoices[] = {"forward", "reverse"};

/// Where records come from. JSON: a path alone, or the object.
struct DataSource {
    std::string path;
    std::string format = "auto";
    std::int64_t limit = 0;                                ///< records; 0: all
    std::string loss_on = "all";                           ///< all tokens, or only the assistant's turns of conversations
    static constexpr std::string_view shorthand = "path";  ///< the key that a bare JSON string stands for

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "path", .label = "File", .unit = "", .help = "Text or JSONL file.", .is_path = true}, self.path);
        v(Field{.name = "format", .label = "Format", .unit = "", .help = "auto decides by the file's name and first line.", .choices = kDataFormatChoices, .advanced = true}, self.format);
        v(Field{.name = "limit", .label = "Records at most", .unit = "records", .help = "Reads only the first records; 0 reads all.", .min = 0, .max = 1e12, .advanced = true}, self.limit);
        v(Field{.name = "loss_on", .label = "Learn from", .unit = "", .help = "all: every token; replies: only what the assistant says in conversations.", .choices = kLossOnChoices, .advanced = true}, self.loss_on);
    }
};

/// Held-out data: a file, or the share of `data` (its end) that is kept out of training. JSON: string or number.
struct HeldOut {
    std::string path;
    double share = 0.0;
};

/// Stage 1 of the paper: cross-entropy on the labels plus KL to the teacher's distribution (algorithm.md 2.1).
struct DistillSettings {
    double kl_weight = 1.0, ce_weight = 0.1, temperature = 1.0;
    std::string divergence = "forward";

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "kl_weight", .label = "KL weight", .unit = "", .help = "Weight of the KL divergence to the teacher's distribution.", .min = 0, .max = 1000}, self.kl_weight);
        v(Field{.name = "ce_weight", .label = "CE weight", .unit = "", .help = "Weight of the cross-entropy on the teacher's labels.", .min = 0, .max = 1000}, self.ce_weight);
        v(Field{.name = "temperature", .label = "Temperature", .unit = "", .help = "Softens both distributions before the KL.", .min = 0.05, .max = 100, .advanced = true}, self.temperature);
        v(Field{.name = "divergence", .label = "Divergence", .unit = "", .help = "forward: KL(teacher || student); reverse: KL(student || teacher).", .choices = kDivergenceChoices, .advanced = true}, self.divergence);
    }
};

struct StageConfig {
    static constexpr std::string_view variant_key = "kind";  ///< its value decides which other keys there are

    std::string kind = "distill";
    DataSource data;
    HeldOut held_out{.path = {}, .share = 0.05};
    std::int64_t steps = 0, tokens = 0;  ///< one of them; tokens are divided by the tokens of a step
    std::int64_t batch_size = 8, sequence_length = 256, accumulation = 1;
    double learning_rate = 1e-3, min_learning_rate = 0.0;
    std::int64_t warmup_steps = 0;
    std::string schedule = "cosine";
    double weight_decay = 0.0, gradient_clip = 1.0;
    double beta1 = 0.9, beta2 = 0.95;
    std::vector<std::string> trained{"*"}, frozen;
    std::int64_t log_every = 1, evaluate_every = 50, evaluate_tokens = 16384, checkpoint_every = 0, keep_checkpoints = 2;
    DistillSettings distill;

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "kind", .label = "Kind", .unit = "", .help = "pretrain: plain language modelling; distill: match the teacher.", .choices = kStageChoices}, self.kind);
        v(Field{.name = "data", .label = "Data", .unit = "", .help = "What the stage trains on."}, self.data);
        v(Field{.name = "held_out", .label = "Held out", .unit = "", .help = "Data never trained on, for evaluation: a file, or a share of the data (its end)."}, self.held_out);
        v(Field{.name = "steps", .label = "Steps", .unit = "steps", .help = "Optimiser steps; 0 takes the number from tokens.", .min = 0, .max = 1e9}, self.steps);
        v(Field{.name = "tokens", .label = "Tokens", .unit = "tokens", .help = "Training tokens, if steps is 0.", .min = 0, .max = 1e15, .advanced = true}, self.tokens);
        v(Field{.name = "batch_size", .label = "Batch size", .unit = "rows", .help = "Rows of one forward pass.", .min = 1, .max = 65536}, self.batch_size);
        v(Field{.name = "sequence_length", .label = "Sequence length", .unit = "tokens", .help = "Tokens of one row.", .min = 2, .max = 1048576}, self.sequence_length);
        v(Field{.name = "accumulation", .label = "Accumulation", .unit = "batches", .help = "Batches whose gradients are added up before a step.", .min = 1, .max = 65536, .advanced = true}, self.accumulation);
        v(Field{.name = "learning_rate", .label = "Learning rate", .unit = "", .help = "Peak learning rate of AdamW.", .min = 0, .max = 10}, self.learning_rate);
        v(Field{.name = "min_learning_rate", .label = "Final learning rate", .unit = "", .help = "Where the schedule ends.", .min = 0, .max = 10, .advanced = true}, self.min_learning_rate);
        v(Field{.name = "warmup_steps", .label = "Warm-up", .unit = "steps", .help = "Steps of linear rise to the peak.", .min = 0, .max = 1e9, .advanced = true}, self.warmup_steps);
        v(Field{.name = "schedule", .label = "Schedule", .unit = "", .help = "How the learning rate falls after warm-up.", .choices = kScheduleChoices, .advanced = true}, self.schedule);
        v(Field{.name = "weight_decay", .label = "Weight decay", .unit = "", .help = "Decay of matrices; vectors are never decayed.", .min = 0, .max = 10, .advanced = true}, self.weight_decay);
        v(Field{.name = "gradient_clip", .label = "Gradient clip", .unit = "", .help = "Largest gradient norm; 0 does not clip.", .min = 0, .max = 1e9, .advanced = true}, self.gradient_clip);
        v(Field{.name = "beta1", .label = "Beta 1", .unit = "", .help = "Decay of AdamW's first moment.", .min = 0, .max = 0.9999999, .advanced = true}, self.beta1);
        v(Field{.name = "beta2", .label = "Beta 2", .unit = "", .help = "Decay of AdamW's second moment.", .min = 0, .max = 0.9999999, .advanced = true}, self.beta2);
        v(Field{.name = "trained", .label = "Trained", .unit = "", .help = "Globs of parameter names that learn.", .advanced = true}, self.trained);
        v(Field{.name = "frozen", .label = "Frozen", .unit = "", .help = "Globs of parameter names that do not learn; wins over trained.", .advanced = true}, self.frozen);
        v(Field{.name = "log_every", .label = "Log every", .unit = "steps", .help = "Steps between points of the curves.", .min = 1, .max = 1e9, .advanced = true}, self.log_every);
        v(Field{.name = "evaluate_every", .label = "Evaluate every", .unit = "steps", .help = "Steps between evaluations on held-out data; 0 only at the end.", .min = 0, .max = 1e9}, self.evaluate_every);
        v(Field{.name = "evaluate_tokens", .label = "Evaluation size", .unit = "tokens", .help = "Held-out tokens of one evaluation.", .min = 2, .max = 1e12, .advanced = true}, self.evaluate_tokens);
        v(Field{.name = "checkpoint_every", .label = "Checkpoint every", .unit = "steps", .help = "Steps between checkpoints; 0 only when stopped.", .min = 0, .max = 1e9}, self.checkpoint_every);
        v(Field{.name = "keep_checkpoints", .label = "Checkpoints kept", .unit = "", .help = "Older checkpoints are deleted; 0 keeps all.", .min = 0, .max = 1e6, .advanced = true}, self.keep_checkpoints);
        if (self.kind == "distill") DistillSettings::visit(self.distill, v);
    }
};

}  // namespace molt
