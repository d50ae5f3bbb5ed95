// ZipArchive on files assembled by hand: what torch.save writes is read, every way of lying about it is refused.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/zip_archive.h"

#include <QtTest>

#include "core/base/text.h"
#include "tests/support/expect_error.h"
#include "tests/support/torch_file.h"

using namespace molt;
using namespace molt::testing;

class TstZipArchive : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;

    ZipArchive open(const std::string& bytes) {
        write_file(folder_.path() / "a.zip", bytes);
        return ZipArchive(MappedFile::open(folder_.path() / "a.zip"));
    }
    void refused(const std::string& bytes, const std::string& reason) {
        const Error error = expect_error(ErrorCode::BadFile, [&] { open(bytes); });
        QVERIFY2(std::string(error.what()).find(reason) != std::string::npos, error.what());
    }
    static std::string text_of(const ZipArchive& archive, const std::string& name) {
        const auto bytes = archive.entry(name);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    static std::string replaced(std::string bytes, std::size_t at, const std::string& with) {
        return bytes.replace(at, with.size(), with);
    }
    const std::vector<ZipEntry> two_ = {{"a/one", "first"}, {"a/two", "second one"}};

private Q_SLOTS:
    void stored_entries_are_read() {
        const ZipArchive archive = open(zip_file(two_));
        QCOMPARE(archive.entries().size(), std::size_t{2});
        QCOMPARE(text_of(archive, "a/one"), std::string("first"));
        QCOMPARE(text_of(archive, "a/two"), std::string("second one"));
        expect_error(ErrorCode::BadFile, [&] { archive.entry("a/three"); });
        QCOMPARE(open(zip_file({})).entries().size(), std::size_t{0});
    }
    void data_keeps_its_alignment() {
        const ZipArchive archive = open(zip_file(two_));
        QCOMPARE(reinterpret_cast<std::uintptr_t>(archive.entry("a/two").data()) % 64, std::uintptr_t{0});
    }
    void zip64_sizes_and_end_records_are_read() {
        std::vector<ZipEntry> wide = two_;
        wide[1].zip64 = true;
        QCOMPARE(text_of(open(zip_file(wide, 64, true)), "a/two"), std::string("second one"));
    }
    void a_comment_behind_the_end_is_allowed() {
        std::string bytes = zip_file(two_);
        bytes.replace(bytes.size() - 2, 2, little_endian(std::uint16_t{5}));
        QCOMPARE(open(bytes + "hello").entries().size(), std::size_t{2});
    }
    void every_truncation_is_refused() {
        const std::string bytes = zip_file(two_);
        for (std::size_t size = 1; size < bytes.size(); size += 5)
            expect_error(ErrorCode::BadFile, [&] { open(bytes.substr(0, size)); });
    }
    void compressed_and_encrypted_entries_are_refused() {
        refused(zip_file({{"a", "xyz", 8}}), "compressed");
        refused(zip_file({{"a", "xyz", 0, 1}}), "encrypted");
    }
    void lies_about_counts_and_places_are_refused() {
        const std::string bytes = zip_file(two_);
        const std::size_t end = bytes.size() - 22;
        refused(replaced(bytes, end + 10, "\xf0\x0f"), "fewer entries");
        refused(replaced(bytes, end + 10, little_endian(std::uint16_t{1})), "another size");
        refused(replaced(bytes, end + 16, "\xff\xff\xff\x7f"), "leaves the file");
        refused(replaced(bytes, end + 4, little_endian(std::uint16_t{1})), "several files");
        const std::size_t directory = bytes.find("PK\x01\x02");
        refused(replaced(bytes, directory + 20, "\xff\xff\xff\x7f\xff\xff\xff\x7f"), "leaves the file");
        refused(replaced(bytes, directory + 28, little_endian(std::uint16_t{60000})), "leaves it");
        refused(replaced(bytes, directory + 42, "\xff\xff\xff\x7f"), "local header");
    }
    void huge_zip64_numbers_are_refused() {
        std::vector<ZipEntry> wide = two_;
        wide[0].zip64 = true;
        const std::string bytes = zip_file(wide, 64, true);
        const std::size_t end64 = bytes.find("PK\x06\x06"),
                          field = bytes.find(little_endian(std::uint16_t{24}), bytes.find("PK\x01\x02"));
        refused(replaced(bytes, end64 + 32, std::string(8, '\xff')), "zip entries");
        refused(replaced(bytes, end64 + 48, std::string(8, '\xff')), "leaves the file");
        refused(replaced(bytes, field + 2, std::string(16, '\xff')), "leaves the file");
        refused(replaced(bytes, field + 18, std::string(8, '\xff')), "local header");
        refused(replaced(bytes, field, little_endian(std::uint16_t{8})), "too short");
        refused(replaced(bytes, bytes.size() - 22 - 12, std::string(8, '\x7f')), "end record is damaged");
    }
    void overlapping_and_repeated_entries_are_refused() {
        std::string bytes = zip_file({{"a", "same bytes"}, {"b", "same bytes"}});
        const std::size_t second = bytes.find("PK\x01\x02", bytes.find("PK\x01\x02") + 1);
        std::string aliased = replaced(bytes, second + 42, little_endian(std::uint32_t{0}));
        aliased.replace(second + 46, 1, "a");
        refused(aliased, "twice");
        refused(replaced(bytes, bytes.find("PK\x01\x02") + 20,
                         little_endian(std::uint32_t{70}) + little_endian(std::uint32_t{70})),
                "overlap");
        refused(zip_file({{"a", "1"}, {"a", "2"}}), "twice");
    }
    void a_local_header_with_another_name_is_refused() {
        ZipEntry entry{"abc", "data"};
        entry.local_name = "abd";
        refused(zip_file({entry}), "another name");
    }
};

QTEST_GUILESS_MAIN(TstZipArchive)
#include "tst_zip_archive.moc"
