// molt export as a black box: every layout, what is refused and why, whole folders or nothing.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fixtures.h"
#include "tests/support/molt_process.h"
#include "tests/support/tiny_llama2c.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

using namespace molt;
namespace fs = std::filesystem;

class TstMoltExport : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;
    std::unique_ptr<TinyLlama2c> tiny_;

    QString in(const QString& name) const { return folder_.filePath(name); }
    QString teacher() const { return text(tiny_->model); }
    QStringList left_overs() const { return QDir(folder_.path()).entryList({"*.partial*", "*.old-*"}); }

    void expect_failure(const ProcessResult& result, int status, const char* reason) {
        QVERIFY2(result.status == status, (QByteArray::number(result.status) + ": " + result.err).constData());
        QVERIFY2(result.has_error_lines() && result.err.contains(reason), result.err.constData());
    }
    void make_hybrid(const QString& name, const char* mixer, const char* attention) {
        const ProcessResult made =
            run_molt({"convert", teacher(), in(name), "--mixer", mixer, "--attention", attention});
        QVERIFY2(made.status == 0, made.err.constData());
    }
    /// Tensors without the file's header, which may order its metadata otherwise.
    QByteArray logits(const QString& model) {
        const QString out = model + ".logits";
        const ProcessResult made = run_molt({"logits", model, "--ids", "1,260,261,262,263", "--out", out});
        if (made.status != 0) qWarning("%s", made.err.constData());
        QFile file(out);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(folder_.isValid());
        tiny_ = std::make_unique<TinyLlama2c>(folder_.path().toStdString());
        make_hybrid("one", "mamba1", "0.5");
        make_hybrid("two", "mamba2", "0.5");
    }

    void every_layout_that_can_be_read_again_computes_the_same_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("layout");
        QTest::newRow("teacher") << ""
                                 << "hf";
        for (const char* model : {"one", "two"})
            for (const char* layout : {"hf", "mamba-in-llama", "mamba-in-llama-inference"})
                QTest::addRow("%s %s", model, layout) << model << layout;
    }
    void every_layout_that_can_be_read_again_computes_the_same() {
        QFETCH(QString, model);
        QFETCH(QString, layout);
        const QString source = model.isEmpty() ? teacher() : in(model);
        const QString out = in("again-" + model + layout);
        const ProcessResult made =
            run_molt({"export", source, out, "--layout", layout, "--shard-bytes", "20000", "--json"});
        QVERIFY2(made.status == 0, made.err.constData());
        const QJsonObject document = made.json();
        QCOMPARE(document["layout"].toString(), layout);
        const QJsonArray files = document["files"].toArray();
        QVERIFY(files.size() > 1 && QFile::exists(out + "/model.safetensors.index.json"));
        qint64 bytes = 0;
        for (const auto& file : files) bytes += QFileInfo(out + "/" + file.toString()).size();
        QVERIFY(bytes > document["tensor_bytes"].toInteger() && document["tensor_bytes"].toInteger() > 0);
        const QByteArray expected = logits(source);
        QVERIFY(!expected.isEmpty());
        QCOMPARE(logits(out), expected);
        QFile::remove(source + ".logits");
        for (const char* name : {"config.json", "generation_config.json", "tokenizer.bin", "README.md"})
            QVERIFY2(QFile::exists(out + "/" + name), name);
        const bool hybrid = !model.isEmpty();
        QCOMPARE(QFile::exists(out + "/mamba_config.json"), hybrid);
        QCOMPARE(QFile::exists(out + "/modeling_molt_hybrid.py"), hybrid && layout == "hf");
    }

    void stock_classes_name_themselves_and_their_version() {
        for (const auto& [layout, name] : {std::pair{"falcon-h1", "FalconH1ForCausalLM"},
                                           std::pair{"granite-hybrid", "GraniteMoeHybridForCausalLM"}}) {
            const ProcessResult made = run_molt({"export", in("two"), in(layout), "--layout", layout, "--json"});
            QVERIFY2(made.status == 0, made.err.constData());
            QCOMPARE(made.json()["architecture"].toString(), QString(name));
            QVERIFY(!made.json()["minimum_transformers"].toString().isEmpty());
            QFile card(in(QString(layout) + "/README.md"));
            QVERIFY(card.open(QIODevice::ReadOnly));
            QVERIFY(card.readAll().contains(name));
        }
    }

    void the_element_type_is_chosen() {
        const ProcessResult made = run_molt({"export", in("two"), in("half"), "--dtype", "bfloat16", "--json"});
        QVERIFY2(made.status == 0, made.err.constData());
        QCOMPARE(made.json()["dtype"].toString(), QString("bfloat16"));
        QCOMPARE(run_molt({"describe", in("half"), "--json"}).json()["dtype"].toString(), QString("bfloat16"));
        QVERIFY(QFileInfo(in("half/model.safetensors")).size() <
                QFileInfo(in("two/model.safetensors")).size() * 6 / 10);
    }

    void the_model_card_shows_an_evaluation() {
        QFile results(in("results.json"));
        QVERIFY(results.open(QIODevice::WriteOnly));
        results.write(R"({"results":[{"task":"kl","metric":"nats","value":0.25,"stderr":0.01,"n":64}]})");
        results.close();
        const QStringList call{"export", in("two"), in("evaluated"), "--evaluation"};
        QCOMPARE(run_molt(call + QStringList{in("results.json")}).status, 0);
        QFile card(in("evaluated/README.md"));
        QVERIFY(card.open(QIODevice::ReadOnly));
        QVERIFY(card.readAll().contains("| kl | nats | 0.25 | 0.01 | 64 |"));
        expect_failure(run_molt({"export", in("two"), in("never"), "--evaluation", in("two/config.json")}), 4,
                       "results");
    }

    void what_a_layout_cannot_hold_is_refused_with_the_reason() {
        const ProcessResult one = run_molt({"export", in("one"), in("never"), "--layout", "falcon-h1", "--json"});
        expect_failure(one, 6, "Mamba-1");
        QCOMPARE(one.error_code(), QString("mismatch"));
        expect_failure(run_molt({"export", in("one"), in("never"), "--layout", "granite-hybrid"}), 6, "Mamba-1");
        for (const char* layout : {"falcon-h1", "granite-hybrid", "mamba-in-llama", "mamba-in-llama-inference"})
            expect_failure(run_molt({"export", teacher(), in("never"), "--layout", layout}), 6, "no Mamba layer");
        expect_failure(run_molt({"export", in("two"), in("never"), "--layout", "gguf"}), 2, "gguf");
        expect_failure(run_molt({"export", in("two"), in("never"), "--dtype", "int8"}), 2, "int8");
        expect_failure(run_molt({"export", in("two"), in("never"), "--shard-bytes", "0"}), 2, "shard-bytes");
        expect_failure(run_molt({"export", in("missing"), in("never")}), 3, "missing");
        QVERIFY(!QFile::exists(in("never")) && left_overs().isEmpty());
    }

    void damaged_weights_are_refused() {
        QVERIFY(QDir().mkpath(in("damaged")));
        for (const char* name : {"config.json", "mamba_config.json", "model.safetensors"})
            QVERIFY(QFile::copy(in(QString("two/") + name), in(QString("damaged/") + name)));
        QFile weights(in("damaged/model.safetensors"));
        QVERIFY(weights.open(QIODevice::ReadWrite));
        QVERIFY(weights.seek(weights.size() - 400));
        weights.write(QByteArray::fromHex("0000c07f"));
        weights.close();
        expect_failure(run_molt({"export", in("damaged"), in("never")}), 4, "not finite");
        QVERIFY(!QFile::exists(in("never")) && left_overs().isEmpty());
    }

    void an_existing_output_is_refused_unless_overwrite_is_given() {
        const QStringList call{"export", in("two"), in("twice")};
        QCOMPARE(run_molt(call).status, 0);
        QFile extra(in("twice/extra"));
        QVERIFY(extra.open(QIODevice::WriteOnly));
        expect_failure(run_molt(call), 2, "--overwrite");
        QVERIFY(QFile::exists(in("twice/extra")));
        QCOMPARE(run_molt(call + QStringList{"--overwrite"}).status, 0);
        QVERIFY(!QFile::exists(in("twice/extra")));
        QVERIFY(left_overs().isEmpty());
    }

    void a_full_disk_leaves_nothing_behind() {
        // 8 blocks of 512 bytes: less than the weights.
        expect_failure(run_shell("ulimit -f 8; $MOLT export '" + in("two") + "' '" + in("full") + "'"), 8, "");
        QVERIFY(!QFile::exists(in("full")) && left_overs().isEmpty());
    }

    void a_window_is_named_and_so_is_the_way_around_it() {
        const fs::path source = fixture_path("hybrids/mistral_mamba2_50_train");
        if (!fs::exists(source)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const QStringList call{"export", text(source), in("window"), "--layout", "falcon-h1"};
        const ProcessResult refused = run_molt(call);
        expect_failure(refused, 6, "window of 16");
        QVERIFY(refused.err.contains("--max-context 16"));
        const ProcessResult made = run_molt(call + QStringList{"--max-context", "16", "--json"});
        QVERIFY2(made.status == 0, made.err.constData());
        QVERIFY(made.json()["note"].toString().contains("16 tokens"));
    }
};

QTEST_GUILESS_MAIN(TstMoltExport)
#include "tst_molt_export.moc"
