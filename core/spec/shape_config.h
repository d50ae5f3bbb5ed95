// Shape of a model that is trained from scratch (pretrain without a teacher or student): sizes only, plain data.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/spec/fields.h"

namespace molt {

/// A Llama-like decoder. hidden_size 0 means that no model is described. The vocabulary is the tokenizer's.
struct ShapeConfig {
    std::int64_t hidden_size = 0, intermediate_size = 0, num_layers = 4;
    std::int64_t num_heads = 4, num_kv_heads = 0, head_dim = 0;
    std::int64_t max_position = 1024;
    double rope_theta = 10000.0;
    bool tie_embeddings = true;

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "hidden_size", .label = "Hidden size", .unit = "", .help = "Width of the residual stream; 0 describes no model.", .min = 0, .max = 65536}, self.hidden_size);
        v(Field{.name = "intermediate_size", .label = "MLP size", .unit = "", .help = "Width of the MLP; 0 takes 8/3 of the hidden size, rounded up to 16.", .min = 0, .max = 1048576}, self.intermediate_size);
        v(Field{.name = "num_layers", .label = "Layers", .unit = "", .help = "Number of decoder layers.", .min = 1, .max = 1024}, self.num_layers);
        v(Field{.name = "num_heads", .label = "Heads", .unit = "", .help = "Attention heads.", .min = 1, .max = 1024}, self.num_heads);
        v(Field{.name = "num_kv_heads", .label = "Key/value heads", .unit = "", .help = "Heads of keys and values; 0 takes as many as there are heads.", .min = 0, .max = 1024, .advanced = true}, self.num_kv_heads);
        v(Field{.name = "head_dim", .label = "Head size", .unit = "", .help = "Width of a head; 0 divides the hidden size by the heads.", .min = 0, .max = 65536, .advanced = true}, self.head_dim);
        v(Field{.name = "max_position", .label = "Context", .unit = "tokens", .help = "Longest context.", .min = 2, .max = 1e9}, self.max_position);
        v(Field{.name = "rope_theta", .label = "RoPE base", .unit = "", .help = "Base of the rotary embedding.", .min = 1, .max = 1e12, .advanced = true}, self.rope_theta);
        v(Field{.name = "tie_embeddings", .label = "Tied embeddings", .unit = "", .help = "The output matrix is the embedding.", .advanced = true}, self.tie_embeddings);
    }
};

}  // namespace molt
