// Chat messages and sampling settings, shared by the terminal, the worker and the workbench.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/fields.h"

namespace molt {

struct ChatMessage {
    std::string role;  ///< system | user | assistant
    std::string content;
};

struct SamplingParams {
    std::int64_t max_tokens = 256;
    double temperature = 0.7;  ///< 0: greedy
    std::int64_t top_k = 0;    ///< 0: off
    double top_p = 1.0, min_p = 0.0, repetition_penalty = 1.0;
    std::int64_t seed = 1;
    std::vector<std::string> stop;
    bool ignore_eos = false;

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "max_tokens", .label = "Tokens at most", .unit = "tokens", .help = "Longest reply.", .min = 1, .max = 1e6}, self.max_tokens);
        v(Field{.name = "temperature", .label = "Temperature", .unit = "", .help = "0 always takes the most likely token.", .min = 0, .max = 10}, self.temperature);
        v(Field{.name = "top_k", .label = "Top k", .unit = "", .help = "Keeps the k most likely tokens; 0 keeps all.", .min = 0, .max = 1e6}, self.top_k);
        v(Field{.name = "top_p", .label = "Top p", .unit = "", .help = "Keeps the smallest set of tokens with this probability.", .min = 0.01, .max = 1}, self.top_p);
        v(Field{.name = "min_p", .label = "Min p", .unit = "", .help = "Drops tokens below this share of the most likely one.", .min = 0, .max = 1}, self.min_p);
        v(Field{.name = "repetition_penalty", .label = "Repetition penalty", .unit = "", .help = "Above 1 makes repeated tokens less likely.", .min = 0.1, .max = 10}, self.repetition_penalty);
        v(Field{.name = "seed", .label = "Seed", .unit = "", .help = "Start of the random generator of sampling.", .min = 0, .max = 9.0e15}, self.seed);
        v(Field{.name = "stop", .label = "Stop texts", .unit = "", .help = "The reply ends before one of these texts."}, self.stop);
        v(Field{.name = "ignore_eos", .label = "Ignore end mark", .unit = "", .help = "Goes on after the model's end-of-text token.", .advanced = true}, self.ignore_eos);
    }
};

}  // namespace molt
