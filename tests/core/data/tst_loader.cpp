// Tests of core/data/loader.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include "core/data/loader.h"

#include <QtTest>
#include <set>

#include "tests/support/expect_error.h"

namespace molt {

namespace {

std::shared_ptr<const Corpus> stream(std::int64_t length) {
    std::vector<TokenId> document;
    for (std::int64_t i = 0; i < length; ++i) document.push_back(i);
    auto corpus = std::make_shared<Corpus>();
    corpus->add(document);
    return corpus;
}

std::vector<std::int64_t> first_ids(const Batch& batch) {
    std::vector<std::int64_t> ids;
    for (std::int64_t b = 0; b < batch.ids_BT.size(0); ++b) ids.push_back(batch.ids_BT[b][0].item<std::int64_t>());
    return ids;
}

}  // namespace

class TstLoader : public QObject {
    Q_OBJECT

    LoaderOptions options_{.batch_size = 3, .sequence_length = 8, .seed = 5, .shuffle = true};

private Q_SLOTS:
    void the_same_seed_gives_the_same_batches() {
        Loader a(stream(200), options_), b(stream(200), options_);
        for (int i = 0; i < 40; ++i) QVERIFY(at::equal(a.next().ids_BT, b.next().ids_BT));
    }

    void another_seed_gives_another_order() {
        LoaderOptions other = options_;
        other.seed = 6;
        Loader a(stream(200), options_), b(stream(200), other);
        QVERIFY(!at::equal(a.next().ids_BT, b.next().ids_BT));
    }

    void an_epoch_takes_every_row_once() {
        Loader loader(stream(200), options_);
        for (int epoch = 0; epoch < 3; ++epoch) {
            std::set<std::int64_t> starts;
            for (std::int64_t row = 0; row < loader.rows(); row += options_.batch_size) {
                for (const std::int64_t id : first_ids(loader.next())) starts.insert(id);
            }
            // 23 rows are no multiple of 3, so that epochs overlap by a row; still no start is seen twice within one.
            QVERIFY(static_cast<std::int64_t>(starts.size()) >= loader.rows() - 2);
        }
    }

    void epochs_have_orders_and_phases_of_their_own() {
        Loader loader(stream(200), {.batch_size = 23, .sequence_length = 8, .seed = 5, .shuffle = true});
        QCOMPARE(loader.rows(), std::int64_t{23});
        std::set<std::int64_t> phases;
        std::set<std::vector<std::int64_t>> orders;
        for (int epoch = 0; epoch < 12; ++epoch) {
            const auto ids = first_ids(loader.next());
            const std::int64_t phase = ids[0] % 8;
            for (const std::int64_t id : ids) QCOMPARE(id % 8, phase);
            QCOMPARE(std::set<std::int64_t>(ids.begin(), ids.end()).size(), std::size_t{23});
            phases.insert(phase);
            orders.insert(ids);
        }
        QVERIFY(phases.size() > 2);
        QCOMPARE(orders.size(), std::size_t{12});
    }

    void cuts_can_stay_where_they_are() {
        Loader loader(stream(200),
                      {.batch_size = 24, .sequence_length = 8, .seed = 5, .shuffle = true, .move_cuts = false});
        QCOMPARE(loader.rows(), std::int64_t{24});
        std::set<std::vector<std::int64_t>> orders;
        for (int epoch = 0; epoch < 5; ++epoch) {
            const Batch batch = loader.next();
            const auto ids = first_ids(batch);
            QCOMPARE(batch.starts, ids);
            for (const std::int64_t id : ids) QCOMPARE(id % 8, std::int64_t{0});
            orders.insert(ids);
        }
        QCOMPARE(orders.size(), std::size_t{5});
    }

    void a_sought_cursor_gives_the_same_batches() {
        Loader reference(stream(200), options_);
        std::vector<DataCursor> cursors;
        std::vector<Batch> batches;
        for (int i = 0; i < 30; ++i) {
            cursors.push_back(reference.cursor());
            batches.push_back(reference.next());
        }
        Loader other(stream(200), options_);
        for (const std::size_t i : {std::size_t{17}, std::size_t{3}, std::size_t{29}, std::size_t{0}}) {
            other.seek(cursors[i]);
            QCOMPARE(other.cursor().epoch, cursors[i].epoch);
            QCOMPARE(other.cursor().index, cursors[i].index);
            for (std::size_t j = i; j < batches.size(); ++j) {
                const Batch batch = other.next();
                QVERIFY(at::equal(batch.ids_BT, batches[j].ids_BT));
                QVERIFY(at::equal(batch.target_BT, batches[j].target_BT));
            }
        }
    }

    void without_shuffling_rows_come_in_order() {
        Loader loader(stream(50), {.batch_size = 2, .sequence_length = 8, .seed = 1, .shuffle = false});
        QCOMPARE(first_ids(loader.next()), (std::vector<std::int64_t>{0, 8}));
        QCOMPARE(first_ids(loader.next()), (std::vector<std::int64_t>{16, 24}));
        QCOMPARE(first_ids(loader.next()), (std::vector<std::int64_t>{32, 40}));
        QCOMPARE(first_ids(loader.next()), (std::vector<std::int64_t>{0, 8}));
        QCOMPARE(loader.cursor().epoch, std::int64_t{1});
    }

    void a_batch_may_be_larger_than_an_epoch() {
        Loader loader(stream(20), {.batch_size = 7, .sequence_length = 8, .seed = 1, .shuffle = true});
        QCOMPARE(loader.next().ids_BT.size(0), std::int64_t{7});
        QCOMPARE(loader.cursor().epoch, std::int64_t{3});
    }

    void data_shorter_than_a_row_is_a_mismatch() {
        expect_error(ErrorCode::Mismatch, [&] { Loader loader(stream(8), options_); });
        Loader loader(stream(9), options_);
        expect_error(ErrorCode::Mismatch, [&] { loader.seek({.epoch = 0, .index = 1}); });
        expect_error(ErrorCode::Mismatch, [&] { loader.seek({.epoch = -1, .index = 0}); });
    }

    void it_may_be_destroyed_while_it_prefetches() {
        for (int i = 0; i < 200; ++i) {
            Loader loader(stream(5000), options_);
            if (i % 2 == 0) loader.next();
        }
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstLoader)
#include "tst_loader.moc"
