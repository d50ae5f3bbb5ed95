// Pages that were given back: the bytes stay, the memory does not.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mapped_pages.h"

#include <QFile>
#include <QtTest>
#include <numeric>

using namespace molt;

namespace {

/// Resident file-backed memory of this process in KiB.
qint64 resident_file_kib() {
    QFile status("/proc/self/status");
    if (!status.open(QIODevice::ReadOnly)) return -1;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith("RssFile:")) return line.mid(8).trimmed().split(' ').front().toLongLong();
    }
    return -1;
}

std::size_t sum(const MappedFile& file) {
    return std::accumulate(
        file.bytes().begin(), file.bytes().end(), std::size_t{0},
        [](std::size_t total, std::byte value) { return total + std::to_integer<std::size_t>(value); });
}

}  // namespace

class TstMappedPages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void released_pages_are_read_again_and_do_not_count() {
        constexpr std::size_t size = std::size_t{32} << 20;
        const TemporaryFolder folder;
        write_file(folder.path() / "data", std::string(size, '\x01'));
        const auto file = MappedFile::open(folder.path() / "data");
        QCOMPARE(sum(*file), size);
        const qint64 before = resident_file_kib();
        release_pages(*file);
        if (before >= 0) QVERIFY(resident_file_kib() <= before - 24 * 1024);
        QCOMPARE(sum(*file), size);
    }

    void an_empty_file_has_nothing_to_give_back() {
        const TemporaryFolder folder;
        write_file(folder.path() / "data", "");
        const auto file = MappedFile::open(folder.path() / "data");
        release_pages(*file);
        QCOMPARE(file->bytes().size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TstMappedPages)
#include "tst_mapped_pages.moc"
