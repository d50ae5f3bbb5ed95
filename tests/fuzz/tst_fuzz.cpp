// Every reader against 5,000 hostile files each: an Error with exit code 3 to 6 or success, in bounded memory and time.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Usage: tst_fuzz [ctest's arguments]; MOLT_FUZZ_COUNT and MOLT_FUZZ_SEED change the number of files and the seed.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <QtTest>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "tests/fuzz/targets.h"
#include "tests/support/heap_meter.h"
#include "tests/support/mutate.h"

using namespace molt;
using namespace molt::testing;

namespace {

constexpr std::size_t kFixedAllowance = std::size_t{64} << 20;
/// Processor time, so that a busy machine is not mistaken for a hang.
constexpr int kSecondsPerFile = 2;

std::int64_t number_from(const char* variable, std::int64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoll(text);
}

void on_hang(int) {
    constexpr std::string_view kLine =
        "tst_fuzz: a reader takes more than 2 s; its file is the newest under the temporary folder\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, kLine.data(), kLine.size());
    std::abort();
}

void set_watchdog(int seconds) {
    itimerval timer{};
    timer.it_value.tv_sec = seconds;
    setitimer(ITIMER_PROF, &timer, nullptr);
}

/// A new file each time: ext4 waits for the disk when a file is overwritten.
void store(const std::filesystem::path& path, const std::string& bytes) {
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The exit code of one reading, 0 for success; nullopt and `complaint` if a rule was broken.
std::optional<int> exit_code(const FuzzTarget& target, const std::filesystem::path& folder, std::size_t bytes,
                             std::string* complaint) {
    int code = 0;
    set_watchdog(kSecondsPerFile);
    start_heap_meter(2 * bytes + kFixedAllowance);
    try {
        target.read(folder);
    } catch (const Error& error) {
        code = static_cast<int>(error.code());
        if (code < 3 || code > 6) *complaint = join("exit code ", code, ": ", error.what());
    } catch (const std::exception& error) {
        *complaint = join("foreign exception: ", error.what());
    }
    const HeapReport report = stop_heap_meter();
    set_watchdog(0);
    if (report.refused)
        *complaint = join("asked for more than ", 2 * bytes + kFixedAllowance, " bytes for a file of ", bytes);
    return complaint->empty() ? std::optional(code) : std::nullopt;
}

}  // namespace

class TstFuzz : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        log::set_level(log::Level::Error);
        signal(SIGPROF, on_hang);
    }
    void the_meter_counts_and_refuses() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("the sanitizer's malloc is in use");
#endif
        start_heap_meter(1 << 20);
        const std::vector<char> small(1 << 19);
        bool refused = false;
        try {
            const std::vector<char> large(1 << 20);
        } catch (const std::bad_alloc&) {
            refused = true;
        }
        const HeapReport report = stop_heap_meter();
        QVERIFY(refused && report.refused && report.peak_bytes >= small.size());
    }
    void hostile_files_are_refused_or_read_data() {
        QTest::addColumn<int>("index");
        int index = 0;
        for (const FuzzTarget& target : all_fuzz_targets()) QTest::newRow(target.name.c_str()) << index++;
    }
    void hostile_files_are_refused_or_read() {
        QFETCH(const int, index);
        static const std::vector<FuzzTarget> targets = all_fuzz_targets();
        const FuzzTarget& target = targets[static_cast<std::size_t>(index)];
        const TemporaryFolder folder;
        if (target.prepare) target.prepare(folder.path());
        for (const std::string& original : target.originals) {
            store(folder.path() / target.file, original);
            target.read(folder.path());
        }
        const auto seed = static_cast<std::uint64_t>(number_from("MOLT_FUZZ_SEED", 1));
        Mutator mutator(target.originals, seed);
        std::array<int, 7> codes{};
        for (std::int64_t i = 0, count = number_from("MOLT_FUZZ_COUNT", 5000); i < count; ++i) {
            const std::string bytes = mutator.next();
            store(folder.path() / target.file, bytes);
            std::string complaint;
            const std::optional<int> code = exit_code(target, folder.path(), bytes.size(), &complaint);
            if (!code) {
                const std::string kept = join(MOLT_BINARY_DIR, "/fuzz-", target.name, "-", seed, "-", i);
                store(kept, bytes);
                QFAIL(join("file ", i, " (kept as ", kept, "): ", complaint).c_str());
            }
            ++codes[static_cast<std::size_t>(*code)];
        }
        qInfo("read %d, not found %d, bad file %d, bad config %d, mismatch %d", codes[0], codes[3], codes[4], codes[5],
              codes[6]);
        QVERIFY2(codes[3] + codes[4] + codes[5] + codes[6] > 0, "no file was refused: the mutations do nothing");
    }
};

QTEST_GUILESS_MAIN(TstFuzz)
#include "tst_fuzz.moc"
