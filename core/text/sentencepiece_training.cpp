// Options and iterator around the sentencepiece library's trainer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentencepiece_training.h"

#include <sentencepiece_trainer.h>

#include <unordered_map>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

class Texts : public sentencepiece::SentenceIterator {
public:
    explicit Texts(std::span<const std::string> texts) : texts_(texts) {}
    bool done() const override { return at_ >= texts_.size(); }
    void Next() override { ++at_; }
    const std::string& value() const override { return texts_[at_]; }
    sentencepiece::util::Status status() const override { return {}; }

private:
    std::span<const std::string> texts_;
    std::size_t at_ = 0;
};

}  // namespace

std::string train_sentencepiece(std::span<const std::string> texts, const SentencePieceTraining& options) {
    const std::vector<std::string> marks(options.marks.begin(), options.marks.end());
    const std::unordered_map<std::string, std::string> settings = {
        {"model_type", "bpe"},
        {"vocab_size", std::to_string(options.vocab_size)},
        {"byte_fallback", "true"},
        {"character_coverage", "1.0"},
        {"user_defined_symbols", join_list(marks, ",")},
        {"normalization_rule_name", "identity"},
        {"remove_extra_whitespaces", "false"},
        {"add_dummy_prefix", "false"},
        {"num_threads", "1"},
        {"minloglevel", "2"},
    };
    Texts iterator(texts);
    std::string model;
    const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &iterator, &model);
    if (!status.ok()) {
        fail(ErrorCode::BadConfig,
             join("SentencePiece could not train on ", texts.size(), " texts: ", status.ToString()),
             "Give more text, or a smaller vocabulary.");
    }
    return model;
}

}  // namespace molt
