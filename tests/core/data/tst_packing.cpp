// Tests of core/data/packing.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include "core/data/packing.h"

#include <QtTest>

namespace molt {

namespace {

/// Documents of these lengths; token i of the stream is i.
Corpus stream(const std::vector<std::int64_t>& lengths) {
    Corpus corpus;
    TokenId next = 0;
    for (const std::int64_t length : lengths) {
        std::vector<TokenId> document;
        for (std::int64_t i = 0; i < length; ++i) document.push_back(next++);
        corpus.add(document);
    }
    return corpus;
}

std::vector<std::int64_t> values(const at::Tensor& tensor) {
    const std::int64_t* data = tensor.const_data_ptr<std::int64_t>();
    return {data, data + tensor.numel()};
}

using Row = std::vector<std::int64_t>;

}  // namespace

class TstPacking : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void masked_tokens_are_no_targets() {
        Corpus corpus;
        corpus.add(std::vector<TokenId>{10, 11, 12, 13}, {false, false, true, false});
        const Batch batch = pack_rows(corpus, std::vector<std::int64_t>{0}, 3);
        QCOMPARE(values(batch.target_BT), (Row{-100, 12, -100}));
        QCOMPARE(batch.valid_tokens, std::int64_t{1});
    }

    void targets_are_the_next_tokens() {
        const Batch batch = pack_rows(stream({10}), std::vector<std::int64_t>{2, 5}, 3);
        QCOMPARE(values(batch.ids_BT), (Row{2, 3, 4, 5, 6, 7}));
        QCOMPARE(values(batch.target_BT), (Row{3, 4, 5, 6, 7, 8}));
        QCOMPARE(batch.valid_tokens, std::int64_t{6});
        QVERIFY(!batch.segment_BT.defined());
    }

    void the_last_token_of_a_document_has_no_target() {
        const Batch batch = pack_rows(stream({3, 4, 3}), std::vector<std::int64_t>{1}, 8);
        QCOMPARE(values(batch.ids_BT), (Row{1, 2, 3, 4, 5, 6, 7, 8}));
        QCOMPARE(values(batch.target_BT), (Row{2, -100, 4, 5, 6, -100, 8, 9}));
        QCOMPARE(values(batch.segment_BT), (Row{0, 0, 1, 1, 1, 1, 2, 2}));
        QCOMPARE(batch.valid_tokens, std::int64_t{6});
    }

    void a_border_right_behind_the_row_masks_its_last_target() {
        const Batch batch = pack_rows(stream({4, 4}), std::vector<std::int64_t>{0}, 4);
        QCOMPARE(values(batch.target_BT), (Row{1, 2, 3, -100}));
        QVERIFY(!batch.segment_BT.defined());
    }

    void a_row_beyond_the_end_is_filled_up() {
        const Batch batch = pack_rows(stream({5}), std::vector<std::int64_t>{3}, 4);
        QCOMPARE(values(batch.ids_BT), (Row{3, 4, 0, 0}));
        QCOMPARE(values(batch.target_BT), (Row{4, -100, -100, -100}));
        QCOMPARE(batch.valid_tokens, std::int64_t{1});
    }

    void evaluation_covers_every_target_once() {
        const Corpus corpus = stream({7, 5, 9, 2});
        std::vector<std::int64_t> seen;
        for (const Batch& batch : evaluation_batches(corpus, 2, 4, 1000)) {
            for (const std::int64_t target : values(batch.target_BT)) {
                if (target >= 0) seen.push_back(target);
            }
        }
        std::vector<std::int64_t> expected;
        for (std::int64_t token = 1; token < 23; ++token) {
            if (token != 7 && token != 12 && token != 21) expected.push_back(token);
        }
        QCOMPARE(seen, expected);
    }

    void evaluation_stops_at_the_token_limit() {
        std::int64_t rows = 0;
        for (const Batch& batch : evaluation_batches(stream({1000}), 3, 10, 55)) rows += batch.ids_BT.size(0);
        QCOMPARE(rows, std::int64_t{5});
        QCOMPARE(evaluation_batches(Corpus{}, 3, 10, 55).size(), std::size_t{0});
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstPacking)
#include "tst_packing.moc"
