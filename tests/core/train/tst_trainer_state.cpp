// Tests of core/train/trainer_state.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>

#include "core/train/trainer_state.h"

#include <QtTest>
#include <fstream>

#include "core/base/files.h"
#include "tests/support/expect_error.h"

namespace molt {

namespace fs = std::filesystem;

class TstTrainerState : public QObject {
    Q_OBJECT

    /// A whole checkpoint with one more file beside the trainer's.
    fs::path checkpoint(const fs::path& run_folder, std::int64_t step) {
        const fs::path path = checkpoint_path(run_folder, step);
        fs::create_directories(path);
        std::ofstream(path / "model.bin") << "weights";
        StateArchive archive;
        archive.tensors["moment"] = at::arange(6).view({2, 3}).to(at::kFloat);
        archive.values = {{"stage_index", 2}, {"loss", 0.1}};
        write_trainer_state(path, archive);
        return path;
    }

private Q_SLOTS:
    void what_is_written_is_read() {
        TemporaryFolder folder;
        const fs::path path = checkpoint(folder.path(), 12);
        QCOMPARE(path.filename().string(), std::string("step-00000012"));
        const StateArchive archive = read_trainer_state(path);
        QVERIFY(at::equal(archive.tensors.at("moment"), at::arange(6).view({2, 3}).to(at::kFloat)));
        QCOMPARE(archive.values["loss"].get<double>(), 0.1);
        QCOMPARE(checkpoint_stage(path), std::int64_t{2});
    }

    void damage_is_found_and_named_data() {
        QTest::addColumn<QString>("file");
        for (const char* name : {"model.bin", "trainer.safetensors"}) QTest::newRow(name) << name;
    }
    void damage_is_found_and_named() {
        QFETCH(QString, file);
        TemporaryFolder folder;
        const fs::path path = checkpoint(folder.path(), 1) / file.toStdString();
        const std::string bytes = read_file(path);
        std::string flipped = bytes;
        flipped.back() = static_cast<char>(flipped.back() ^ 1);
        for (const std::string& damaged : {flipped, bytes + "x", bytes.substr(1)}) {
            std::ofstream(path, std::ios::binary) << damaged;
            const Error error = expect_error(ErrorCode::BadFile, [&] { read_trainer_state(path.parent_path()); });
            QVERIFY2(std::string(error.what()).find(file.toStdString()) != std::string::npos, error.what());
        }
        fs::remove(path);
        expect_error(ErrorCode::BadFile, [&] { read_trainer_state(path.parent_path()); });
    }

    void wrong_documents_are_refused() {
        TemporaryFolder folder;
        const fs::path path = checkpoint(folder.path(), 1);
        for (const char* text :
             {"", "{}", "[]", "{\"format\": 2}", "{\"format\": 1}", "{\"format\": 1, \"values\": 3, \"files\": {}}",
              "{\"format\": 1, \"values\": {}, \"files\": []}",
              "{\"format\": 1, \"values\": {}, \"files\": {\"x\": 1}}"}) {
            std::ofstream(path / "trainer.json") << text;
            expect_error(ErrorCode::BadFile, [&] { read_trainer_state(path); });
        }
        fs::remove(path / "trainer.json");
        expect_error(ErrorCode::NotFound, [&] { read_trainer_state(path); });
    }

    void only_whole_checkpoints_are_listed_by_number() {
        TemporaryFolder folder;
        QVERIFY(!newest_checkpoint(folder.path()));
        for (const std::int64_t step : {100, 20, 123456789, 3}) checkpoint(folder.path(), step);
        fs::create_directories(folder.path() / "checkpoints" / "step-00000999");
        fs::create_directories(folder.path() / "checkpoints" / "step-00000500.partial-77");
        std::vector<std::string> names;
        for (const fs::path& path : list_checkpoints(folder.path())) names.push_back(path.filename().string());
        QCOMPARE(names,
                 (std::vector<std::string>{"step-00000003", "step-00000020", "step-00000100", "step-123456789"}));
        QCOMPARE(newest_checkpoint(folder.path())->filename().string(), std::string("step-123456789"));
        QCOMPARE(checkpoint_step(list_checkpoints(folder.path()).front()), std::int64_t{3});
    }

    void pruning_keeps_the_newest_and_sweeps_leftovers() {
        TemporaryFolder folder;
        for (const std::int64_t step : {1, 2, 3, 4}) checkpoint(folder.path(), step);
        const fs::path leftover = folder.path() / "checkpoints" / "step-00000500.partial-77";
        const fs::path other = folder.path() / "checkpoints" / "notes";
        fs::create_directories(leftover);
        fs::create_directories(other);
        prune_checkpoints(folder.path(), 0);
        QCOMPARE(list_checkpoints(folder.path()).size(), std::size_t{4});
        QVERIFY(!fs::exists(leftover));
        prune_checkpoints(folder.path(), 2);
        QCOMPARE(list_checkpoints(folder.path()).front().filename().string(), std::string("step-00000003"));
        QVERIFY(fs::exists(other));
    }

    void the_checksum_is_fnv_1a() {
        TemporaryFolder folder;
        std::ofstream(folder.path() / "a") << "foobar";
        std::ofstream(folder.path() / "b") << "";
        QCOMPARE(file_checksum(folder.path() / "a"), std::string("85944171f73967e8"));
        QCOMPARE(file_checksum(folder.path() / "b"), std::string("cbf29ce484222325"));
    }
};

}  // namespace molt

QTEST_GUILESS_MAIN(molt::TstTrainerState)
#include "tst_trainer_state.moc"
