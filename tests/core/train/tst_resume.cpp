// Kill test: a run in a process of its own is killed with SIGKILL at random moments and resumed, until it is done; its
// losses and its final weights equal those of an uninterrupted run bit for bit.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include "core/train/run_pipeline.h"

#include <QProcess>
#include <QtTest>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>

#include "core/base/files.h"
#include "core/model/checkpoint.h"
#include "core/spec/recipe.h"
#include "core/train/trainer_state.h"
#include "tests/support/recording_sink.h"
#include "tests/support/tiny_world.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSteps = 30;
constexpr int kKills = 8;
constexpr unsigned kSeed = 20;

Wish go_on() { return Wish::Run; }

/// Prints every loss with all its bits as soon as it is known.
class PrintingSink : public RunEventSink {
public:
    void emit(RunEvent event) noexcept override {
        const auto* metrics = std::get_if<StepMetrics>(&event.body);
        if (metrics == nullptr) return;
        for (const auto& [key, value] : metrics->values) {
            if (key == "loss" || key == "eval/kl") {
                std::printf("%s %lld %a\n", key.c_str(), static_cast<long long>(metrics->step), value);
            }
        }
        std::fflush(stdout);
    }
};

/// The child: goes on from the newest checkpoint, or starts.
int run_child(const fs::path& recipe, const fs::path& run_folder) {
    PrintingSink sink;
    run_pipeline(load_recipe(recipe), run_folder, sink, go_on, newest_checkpoint(run_folder));
    std::puts("done");
    return 0;
}

using Trace = std::map<std::string, std::string>;  // "loss 7" -> value with all bits

/// Adds a line of the child; false if the same point had another value before.
bool add_line(Trace& trace, const QByteArray& line) {
    const QList<QByteArray> words = line.trimmed().split(' ');
    if (words.size() != 3) return true;
    const std::string key = (words[0] + ' ' + words[1]).toStdString(), value = words[2].toStdString();
    const auto [place, added] = trace.emplace(key, value);
    return added || place->second == value;
}

}  // namespace

class TstResume : public QObject {
    Q_OBJECT

    TemporaryFolder folder_;
    TinyWorld world_{folder_.path(), 5000};  // several epochs, so that the teacher's states are kept

    /// Two stages, so that kills also hit the change from one to the next.
    fs::path write_recipe(const fs::path& teacher) {
        RunConfig config = world_.distill(teacher, kSteps);
        config.deterministic = true;
        config.threads = 2;
        config.stages[0].evaluate_every = 7;
        config.stages[0].accumulation = 2;
        config.stages.push_back(world_.stage("pretrain", kSteps));
        for (StageConfig& stage : config.stages) {
            stage.checkpoint_every = 3;
            stage.weight_decay = 0.01;
            stage.warmup_steps = 4;
        }
        const fs::path path = folder_.path() / "recipe.json";
        write_file(path, recipe_to_json(config).dump(1));
        return path;
    }

    /// Runs the child; kills it after `lines` lines (never if negative). True if it came to its end.
    bool run(const fs::path& recipe, const fs::path& run_folder, int lines, Trace& trace) {
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(QCoreApplication::applicationFilePath(),
                    {"--child", QString::fromStdString(recipe.string()), QString::fromStdString(run_folder.string())});
        bool finished = false, consistent = true;
        while (child.state() != QProcess::NotRunning || child.canReadLine()) {
            if (!child.canReadLine() && !child.waitForReadyRead(60000)) child.waitForFinished(60000);
            while (child.canReadLine()) {
                const QByteArray line = child.readLine();
                finished = finished || line == "done\n";
                consistent = consistent && add_line(trace, line);
                if (lines >= 0 && lines-- == 0) child.kill();
            }
        }
        if (!consistent) qWarning("a repeated step gave another value");
        return finished && consistent;
    }

private Q_SLOTS:
    void a_killed_and_resumed_run_equals_an_uninterrupted_one() {
        RunConfig teacher = world_.pretrain(10);
        RecordingSink ignored;
        const fs::path model = run_pipeline(teacher, folder_.path() / "teacher", ignored, go_on, std::nullopt).model;
        const fs::path recipe = write_recipe(model), whole = folder_.path() / "whole",
                       killed = folder_.path() / "killed";

        Trace expected, found;
        QVERIFY(run(recipe, whole, -1, expected));
        QCOMPARE(expected.size(), std::size_t{2 * kSteps + 1 + 5});

        std::mt19937 random(kSeed);
        int kills = 0;
        bool finished = false;
        while (!finished) {
            const int lines = kills < kKills ? static_cast<int>(random() % 12) : -1;
            finished = run(recipe, killed, lines, found);
            kills += finished ? 0 : 1;
            QVERIFY2(kills <= kKills, "an attempt that was not to be killed did not finish");
        }
        qInfo("%d kills, seed %u", kills, kSeed);
        QVERIFY(kills >= 3);
        QVERIFY(found == expected);

        const ParamSet a = Checkpoint::load(whole / "final").params, b = Checkpoint::load(killed / "final").params;
        for (const auto& [name, tensor] : a.all()) QVERIFY2(at::equal(tensor, b.at(name)), name.c_str());
    }
};

}  // namespace molt

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view(argv[1]) == "--child") return molt::run_child(argv[2], argv[3]);
    const QCoreApplication application(argc, argv);
    molt::TstResume test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_resume.moc"
