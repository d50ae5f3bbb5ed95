// The plain decoder against whole-sequence logits, and what it reuses of earlier prompts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/tiny_model.h"

#include <ATen/ops/argmax.h>

#include <QtTest>

#include "core/decode/decoder.h"
#include "core/decode/generate.h"
#include "tests/support/byte_tokenizer.h"
#include "tests/support/expect_error.h"

using namespace molt;

namespace {

constexpr auto kA = MixerKind::Attention, k1 = MixerKind::Mamba1, k2 = MixerKind::Mamba2;

std::shared_ptr<const HybridModel> model_of(const std::vector<MixerKind>& mixers) {
    return std::make_shared<const HybridModel>(tiny_model(mixers, 3, at::kFloat));
}

SamplingParams greedy() {
    SamplingParams sampling;
    sampling.temperature = 0;
    return sampling;
}

std::vector<TokenId> ids_of(std::int64_t count, std::uint64_t seed) {
    const at::Tensor ids = random_ids(1, count, 64, seed);
    return {ids.data_ptr<std::int64_t>(), ids.data_ptr<std::int64_t>() + count};
}

std::vector<TokenId> decode(Decoder& decoder, const std::vector<TokenId>& prompt, int count) {
    decoder.begin(prompt, greedy());
    std::vector<TokenId> ids;
    for (int i = 0; i < count; ++i) ids.push_back(decoder.step().tokens.front());
    return ids;
}

/// The other path: no state, the whole sequence anew for every token.
std::vector<TokenId> decode_naively(const HybridModel& model, std::vector<TokenId> context, int count) {
    const at::NoGradGuard no_gradients;
    std::vector<TokenId> ids;
    for (int i = 0; i < count; ++i) {
        const auto length = static_cast<std::int64_t>(context.size());
        const at::Tensor all = at::empty({1, length}, at::kLong);
        std::copy(context.begin(), context.end(), all.data_ptr<std::int64_t>());
        const at::Tensor logits = model.logits(model.hidden(all, {}, nullptr)).select(1, length - 1);
        ids.push_back(at::argmax(logits).item<std::int64_t>());
        context.push_back(ids.back());
    }
    return ids;
}

}  // namespace

class TstPlainDecoder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void greedy_tokens_equal_those_of_whole_sequences() {
        for (const auto& plan : {std::vector{kA, kA}, {k2, kA}, {k1, kA}, {k1, k2}}) {
            const auto model = model_of(plan);
            // Longer than a chunk of the prompt, so that the chunks' border is crossed.
            const auto prompt = ids_of(300, 5);
            QCOMPARE(decode(*make_plain_decoder(model), prompt, 12), decode_naively(*model, prompt, 12));
        }
    }

    void a_longer_prompt_goes_on_from_the_state() {
        const auto model = model_of({k2, kA});
        const auto decoder = make_plain_decoder(model);
        auto prompt = ids_of(20, 1);
        const auto reply = decode(*decoder, prompt, 6);
        prompt.insert(prompt.end(), reply.begin(), reply.end());
        prompt.push_back(7);
        const auto next = decode(*decoder, prompt, 6);
        QCOMPARE(decoder->reused_tokens(), std::int64_t{25});  // all but the token that was drawn and not read, and 7
        QCOMPARE(next, decode(*make_plain_decoder(model), prompt, 6));
    }

    void an_edited_turn_starts_from_the_last_prompt_that_is_still_true() {
        const auto model = model_of({k1, kA});
        const auto decoder = make_plain_decoder(model);
        const auto first = ids_of(15, 1);
        auto second = first;
        for (const TokenId id : ids_of(10, 2)) second.push_back(id);
        auto edited = first;
        for (const TokenId id : ids_of(9, 3)) edited.push_back(id);
        decode(*decoder, first, 3);
        decode(*decoder, second, 3);
        const auto found = decode(*decoder, edited, 8);
        QCOMPARE(decoder->reused_tokens(), std::int64_t{15});
        QCOMPARE(found, decode(*make_plain_decoder(model), edited, 8));
        QCOMPARE(decode(*decoder, ids_of(12, 9), 4), decode(*make_plain_decoder(model), ids_of(12, 9), 4));
        QCOMPARE(decoder->reused_tokens(), std::int64_t{0});
    }

    void a_cancelled_prompt_leaves_a_decoder_that_works() {
        const auto model = model_of({k2, kA});
        const auto decoder = make_plain_decoder(model);
        const auto prompt = ids_of(400, 4);
        QVERIFY(!decoder->begin(prompt, greedy(), [](std::int64_t done, std::int64_t) { return done == 0; }));
        QCOMPARE(decode(*decoder, prompt, 4), decode(*make_plain_decoder(model), prompt, 4));
    }

    void wrong_prompts_are_refused() {
        const auto decoder = make_plain_decoder(model_of({kA}));
        expect_error(ErrorCode::Mismatch, [&] { decoder->begin({}, greedy()); });
        expect_error(ErrorCode::Mismatch, [&] { decoder->begin(std::vector<TokenId>{64}, greedy()); });
        expect_error(ErrorCode::Mismatch, [&] { decoder->begin(std::vector<TokenId>{-1}, greedy()); });
        expect_error(ErrorCode::Mismatch, [&] { decoder->begin(ids_of(513, 1), greedy()); });
    }

    void generation_stops_where_the_context_ends_and_when_it_is_cancelled() {
        const auto decoder = make_plain_decoder(model_of({k2}));
        SamplingParams sampling = greedy();
        sampling.max_tokens = 100;
        const auto full = generate(*decoder, nullptr, ids_of(505, 2), sampling, {});
        QCOMPARE(full.ids.size(), std::size_t{7});
        QCOMPARE(full.finish_reason, std::string("length"));
        GenerationHooks hooks;
        int steps = 0;
        hooks.on_delta = [&](std::string_view, const DecodeStep&) { return ++steps < 3; };
        const auto cut = generate(*decoder, nullptr, ids_of(10, 2), sampling, {}, hooks);
        QCOMPARE(cut.finish_reason, std::string("cancelled"));
        QCOMPARE(cut.ids.size(), std::size_t{3});
    }

    void rows_of_a_batch_equal_single_runs() {
        const auto model = model_of({k2, kA});
        SamplingParams sampling;
        sampling.temperature = 1.2;
        sampling.max_tokens = 12;
        sampling.seed = 40;
        const auto prompt = ids_of(9, 6);
        const std::vector<TokenId> ends{3, 5, 11};
        const auto rows = generate_batch(
            *model, nullptr,
            {.prompt = prompt, .end_tokens = ends, .sampling = sampling, .rows = 4, .record_logits = true});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            SamplingParams alone = sampling;
            alone.seed += static_cast<std::int64_t>(i);
            const auto expected = generate(*make_plain_decoder(model), nullptr, prompt, alone, ends);
            QCOMPARE(rows[i].ids, expected.ids);
            QCOMPARE(rows[i].finish_reason, expected.finish_reason);
            QCOMPARE(rows[i].logits.size(), rows[i].ids.size());
        }
    }
};

QTEST_GUILESS_MAIN(TstPlainDecoder)
#include "tst_plain_decoder.moc"
