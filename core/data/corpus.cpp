// Tokenising documents and splitting them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/corpus.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/records.h"

namespace molt {

namespace {

struct Encoded {
    std::vector<TokenId> ids;
    std::vector<bool> counts;  // empty: every token
};

Encoded encode(const Record& record, const Tokenizer& tokenizer, const ChatTemplate& chat_template, bool replies_only) {
    if (!record.messages.empty()) {
        RenderedChat chat = chat_template.render(tokenizer, record.messages, false);
        return {std::move(chat.ids), replies_only ? std::move(chat.loss_mask) : std::vector<bool>()};
    }
    std::vector<TokenId> ids = tokenizer.encode(record.text, true);
    const std::optional<TokenId> end = tokenizer.kind() == "llama2.c" ? tokenizer.begin_token() : tokenizer.end_token();
    if (end) ids.push_back(*end);
    return {std::move(ids), {}};
}

/// The last `count` tokens become held-out data; a document that is cut in two keeps both parts.
TrainAndHeldOut cut_tokens(const Corpus& all, std::int64_t count) {
    const std::int64_t border = all.num_tokens() - count;
    TrainAndHeldOut parts;
    parts.train.tokens.assign(all.tokens.begin(), all.tokens.begin() + border);
    parts.held_out.tokens.assign(all.tokens.begin() + border, all.tokens.end());
    if (!all.masked.empty()) {
        parts.train.masked.assign(all.masked.begin(), all.masked.begin() + border);
        parts.held_out.masked.assign(all.masked.begin() + border, all.masked.end());
    }
    parts.held_out.starts.push_back(0);
    for (const std::int64_t start : all.starts) {
        if (start < border) {
            parts.train.starts.push_back(start);
        } else if (start > border) {
            parts.held_out.starts.push_back(start - border);
        }
    }
    return parts;
}

}  // namespace

void Corpus::add(std::span<const TokenId> document, const std::vector<bool>& counts) {
    if (document.size() < 2) return;
    MOLT_ASSERT(counts.empty() || counts.size() == document.size());
    starts.push_back(num_tokens());
    if (!counts.empty()) masked.resize(tokens.size(), false);
    for (const bool counted : counts) masked.push_back(!counted);
    for (const TokenId id : document) {
        MOLT_ASSERT(id >= 0 && id <= std::numeric_limits<std::int32_t>::max());
        tokens.push_back(static_cast<std::int32_t>(id));
    }
    if (!masked.empty()) masked.resize(tokens.size(), false);
}

Corpus Corpus::slice(std::int64_t first, std::int64_t last) const {
    const auto start_of = [&](std::int64_t document) {
        return document < num_documents() ? starts[static_cast<std::size_t>(document)] : num_tokens();
    };
    Corpus part;
    part.tokens.assign(tokens.begin() + start_of(first), tokens.begin() + start_of(last));
    if (!masked.empty()) part.masked.assign(masked.begin() + start_of(first), masked.begin() + start_of(last));
    for (std::int64_t document = first; document < last; ++document) {
        part.starts.push_back(start_of(document) - start_of(first));
    }
    return part;
}

Corpus Corpus::read(const DataSource& source, const Tokenizer& tokenizer, const ChatTemplate& chat_template) {
    const std::vector<Record> records = read_records(source);
    const auto count = static_cast<std::int64_t>(records.size());
    std::vector<Encoded> documents(records.size());
    const bool replies_only = source.loss_on == "replies";
    std::vector<std::exception_ptr> failures(records.size());
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const auto index = static_cast<std::size_t>(i);
            try {
                documents[index] = encode(records[index], tokenizer, chat_template, replies_only);
            } catch (const Error& error) {
                const std::string where = join(source.path, ": record ", records[index].line, ": ");
                failures[index] = std::make_exception_ptr(Error(error.code(), where + error.what(), error.hint()));
                return;
            }
        }
    });
    // The first bad record is named, whichever thread came first.
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
    Corpus corpus;
    for (const Encoded& document : documents) corpus.add(document.ids, document.counts);
    if (corpus.tokens.empty()) {
        fail(ErrorCode::Mismatch, join(source.path, " holds no text to train on."),
             "Choose a file with documents in it.");
    }
    return corpus;
}

TrainAndHeldOut read_corpora(const DataSource& source, const HeldOut& held_out, const Tokenizer& tokenizer,
                             const ChatTemplate& chat_template) {
    Corpus all = Corpus::read(source, tokenizer, chat_template);
    if (!held_out.path.empty()) {
        DataSource other = source;
        other.path = held_out.path;
        return {std::move(all), Corpus::read(other, tokenizer, chat_template)};
    }
    if (held_out.share <= 0.0) return {std::move(all), {}};
    const auto share_of = [&](std::int64_t count) {
        return static_cast<std::int64_t>(std::floor(held_out.share * static_cast<double>(count)));
    };
    const std::int64_t documents = share_of(all.num_documents());
    if (documents >= 1 && documents < all.num_documents()) {
        const std::int64_t border = all.num_documents() - documents;
        return {all.slice(0, border), all.slice(border, all.num_documents())};
    }
    const std::int64_t tokens = std::min(share_of(all.num_tokens()), all.num_tokens() - 2);
    if (tokens < 2) return {std::move(all), {}};
    return cut_tokens(all, tokens);
}

}  // namespace molt
