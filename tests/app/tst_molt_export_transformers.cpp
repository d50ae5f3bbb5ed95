// Exported folders in unmodified transformers: the logits and the greedy text of molt itself. Needs PyPI transformers
// and torch. SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "tests/support/fixtures.h"
#include "tests/support/molt_process.h"
#include "tests/support/pyref.h"
#include "tests/support/tiny_llama2c.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <cstring>

using namespace molt;
namespace fs = std::filesystem;

namespace {

constexpr int kNewTokens = 12;

/// The float32 tensor "logits" of a file that holds nothing else.
std::vector<float> read_logits(const fs::path& path) {
    const std::string bytes = read_file(path);
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof(header));
    std::vector<float> values((bytes.size() - sizeof(header) - header) / sizeof(float));
    std::memcpy(values.data(), bytes.data() + sizeof(header) + header, values.size() * sizeof(float));
    return values;
}

}  // namespace

class TstMoltExportTransformers : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;
    std::string python_;
    json cases_ = json::array();
    std::vector<QString> sources_;

    QString in(const QString& name) const { return folder_.filePath(name); }

    /// Exports and remembers what transformers is to be asked.
    void add_case(const QString& source, const QString& layout, const std::vector<int>& ids) {
        const QString out = in(QString("out-%1").arg(sources_.size()));
        const ProcessResult made = run_molt({"export", source, out, "--layout", layout, "--json"});
        QVERIFY2(made.status == 0, made.err.constData());
        cases_.push_back({{"folder", out.toStdString()},
                          {"minimum_transformers", made.json()["minimum_transformers"].toString().toStdString()},
                          {"ids", ids},
                          {"tokens", kNewTokens}});
        sources_.push_back(source);
    }

    void compare(std::size_t index, const json& found) {
        const json& asked = cases_[index];
        const QByteArray where =
            QByteArray::fromStdString(asked.at("folder").get<std::string>()) + " of " + sources_[index].toUtf8();
        if (found.contains("skipped")) {
            qInfo("%s: %s", where.constData(), found.at("skipped").get<std::string>().c_str());
            return;
        }
        QVERIFY2(found.at("loading").empty(),
                 (where + QByteArray::fromStdString(found.at("loading").dump())).constData());
        QStringList ids;
        for (const json& id : asked.at("ids")) ids += QString::number(id.get<int>());
        const QString out = in(QString("logits-%1").arg(index));
        QCOMPARE(run_molt({"logits", sources_[index], "--ids", ids.join(','), "--out", out}).status, 0);
        const std::vector<float> expected = read_logits(out.toStdString());
        const auto logits = found.at("logits").get<std::vector<double>>();
        QCOMPARE(logits.size(), expected.size());
        double worst = 0;
        for (std::size_t i = 0; i < logits.size(); ++i)
            worst = std::max(worst, std::abs(logits[i] - static_cast<double>(expected[i])));
        qInfo("%s: %s, largest difference %.2e", where.constData(), found.at("class").get<std::string>().c_str(),
              worst);
        QVERIFY2(worst <= 1e-4, where.constData());
        if (found.at("class") == "MoltHybridForCausalLM") QVERIFY(found.at("padding_difference").get<double>() <= 1e-4);
        const QJsonObject text = run_molt({"generate", sources_[index], "--prompt-ids", ids.join(','), "--max-tokens",
                                           QString::number(kNewTokens), "--temperature", "0", "--ignore-eos", "--json"})
                                     .json();
        json greedy = json::array();
        for (const auto& id : text["ids"].toArray()) greedy.push_back(id.toInt());
        QCOMPARE(found.at("greedy").dump(), greedy.dump());
    }

private Q_SLOTS:
    void initTestCase() {
        python_ = testing::python_with("torch, transformers");
        if (python_.empty()) QSKIP("PyPI transformers and torch are absent (build/pyref or MOLT_PYREF)");
        const TinyLlama2c tiny(folder_.path().toStdString());
        const std::vector<int> ids{1, 260, 265, 270, 3, 285, 261, 262, 280, 277, 264};
        add_case(text(tiny.model), "hf", ids);
        // One of each kind in one model; the file's plan wins over --mixer.
        write_file((folder_.path() + "/plan.json").toStdString(),
                   R"({"mixers": ["mamba1", "attention", "mamba2", "mamba1"]})");
        const auto convert = [&](const QString& name, const QStringList& how) {
            const ProcessResult made = run_molt(QStringList{"convert", text(tiny.model), in(name)} + how);
            QVERIFY2(made.status == 0, made.err.constData());
        };
        convert("mixed", {"--mixer", "mamba2", "--placement", in("plan.json")});
        convert("one", {"--mixer", "mamba1", "--attention", "0.25"});
        convert("after", {"--mixer", "mamba1", "--attention", "0.5", "--kv-repeat", "after-conv"});
        convert("two", {"--mixer", "mamba2", "--attention", "0.5"});
        convert("before", {"--mixer", "mamba2", "--attention", "0.5", "--kv-repeat", "before-conv"});
        convert("none", {"--mixer", "mamba2", "--attention", "0"});
        for (const char* name : {"mixed", "one", "after", "two", "none"}) add_case(in(name), "hf", ids);
        for (const char* name : {"two", "before", "none"})
            for (const char* layout : {"falcon-h1", "granite-hybrid"}) add_case(in(name), layout, ids);
        for (const char* name : {"decoders/llama32", "decoders/mistral", "decoders/qwen2", "decoders/qwen3",
                                 "hybrids/mistral_mamba1_50_train"}) {
            if (fs::exists(fixture_path(name)))
                add_case(text(fixture_path(name)), "hf",
                         {1, 5, 200, 44, 27, 9, 101, 2, 77, 14, 33, 8, 90, 61, 250, 4, 19, 70, 35});
        }
    }

    void exports_compute_what_molt_computes() {
        const json answer = testing::ask_python(python_, "transformers_reference.py", {}, {{"cases", cases_}});
        qInfo("transformers %s", answer.at("version").get<std::string>().c_str());
        QCOMPARE(answer.at("cases").size(), cases_.size());
        for (std::size_t i = 0; i < cases_.size(); ++i) compare(i, answer.at("cases")[i]);
    }
};

QTEST_GUILESS_MAIN(TstMoltExportTransformers)
#include "tst_molt_export_transformers.moc"
