// Weights in one file or in shards: what is written is read again, cast where asked, and no shard is too large.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weight_writer.h"

#include "core/base/json.h"
#include "core/model/safetensors.h"
#include "core/model/weight_files.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;
namespace fs = std::filesystem;

namespace {

NamedTensors some_tensors() {
    const HybridModel model = tiny_model({MixerKind::Attention, MixerKind::Mamba2}, 3, at::kFloat);
    return {model.params().all().begin(), model.params().all().end()};
}

}  // namespace

class TstWeightWriter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void a_small_model_is_one_file() {
        const TemporaryFolder folder;
        int written = 0;
        WriteOptions options;
        options.after_tensor = [&] { ++written; };
        write_weights(folder.path(), some_tensors(), options);
        QCOMPARE(written, static_cast<int>(some_tensors().size()));
        QVERIFY(!fs::exists(folder.path() / "model.safetensors.index.json"));
        const StoredTensors stored = open_weight_files(folder.path());
        for (const auto& [name, tensor] : some_tensors()) QVERIFY2(stored.at(name).tensor.equal(tensor), name.c_str());
    }

    void no_shard_is_larger_than_asked_and_the_index_names_every_tensor() {
        const TemporaryFolder folder;
        WriteOptions options;
        options.shard_bytes = 30000;
        write_weights(folder.path(), some_tensors(), options);
        std::int64_t total = 0;
        std::map<std::string, std::int64_t> shards;
        const StoredTensors stored = open_weight_files(folder.path());
        QCOMPARE(stored.size(), some_tensors().size());
        for (const auto& [name, tensor] : some_tensors()) {
            QVERIFY2(stored.at(name).tensor.equal(tensor), name.c_str());
            shards[stored.at(name).file] += static_cast<std::int64_t>(tensor.nbytes());
            total += static_cast<std::int64_t>(tensor.nbytes());
        }
        QVERIFY(shards.size() > 2);
        for (const auto& [file, bytes] : shards) QVERIFY2(bytes <= options.shard_bytes, file.c_str());
        const json index = read_json_file(folder.path() / "model.safetensors.index.json");
        QCOMPARE(index.at("metadata").at("total_size").get<std::int64_t>(), total);
        QVERIFY(shards.begin()->first.find("-of-0000") != std::string::npos);
    }

    void tensors_are_cast_while_they_are_written() {
        const TemporaryFolder folder;
        WriteOptions options;
        options.type = at::kBFloat16;
        write_weights(folder.path(), some_tensors(), options);
        const StoredTensors stored = open_weight_files(folder.path());
        for (const auto& [name, tensor] : some_tensors())
            QVERIFY2(stored.at(name).tensor.equal(tensor.to(at::kBFloat16)), name.c_str());
    }

    void a_tensor_larger_than_a_shard_stands_alone() {
        const TemporaryFolder folder;
        WriteOptions options;
        options.shard_bytes = 1;
        write_weights(folder.path(), some_tensors(), options);
        QCOMPARE(open_weight_files(folder.path()).size(), some_tensors().size());
    }
};

QTEST_GUILESS_MAIN(TstWeightWriter)
#include "tst_weight_writer.moc"
