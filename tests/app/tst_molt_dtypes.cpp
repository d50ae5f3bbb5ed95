// --dtype: every kind of layer computes in every number format, near enough to float32, and really in that format.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/molt_process.h"
#include "tests/support/tiny_llama2c.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <cstring>

using namespace molt;

namespace {

/// The tensor "logits" of a safetensors file, which is float32 whatever the arithmetic was.
std::vector<float> read_logits(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QByteArray bytes = file.readAll();
    quint64 header = 0;
    std::memcpy(&header, bytes.constData(), sizeof(header));
    const qsizetype data = static_cast<qsizetype>(sizeof(header) + header);
    const QJsonObject entry = QJsonDocument::fromJson(bytes.mid(sizeof(header), static_cast<qsizetype>(header)))
                                  .object()["logits"]
                                  .toObject();
    const QJsonArray offsets = entry["data_offsets"].toArray();
    std::vector<float> values(static_cast<std::size_t>(offsets[1].toInt() - offsets[0].toInt()) / sizeof(float));
    std::memcpy(values.data(), bytes.constData() + data + offsets[0].toInt(), values.size() * sizeof(float));
    return values;
}

/// Root mean square of the difference over that of `a`.
double relative_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += std::pow(a[i] - b[i], 2);
        size += std::pow(a[i], 2);
    }
    return std::sqrt(difference / size);
}

}  // namespace

class TstMoltDtypes : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;
    std::unique_ptr<TinyLlama2c> tiny_;

    QString in(const QString& name) const { return folder_.filePath(name); }
    std::vector<float> logits(const QString& model, const QString& dtype, const QStringList& more = {}) const {
        const ProcessResult result = run_molt(QStringList{"logits", model, "--ids", "1,40,41,42,43,44,45,46", "--out",
                                                          in("logits"), "--overwrite", "--dtype", dtype} +
                                              more);
        if (result.status != 0) qWarning("%s", result.err.constData());
        return result.status == 0 ? read_logits(in("logits")) : std::vector<float>();
    }

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(folder_.isValid());
        tiny_ = std::make_unique<TinyLlama2c>(folder_.path().toStdString());
        for (const char* mixer : {"mamba1", "mamba2"}) {
            const ProcessResult made =
                run_molt({"convert", text(tiny_->model), in(mixer), "--mixer", mixer, "--attention", "0.5"});
            QVERIFY2(made.status == 0, made.err.constData());
        }
    }

    void every_model_computes_in_every_format_data() {
        QTest::addColumn<QString>("model");
        QTest::addRow("transformer") << text(tiny_->model);
        for (const char* mixer : {"mamba1", "mamba2"}) QTest::addRow("%s", mixer) << in(mixer);
    }
    void every_model_computes_in_every_format() {
        QFETCH(QString, model);
        const std::vector<float> exact = logits(model, "float32");
        QVERIFY(!exact.empty());
        QVERIFY(logits(model, "auto") == exact);
        // Half the distance of neighbouring numbers is 2^-9 (bfloat16), 2^-12 (float16), 2^-25 (float32).
        const std::vector<std::tuple<QString, double, double>> formats = {
            {"bfloat16", 1e-4, 0.05}, {"float16", 1e-5, 0.01}, {"float64", 1e-10, 1e-5}};
        for (const auto& [dtype, least, most] : formats) {
            const std::vector<float> whole = logits(model, dtype), windows = logits(model, dtype, {"--window", "3"});
            QCOMPARE(whole.size(), exact.size());
            QCOMPARE(windows.size(), exact.size());
            const double difference = relative_difference(exact, whole);
            QVERIFY2(difference > least && difference < most, qPrintable(QString::number(difference)));
            QVERIFY(relative_difference(exact, windows) < most);
        }
    }

    void every_model_writes_text_in_half_precision() {
        for (const QString& model : {text(tiny_->model), in("mamba1"), in("mamba2")}) {
            for (const char* dtype : {"bfloat16", "float16"}) {
                const ProcessResult result =
                    run_molt({"generate", model, "--prompt-ids", "1,40,41", "--tokenizer", text(tiny_->tokenizer),
                              "--max-tokens", "5", "--json", "--dtype", dtype});
                QVERIFY2(result.status == 0, result.err.constData());
                QVERIFY(!result.json()["ids"].toArray().isEmpty());
            }
        }
    }

    void describe_counts_the_bytes_of_the_format() {
        const auto bytes = [&](const char* dtype) {
            return run_molt({"describe", text(tiny_->model), "--json", "--dtype", dtype})
                .json()["tensor_bytes"]
                .toInt();
        };
        QVERIFY(bytes("float32") > 0);
        QCOMPARE(2 * bytes("bfloat16"), bytes("float32"));
    }

    void unknown_formats_are_refused_before_anything_is_read() {
        const ProcessResult result =
            run_molt({"logits", in("nothing"), "--ids", "1", "--out", in("x"), "--dtype", "int4"});
        QCOMPARE(result.status, 2);
        QVERIFY2(result.has_error_lines() && result.err.contains("bfloat16"), result.err.constData());
    }
};

QTEST_GUILESS_MAIN(TstMoltDtypes)
#include "tst_molt_dtypes.moc"
