// read_pytorch_bin: values, views and shared storages; files of PyTorch's own; archives that lie about their storages.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pickle.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/tensor.h>

#include <QtTest>
#include <map>
#include <numeric>

#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/support/expect_error.h"
#include "tests/support/fixtures.h"
#include "tests/support/torch_file.h"

using namespace molt;
using namespace molt::testing;

class TstPickle : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;

    std::vector<std::pair<std::string, at::Tensor>> read(const std::string& bytes) {
        write_file(folder_.path() / "pytorch_model.bin", bytes);
        return read_pytorch_bin(folder_.path() / "pytorch_model.bin");
    }
    void refused(const std::string& bytes, const std::string& reason) {
        const Error error = expect_error(ErrorCode::BadFile, [&] { read(bytes); });
        QVERIFY2(std::string(error.what()).find(reason) != std::string::npos, error.what());
    }
    static std::vector<float> counting(std::size_t count) {
        std::vector<float> values(count);
        std::iota(values.begin(), values.end(), 0.0f);
        return values;
    }
    static std::string archive(const std::vector<TorchTensor>& tensors, std::size_t floats = 12,
                               std::size_t alignment = 64) {
        return zip_file(torch_entries(pickle_of(tensors), {{"0", bytes_of(counting(floats))}}), alignment);
    }

private Q_SLOTS:
    void views_have_their_values() {
        const auto tensors = read(archive({{"rows", "FloatStorage", "0", 12, 0, {3, 4}, {4, 1}},
                                           {"columns", "FloatStorage", "0", 12, 0, {4, 3}, {1, 4}},
                                           {"part", "FloatStorage", "0", 12, 5, {2, 2}, {4, 2}},
                                           {"scalar", "FloatStorage", "0", 12, 11, {}, {}},
                                           {"none", "FloatStorage", "0", 12, 12, {0, 4}, {4, 1}}}));
        const at::Tensor rows = at::tensor({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, at::kFloat).view({3, 4});
        QVERIFY(at::equal(tensors[0].second, rows));
        QVERIFY(at::equal(tensors[1].second, rows.t()));
        QVERIFY(at::equal(tensors[2].second, at::tensor({5, 7, 9, 11}, at::kFloat).view({2, 2})));
        QCOMPARE(tensors[3].second.item<float>(), 11.0f);
        QVERIFY((tensors[4].second.sizes().vec() == std::vector<std::int64_t>{0, 4}));
        QCOMPARE(tensors[4].first, std::string("none"));
    }
    void tensors_are_views_of_the_file_and_share_their_storage() {
        const auto tensors =
            read(archive({{"a", "FloatStorage", "0", 12, 0, {12}, {1}}, {"b", "FloatStorage", "0", 12, 4, {8}, {1}}}));
        QCOMPARE(static_cast<char*>(tensors[1].second.data_ptr()) - static_cast<char*>(tensors[0].second.data_ptr()),
                 std::ptrdiff_t{16});
        QVERIFY(tensors[0].second.is_alias_of(tensors[1].second));
    }
    void unaligned_storages_are_copied() {
        for (const std::size_t alignment : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
            const auto tensors = read(archive({{"a", "FloatStorage", "0", 12, 2, {3}, {1}}}, 12, alignment));
            QVERIFY(at::equal(tensors[0].second, at::tensor({2, 3, 4}, at::kFloat)));
        }
    }
    void half_precision_and_integers_keep_their_type() {
        const std::string pickle = pickle_of({{"h", "HalfStorage", "h", 2, 0, {2}, {1}},
                                              {"b", "BFloat16Storage", "b", 2, 0, {2}, {1}},
                                              {"l", "LongStorage", "l", 1, 0, {1}, {1}}});
        const auto tensors = read(zip_file(torch_entries(pickle, {{"h", bytes_of<std::uint16_t>({0x3c00, 0xc000})},
                                                                  {"b", bytes_of<std::uint16_t>({0x3f80, 0xc000})},
                                                                  {"l", bytes_of<std::int64_t>({-5})}})));
        QVERIFY(tensors[0].second.scalar_type() == at::kHalf && tensors[1].second.scalar_type() == at::kBFloat16);
        QVERIFY(at::equal(tensors[0].second.to(at::kFloat), at::tensor({1, -2}, at::kFloat)));
        QVERIFY(at::equal(tensors[1].second.to(at::kFloat), at::tensor({1, -2}, at::kFloat)));
        QCOMPARE(tensors[2].second.item<std::int64_t>(), std::int64_t{-5});
    }
    void the_file_may_be_removed_while_tensors_live() {
        const auto tensors = read(archive({{"a", "FloatStorage", "0", 12, 0, {12}, {1}}}));
        std::filesystem::remove(folder_.path() / "pytorch_model.bin");
        QCOMPARE(tensors[0].second.sum().item<float>(), 66.0f);
    }
    void views_outside_their_storage_are_refused() {
        const std::int64_t huge = std::int64_t{1} << 62;
        for (const TorchTensor& tensor :
             std::vector<TorchTensor>{{"w", "FloatStorage", "0", 12, 0, {13}, {1}},
                                      {"w", "FloatStorage", "0", 12, 1, {12}, {1}},
                                      {"w", "FloatStorage", "0", 12, 0, {3, 4}, {5, 1}},
                                      {"w", "FloatStorage", "0", 12, 12, {}, {}},
                                      {"w", "FloatStorage", "0", 12, huge, {1}, {1}},
                                      {"w", "FloatStorage", "0", 12, 0, {huge, huge}, {1, 1}},
                                      {"w", "FloatStorage", "0", 12, 0, {3}, {huge}},
                                      {"w", "FloatStorage", "0", 12, 13, {0}, {1}},
                                      {"w", "FloatStorage", "0", 12, 0, {1000}, {0}}}) {
            refused(archive({tensor}), "does not fit");
        }
    }
    void storages_that_disagree_are_refused() {
        refused(archive({{"w", "FloatStorage", "0", 11, 0, {1}, {1}}}), "48 bytes");
        refused(archive({{"w", "DoubleStorage", "0", 12, 0, {1}, {1}}}), "48 bytes");
        refused(archive({{"w", "FloatStorage", "../x", 12, 0, {1}, {1}}}), "missing");
        refused(archive({{"v", "FloatStorage", "0", 12, 0, {1}, {1}}, {"w", "IntStorage", "0", 12, 0, {1}, {1}}}),
                "two ways");
    }
    void other_archives_are_refused() {
        refused(zip_file({{"archive/version", "3\n"}}), "data.pkl");
        const std::string pickle = pickle_of({});
        refused(zip_file({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}}), "found 2");
        refused(zip_file({{"a/data.pkl", pickle}, {"a/byteorder", "big"}}), "big-endian");
        QCOMPARE(read(zip_file({{"data.pkl", pickle}})).size(), std::size_t{0});
    }
    void the_old_format_is_refused_with_a_way_out() {
        const Error error = expect_error(ErrorCode::BadFile, [&] {
            read(std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15));
        });
        QVERIFY(std::string(error.what()).find("PyTorch 1.6") != std::string::npos);
        QVERIFY(error.hint().find("torch.save") != std::string::npos);
    }
    void the_kind_of_a_file_is_told_from_its_start() {
        read(archive({}));
        QVERIFY(looks_like_pytorch_bin(folder_.path() / "pytorch_model.bin"));
        write_file(folder_.path() / "other.bin", "PK");
        QVERIFY(!looks_like_pytorch_bin(folder_.path() / "other.bin"));
        QVERIFY(!looks_like_pytorch_bin(folder_.path() / "missing.bin"));
    }
    /// Sums by Python's own pickle and zipfile modules.
    void values_equal_those_that_python_reads() {
        const auto file = fixture_path("hybrids/llama_mamba2_50_train/pytorch_model.bin");
        if (!std::filesystem::exists(file)) QSKIP("shared fixtures are not here");
        std::map<std::string, double> sums;
        for (const auto& [key, tensor] : read_pytorch_bin(file))
            sums[key] = tensor.to(at::kDouble).sum().item<double>();
        QVERIFY(std::abs(sums.at("lm_head.weight") + 73.3117207) < 1e-6);
        QVERIFY(std::abs(sums.at("model.layers.0.mamba.in_proj.weight") - 33.6203289) < 1e-6);
        QVERIFY(std::abs(sums.at("model.layers.0.mamba.conv1d.weight") - 106.852011) < 1e-6);
        QVERIFY(std::abs(sums.at("model.layers.0.mamba.conv1d.bias") - 2.34176254) < 1e-6);
    }
    void files_of_pytorch_are_read() {
        const std::vector<std::string> folders = {"decoders/llama_bin", "hybrids/llama_mamba1_50_train",
                                                  "hybrids/llama_mamba2_50_train"};
        for (const std::string& name : folders) {
            const auto folder = fixture_path(name);
            if (!std::filesystem::exists(folder)) QSKIP("shared fixtures are not here");
            const json config = read_json_file(folder / "config.json");
            std::map<std::string, at::Tensor> tensors;
            for (const auto& [key, tensor] : read_pytorch_bin(folder / "pytorch_model.bin")) tensors[key] = tensor;
            const at::Tensor embedding = tensors.at("model.embed_tokens.weight");
            QCOMPARE(embedding.size(0), get<std::int64_t>(config, "vocab_size", "config"));
            QCOMPARE(embedding.size(1), get<std::int64_t>(config, "hidden_size", "config"));
            for (const auto& [key, tensor] : tensors) QVERIFY2(at::isfinite(tensor).all().item<bool>(), key.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TstPickle)
#include "tst_pickle.moc"
