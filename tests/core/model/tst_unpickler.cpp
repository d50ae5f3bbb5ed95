// The restricted unpickler: descriptions of tensors come out, everything else is refused and named.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/unpickler.h"

#include <QtTest>

#include "tests/support/expect_error.h"
#include "tests/support/torch_file.h"

using namespace molt;
using namespace molt::testing;

class TstUnpickler : public QObject {
    Q_OBJECT

    static std::vector<std::pair<std::string_view, PickledTensor>> read(const std::string& pickle) {
        return unpickle_tensors(std::as_bytes(std::span(pickle.data(), pickle.size())), "file");
    }
    static void refused(const std::string& pickle, const std::string& reason) {
        const Error error = expect_error(ErrorCode::BadFile, [&] { read(pickle); });
        QVERIFY2(std::string(error.what()).find(reason) != std::string::npos, error.what());
    }
    const TorchTensor tensor_{"w", "BFloat16Storage", "7", 24, 4, {2, 3}, {3, 1}};

private Q_SLOTS:
    void a_tensor_is_described() {
        const std::string pickle = pickle_of({tensor_, {"b", "HalfStorage", "8", 0, 0, {0}, {1}}});
        const auto all = read(pickle);
        QCOMPARE(all.size(), std::size_t{2});
        QVERIFY(all[0].first == "w" && all[1].first == "b");
        QVERIFY(all[0].second.dtype == at::kBFloat16 && all[1].second.dtype == at::kHalf);
        QVERIFY(all[0].second.storage == "7");
        QCOMPARE(all[0].second.storage_elements, std::int64_t{24});
        QCOMPARE(all[0].second.offset, std::int64_t{4});
        QVERIFY((all[0].second.sizes == std::vector<std::int64_t>{2, 3} &&
                 all[0].second.strides == std::vector<std::int64_t>{3, 1}));
    }
    void every_storage_type_has_its_dtype() {
        const std::vector<std::pair<std::string, at::ScalarType>> types = {
            {"DoubleStorage", at::kDouble}, {"FloatStorage", at::kFloat}, {"LongStorage", at::kLong},
            {"IntStorage", at::kInt},       {"ShortStorage", at::kShort}, {"CharStorage", at::kChar},
            {"ByteStorage", at::kByte},     {"BoolStorage", at::kBool}};
        for (const auto& [name, dtype] : types) {
            const std::string pickle = pickle_of({{"w", name, "0", 1, 0, {}, {}}});
            QVERIFY(read(pickle)[0].second.dtype == dtype);
        }
    }
    void memo_lists_and_metadata_are_understood() {
        const std::string ordered = pickle_name("collections", "OrderedDict") + ")R";
        const std::string list =
            "](K\x01Ne]K\x05"
            "aa";
        const std::string metadata = "}(" + pickle_text("_metadata") + ordered + pickle_text("list") + list + "ub";
        QCOMPARE(read("\x80\x02" + ordered + "q\x05(" + pickle_text("w") + pickle_tensor(tensor_) + "r" +
                      little_endian(9u) + "u" + pickle_text("again") + "j" + little_endian(9u) + "s" + metadata + ".")
                     .size(),
                 std::size_t{2});
        const std::string parameter =
            pickle_name("torch._utils", "_rebuild_parameter") + "(" + pickle_tensor(tensor_) + "\x88" + ordered + "tR";
        QCOMPARE(read("\x80\x02}" + pickle_text("w") + parameter + "s.")[0].second.storage_elements, std::int64_t{24});
    }
    void python_objects_are_refused_by_name() {
        refused("\x80\x02" + pickle_name("os", "system") + pickle_text("true") + "\x85R.", "os.system");
        refused("\x80\x02" + pickle_name("torch", "FloatStorage\xff") + ".", "torch.FloatStorage");
        refused(std::string("\x80\x02}\x81."), "opcode 129");
        refused(
            "\x80\x02(i"
            "os\nsystem\n.",
            "opcode 105");
    }
    void other_protocols_and_ends_are_refused() {
        refused("\x80\x04}.", "protocol");
        refused("}.", "protocol");
        refused("", "ends in the middle");
        refused("\x80\x02}.}", "behind the end");
        refused("\x80\x02N.", "dictionary of tensors");
        refused("\x80\x02}}.", "dictionary of tensors");
        refused("\x80\x02}" + pickle_text("k") + "K\x01s.", "k is no tensor");
        refused("\x80\x02}K\x01" + pickle_tensor(tensor_) + "s.", "no text");
        refused(pickle_of({tensor_, tensor_}), "twice");
    }
    void every_truncation_is_refused() {
        const std::string pickle = pickle_of({tensor_});
        for (std::size_t size = 0; size < pickle.size(); ++size)
            expect_error(ErrorCode::BadFile, [&] { read(pickle.substr(0, size)); });
    }
    void stacks_that_do_not_fit_are_refused() {
        for (const char* body : {"R", "Q", "t", "u", "s", "e", "a", "b", "\x85", "(\x87", "(R", "q\x01", "h\x01",
                                 "K\x01K\x01u", "N(N", "Ns", "}(Nu", "}NRs"}) {
            expect_error(ErrorCode::BadFile, [&] { read(std::string("\x80\x02") + body + "."); });
        }
        // Below an open group nothing may be taken away.
        refused("\x80\x02}NN(st.", "more from its stack");
        refused("\x80\x02]N(at.", "more from its stack");
        refused(std::string("\x80\x02}r\xff\xff\xff\xff."), "too many");
    }
    void numbers_out_of_range_are_refused() {
        refused(pickle_of({{"w", "FloatStorage", "0", -1, 0, {}, {}}}), "damaged");
        refused(pickle_of({{"w", "FloatStorage", "0", 1, -1, {}, {}}}), "damaged");
        refused(pickle_of({{"w", "FloatStorage", "0", 1, 0, {-1}, {1}}}), "negative");
        refused(pickle_of({{"w", "FloatStorage", "0", 1, 0, {1}, {-1}}}), "negative");
        refused(pickle_of({{"w", "FloatStorage", "0", 1, 0, {1}, {}}}), "damaged");
        refused(pickle_of({{"w", "FloatStorage", "0", 1, 0, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {}}}), "9 dimensions");
        refused("\x80\x02\x8a\x09" + std::string(9, '\x01') + ".", "64 bits");
    }
    void bombs_are_refused() {
        refused("\x80\x02" + std::string(600'000, '}') + ".", "values");
        refused("\x80\x02" + std::string(3'000'000, '(') + ".", "opcodes");
        std::string doubling = "\x80\x02)q";
        doubling += '\0';
        for (int i = 0; i < 100'000; ++i) doubling += std::string("h\0h\0\x86q\0", 7);
        expect_error(ErrorCode::BadFile, [&] { read(doubling + "."); });
        std::string itself = std::string("\x80\x02}q\0", 5) + pickle_text("me") + std::string("h\0s.", 4);
        refused(itself, "me is no tensor");
        std::string many = std::string("\x80\x02") + pickle_name("torch._utils", "_rebuild_tensor_v2") +
                           std::string("q\0(", 3) + pickle_storage(tensor_) + pickle_int(0) + ")))" + "tq\1";
        for (int i = 0; i < 40'000; ++i) many += std::string("h\0h\1R", 5);
        refused(many + ".", "tensors");
    }
};

QTEST_GUILESS_MAIN(TstUnpickler)
#include "tst_unpickler.moc"
