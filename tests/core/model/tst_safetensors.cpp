// safetensors: round trips of every element type, and headers that lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>

#include "core/base/files.h"
#include "core/model/safetensors.h"
#include "tests/support/expect_error.h"

#include <QtTest>
#include <cstring>

using namespace molt;

namespace {

std::string file_bytes(const std::string& header, std::size_t data_bytes) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + std::string(data_bytes, '\1');
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void every_element_type_survives_a_round_trip() {
        const TemporaryFolder temporary;
        std::vector<std::pair<std::string, at::Tensor>> tensors;
        for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort,
                                at::kChar, at::kByte, at::kBool}) {
            tensors.emplace_back(std::string("t") + c10::toString(type), at::arange(6).view({2, 3}).to(type));
        }
        tensors.emplace_back("transposed", at::randn({3, 5}).t());
        tensors.emplace_back("scalar", at::randn({}));
        tensors.emplace_back("empty", at::empty({0, 4}));
        write_safetensors(temporary.path() / "x.safetensors", tensors, {{"format", "pt"}, {"note", "a \"b\""}});
        const SafetensorsFile file = SafetensorsFile::open(temporary.path() / "x.safetensors");
        QCOMPARE(file.entries().size(), tensors.size());
        for (const auto& [name, tensor] : tensors) {
            QVERIFY2(file.tensor(name).equal(tensor) && file.tensor(name).scalar_type() == tensor.scalar_type(),
                     name.c_str());
        }
        QCOMPARE(file.metadata().at("note"), std::string("a \"b\""));
        expect_error(ErrorCode::BadFile, [&] { file.tensor("absent"); });
    }

    void a_tensor_outlives_the_file_object() {
        const TemporaryFolder temporary;
        write_safetensors(temporary.path() / "x.safetensors", {{"a", at::ones({4})}});
        const at::Tensor kept = SafetensorsFile::open(temporary.path() / "x.safetensors").tensor("a");
        QCOMPARE(kept.sum().item<float>(), 4.0F);
    }

    void data_that_is_not_aligned_is_copied() {
        const TemporaryFolder temporary;
        const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
        write_file(temporary.path() / "x.safetensors", file_bytes(header + (header.size() % 4 == 0 ? " " : ""), 4));
        const at::Tensor value = SafetensorsFile::open(temporary.path() / "x.safetensors").tensor("a");
        QCOMPARE(value.item<float>(), [] {
            float f;
            std::memcpy(&f, "\1\1\1\1", 4);
            return f;
        }());
    }

    void headers_that_lie_are_refused_data() {
        QTest::addColumn<QByteArray>("bytes");
        const auto add = [](const char* name, const std::string& bytes) {
            QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
        };
        const auto tensor = [](const std::string& inner) { return "{\"a\":{" + inner + "}}"; };
        add("nothing", "");
        add("short", "abc");
        add("length beyond the file", file_bytes("{}", 0).substr(0, 9));
        add("length beyond the limit", std::string("\xff\xff\xff\xff\xff\xff\xff\x7f") + "{}");
        add("no object", file_bytes("[]", 0));
        add("no JSON", file_bytes("{\"a\":", 0));
        add("truncated data", file_bytes(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 7));
        add("trailing data", file_bytes(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 9));
        add("hole", file_bytes(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8));
        add("backwards", file_bytes(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 4));
        add("shape too large", file_bytes(tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), 8));
        add("overflow", file_bytes(tensor(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0])"), 0));
        add("negative", file_bytes(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4));
        add("fraction", file_bytes(tensor(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])"), 4));
        add("unknown type", file_bytes(tensor(R"("dtype":"F8","shape":[4],"data_offsets":[0,4])"), 4));
        add("no offsets", file_bytes(tensor(R"("dtype":"F32","shape":[1])"), 4));
        add("three offsets", file_bytes(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,4])"), 4));
        add("metadata of numbers", file_bytes(R"({"__metadata__":{"a":1}})", 0));
        add("overlap",
            file_bytes(
                R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                4));
        add("twice",
            file_bytes(
                R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                0));
    }
    void headers_that_lie_are_refused() {
        QFETCH(QByteArray, bytes);
        const TemporaryFolder temporary;
        write_file(temporary.path() / "x.safetensors",
                   std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
        const Error error =
            expect_error(ErrorCode::BadFile, [&] { SafetensorsFile::open(temporary.path() / "x.safetensors"); });
        QVERIFY(std::string(error.what()).find("x.safetensors") != std::string::npos);
    }

    void a_folder_that_is_absent_cannot_be_written() {
        const TemporaryFolder temporary;
        expect_error(ErrorCode::WriteFailed, [&] {
            write_safetensors(temporary.path() / "no" / "x", {{"a", at::ones({1})}});
        });
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_safetensors.moc"
