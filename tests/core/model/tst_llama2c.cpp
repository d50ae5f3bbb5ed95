// llama2.c files: the stored results of both teachers, both formats, and damaged files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/model/hybrid_model.h"
#include "core/model/llama2c.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;
namespace fs = std::filesystem;

namespace {

at::Tensor row(const std::vector<std::int64_t>& ids) { return at::tensor(ids, at::kLong).unsqueeze(0); }

/// A legacy file of one layer: dim 4, hidden 6, 2 heads, 1 key/value head, vocabulary 3, 5 positions; unshared head.
std::string tiny_file() {
    const std::int32_t header[7] = {4, 6, 1, 2, 1, -3, 5};
    std::string bytes(reinterpret_cast<const char*>(header), sizeof(header));
    const std::size_t floats = 3 * 4 + 4 + 4 * 4 + 2 * 4 + 2 * 4 + 4 * 4 + 4 + 3 * 6 * 4 + 4 + 5 * 2 + 3 * 4;
    for (std::size_t i = 0; i < floats; ++i) {
        const auto value = static_cast<float>(i);
        bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
    }
    return bytes;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void stored_teachers_give_their_stored_logits_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("stories260K") << "stories260K";
        QTest::newRow("llama2xs281K") << "llama2xs281K";
    }
    void stored_teachers_give_their_stored_logits() {
        QFETCH(QString, name);
        const fs::path folder = shared_data_path("teachers");
        if (!fs::exists(folder)) QSKIP("shared/data/teachers is absent; set MOLT_SHARED.");
        const at::NoGradGuard no_grad;
        const json reference = read_json_file(folder / "reference_vectors.json").at(name.toStdString());
        Llama2cModel stored = read_llama2c(folder / reference.at("weights").get<std::string>());
        const HybridModel model(stored.config, stored.params);
        for (const json& item : reference.at("cases")) {
            const auto ids = item.at("ids").get<std::vector<std::int64_t>>();
            const auto logits = item.at("last_logits").get<std::vector<double>>();
            ModelState state = model.new_state(1);
            at::Tensor found = model.logits(model.hidden(row(ids), {}, &state)).select(1, row(ids).size(1) - 1);
            const double difference = max_difference(found.squeeze(0), at::tensor(logits, at::kDouble));
            QVERIFY2(difference <= 1e-4, qPrintable(QString::number(difference)));
            for (const json& expected : item.at("greedy_ids")) {
                const auto token = found.argmax(-1).item<std::int64_t>();
                QCOMPARE(token, expected.get<std::int64_t>());
                state.accept_all();
                found = model.logits(model.hidden(row({token}), {}, &state)).select(1, 0);
            }
        }
    }

    void both_formats_of_one_model_hold_the_same_tensors() {
        const fs::path folder = shared_data_path("teachers/stories260K");
        if (!fs::exists(folder)) QSKIP("shared/data/teachers is absent; set MOLT_SHARED.");
        const Llama2cModel legacy = read_llama2c(folder / "stories260K.bin");
        const Llama2cModel version1 = read_llama2c(folder / "stories260K_v1.bin");
        QCOMPARE(legacy.params.all().size(), version1.params.all().size());
        for (const auto& [name, tensor] : legacy.params.all()) {
            QVERIFY2(tensor.equal(version1.params.at(name)), name.c_str());
        }
    }

    void heads_are_taken_from_pairs_to_halves() {
        const TemporaryFolder temporary;
        write_file(temporary.path() / "m.bin", tiny_file());
        const Llama2cModel model = read_llama2c(temporary.path() / "m.bin");
        QVERIFY(!model.config.tie_embeddings);
        QCOMPARE(model.config.vocab_size, std::int64_t{3});
        // wq starts after 12 numbers of the embedding and 4 of a norm; heads of two rows stay in order.
        const at::Tensor q = model.params.at("model.layers.0.self_attn.q_proj.weight");
        QCOMPARE(q.select(0, 0).select(0, 0).item<float>(), 16.0F);
        const at::Tensor head = model.params.at("lm_head.weight");
        QCOMPARE(head.select(0, 2).select(0, 3).item<float>(), static_cast<float>((tiny_file().size() - 28) / 4 - 1));
    }

    void another_size_is_refused_with_both_numbers() {
        const TemporaryFolder temporary;
        const fs::path path = temporary.path() / "m.bin";
        const std::string good = tiny_file();
        for (const std::string& bad :
             {good.substr(0, good.size() - 1), good + "x", good.substr(0, 10), std::string()}) {
            write_file(path, bad);
            const Error error = expect_error(ErrorCode::BadFile, [&] { read_llama2c(path); });
            QVERIFY(std::string(error.what()).find(std::to_string(bad.size())) != std::string::npos);
        }
    }

    void absurd_headers_are_refused() {
        const TemporaryFolder temporary;
        const fs::path path = temporary.path() / "m.bin";
        for (std::size_t field = 0; field < 7; ++field) {
            for (const std::int32_t value : {0, -1, 0x7fffffff}) {
                if (field == 5 && value == -1) continue;
                std::string bytes = tiny_file();
                bytes.replace(4 * field, 4, reinterpret_cast<const char*>(&value), 4);
                write_file(path, bytes);
                expect_error(ErrorCode::BadFile, [&] { read_llama2c(path); });
            }
        }
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_llama2c.moc"
