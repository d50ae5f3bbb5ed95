// The commands about one model, as black boxes: describe, convert, tokenize, logits, generate; good and bad input.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fixtures.h"
#include "tests/support/molt_process.h"
#include "tests/support/tiny_llama2c.h"

#include <unistd.h>

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>
#include <cstring>

using namespace molt;
namespace fs = std::filesystem;

class TstMoltModels : public QObject {
    Q_OBJECT
private:
    QTemporaryDir folder_;
    std::unique_ptr<TinyLlama2c> tiny_;

    QString in(const QString& name) const { return folder_.filePath(name); }
    QString model() const { return text(tiny_->model); }

    void expect_failure(const ProcessResult& result, int status) {
        QVERIFY2(result.status == status, (QByteArray::number(result.status) + ": " + result.err).constData());
        QVERIFY2(result.has_error_lines(), result.err.constData());
    }
    void patch_model(const QString& name, const std::function<void(QByteArray&)>& change) {
        QFile source(model());
        QVERIFY(source.open(QIODevice::ReadOnly));
        QByteArray bytes = source.readAll();
        change(bytes);
        QFile target(in(name));
        QVERIFY(target.open(QIODevice::WriteOnly));
        target.write(bytes);
    }
    QStringList left_overs() const { return QDir(folder_.path()).entryList({"*.partial*", "*.old-*"}); }

private Q_SLOTS:
    void initTestCase() {
        QVERIFY(folder_.isValid());
        tiny_ = std::make_unique<TinyLlama2c>(folder_.path().toStdString());
    }

    void describe_says_what_a_model_is() {
        const ProcessResult result = run_molt({"describe", model(), "--json", "--tensors"});
        QCOMPARE(result.status, 0);
        const QJsonObject document = result.json();
        QCOMPARE(document["layout"].toString(), QString("llama2.c"));
        QCOMPARE(document["kind"].toString(), QString("transformer"));
        QCOMPARE(document["hidden_size"].toInt(), TinyLlama2c::kDim);
        QCOMPARE(document["vocab_size"].toInt(), TinyLlama2c::kVocab);
        QCOMPARE(document["layers"].toArray().size(), TinyLlama2c::kLayers);
        QCOMPARE(document["layers"].toArray()[1].toObject()["mixer"].toString(), QString("attention"));
        double elements = 0;
        for (const auto& tensor : document["tensors"].toArray()) {
            double size = 1;
            for (const auto& side : tensor.toObject()["shape"].toArray()) size *= side.toDouble();
            elements += size;
        }
        QCOMPARE(document["parameters"].toDouble(), elements);
        QCOMPARE(document["tensor_bytes"].toDouble(), 4 * elements);
    }

    void convert_keeps_the_layers_that_were_asked_for() {
        for (const auto& [mixer, attention, expected] :
             {std::tuple{"mamba2", "0.5", "mamba2 attention mamba2 attention"},
              std::tuple{"mamba1", "layers:3", "mamba1 mamba1 mamba1 attention"},
              std::tuple{"mamba2", "0", "mamba2 mamba2 mamba2 mamba2"}}) {
            const QString out = in(QString("hybrid-%1-%2").arg(mixer, QString(attention).replace(':', '_')));
            const ProcessResult made = run_molt(
                {"convert", model(), out, "--mixer", mixer, "--attention", attention, "--seed", "3", "--json"});
            QVERIFY2(made.status == 0, made.err.constData());
            QStringList layers;
            const QJsonObject described = run_molt({"describe", out, "--json"}).json();
            for (const auto& layer : described["layers"].toArray()) layers += layer.toObject()["mixer"].toString();
            QCOMPARE(layers.join(' '), QString(expected));
            QVERIFY(described["tokenizer"].isString());
        }
        QVERIFY(left_overs().isEmpty());
    }

    void pure_models_are_described_and_generate_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("layout");
        QTest::addColumn<QString>("mixer");
        QTest::newRow("mamba") << "mamba_transformers"
                               << "hf"
                               << "mamba1";
        QTest::newRow("mamba2") << "mamba2_transformers"
                                << "hf"
                                << "mamba2";
        QTest::newRow("original mamba") << "mamba_original"
                                        << "state-spaces"
                                        << "mamba1";
        QTest::newRow("original mamba2") << "mamba2_original"
                                         << "state-spaces"
                                         << "mamba2";
    }
    void pure_models_are_described_and_generate() {
        QFETCH(QString, name);
        QFETCH(QString, layout);
        QFETCH(QString, mixer);
        const fs::path path = fixture_path("pure") / name.toStdString();
        if (!fs::exists(path)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        const QJsonObject document = run_molt({"describe", text(path), "--json"}).json();
        QCOMPARE(document["kind"].toString(), QString("pure"));
        QCOMPARE(document["layout"].toString(), layout);
        QCOMPARE(document["layers"].toArray()[2].toObject()["mixer"].toString(), mixer);
        QCOMPARE(document["kv_bytes_per_token"].toInt(), 0);
        QVERIFY(document["state_bytes_per_sequence"].toInt() > 0);
        const ProcessResult plain = run_molt({"describe", text(path)});
        QVERIFY2(plain.status == 0 && !plain.out.contains("heads"), plain.out.constData());
        const QStringList call{"generate",      text(path), "--prompt-ids", "5,6,7", "--max-tokens", "12",
                               "--temperature", "0",        "--ignore-eos", "--json"};
        QCOMPARE(run_molt(call).json()["ids"].toArray().size(), 12);
    }

    void conversion_keeps_the_element_type_of_the_teacher() {
        const fs::path path = fixture_path("decoders/llama_bf16_sharded");
        if (!fs::exists(path)) QSKIP("The fixtures are absent; set MOLT_SHARED.");
        for (const char* init : {"copy", "calibrated"}) {
            const QString out = in(QString("narrow-") + init);
            const ProcessResult made =
                run_molt({"convert", text(path), out, "--mixer", "mamba2", "--attention", "0.5", "--init", init});
            QVERIFY2(made.status == 0, made.err.constData());
            const QJsonObject document = run_molt({"describe", out, "--json", "--tensors"}).json();
            QCOMPARE(document["dtype"].toString(), QString("bfloat16"));
            for (const auto& tensor : document["tensors"].toArray())
                QCOMPARE(tensor.toObject()["dtype"].toString(), QString("bfloat16"));
        }
    }

    void an_existing_output_is_refused_unless_overwrite_is_given() {
        const QStringList call{"convert", model(), in("twice"), "--mixer", "mamba2", "--attention", "0.5"};
        QCOMPARE(run_molt(call).status, 0);
        const ProcessResult again = run_molt(call);
        expect_failure(again, 2);
        QVERIFY(again.err.contains("--overwrite"));
        QCOMPARE(run_molt(call + QStringList{"--overwrite"}).status, 0);
        const QStringList logits{"logits", model(), "--ids", "1,2,3", "--out", in("twice.safetensors")};
        QCOMPARE(run_molt(logits).status, 0);
        expect_failure(run_molt(logits), 2);
        QVERIFY(left_overs().isEmpty());
    }

    void tokenize_and_decode_are_inverse() {
        const ProcessResult ids =
            run_molt({"tokenize", model(), "--file", "-", "--json"}, "the cat\nnumber \xc3\xa9\n");
        QCOMPARE(ids.status, 0);
        QCOMPARE(ids.out.count('\n'), 2);
        const ProcessResult back = run_molt({"tokenize", model(), "--file", "-", "--decode"}, ids.out);
        QCOMPARE(back.out, QByteArray("the cat\nnumber \xc3\xa9\n"));
        QCOMPARE(run_molt({"tokenize", text(tiny_->tokenizer), "--text", "a b", "--json"}).status, 0);
    }

    void bytes_that_are_not_utf8_become_replacement_characters() {
        const ProcessResult ids = run_molt({"tokenize", model(), "--file", "-", "--json"},
                                           "a\xff"
                                           "b\n");
        QCOMPARE(ids.status, 0);
        QCOMPARE(run_molt({"tokenize", model(), "--file", "-", "--decode"}, ids.out).out, QByteArray("a\xef\xbf\xbd"
                                                                                                     "b\n"));
        QVERIFY(!ids.err.isEmpty());
    }

    void windows_give_the_logits_of_the_whole_prompt() {
        QCOMPARE(run_molt({"convert", model(), in("windows"), "--mixer", "mamba2", "--attention", "0.5"}).status, 0);
        QList<QByteArray> data;
        for (const char* window : {"0", "1", "3"}) {
            const QString out = in(QString("logits-%1.safetensors").arg(window));
            QCOMPARE(run_molt({"logits", in("windows"), "--text", "the cat sees a dog", "--window", window, "--out",
                               out, "--hidden"})
                         .status,
                     0);
            QFile file(out);
            QVERIFY(file.open(QIODevice::ReadOnly));
            QByteArray bytes = file.readAll();
            data += bytes.mid(8 + static_cast<qsizetype>(*reinterpret_cast<const quint64*>(bytes.constData())));
        }
        for (const QByteArray& other : {data[1], data[2]}) {
            QCOMPARE(other.size(), data[0].size());
            double worst = 0;
            for (qsizetype i = 0; i + 4 <= other.size(); i += 4) {
                float a = 0, b = 0;
                std::memcpy(&a, data[0].constData() + i, 4);
                std::memcpy(&b, other.constData() + i, 4);
                worst = std::max(worst, std::abs(double(a) - double(b)));
            }
            QVERIFY2(worst < 1e-4, QByteArray::number(worst));
        }
    }

    void greedy_generation_repeats_itself_and_ends_at_the_limit() {
        const QStringList call{"generate", model(),         "--prompt", "the cat",      "--max-tokens",
                               "12",       "--temperature", "0",        "--ignore-eos", "--logprobs",
                               "3",        "--json"};
        const QJsonObject first = run_molt(call).json(), second = run_molt(call).json();
        QCOMPARE(first["ids"].toArray().size(), 12);
        QCOMPARE(first["ids"], second["ids"]);
        QCOMPARE(first["finish_reason"].toString(), QString("length"));
        QVERIFY(first.contains("speculation") && first["speculation"].isNull());
        QCOMPARE(first["logprobs"].toArray().size(), 12);
        for (int i = 0; i < 12; ++i) {
            const QJsonObject entry = first["logprobs"].toArray()[i].toObject();
            QCOMPARE(entry["id"], first["ids"].toArray()[i]);
            QCOMPARE(entry["top"].toArray()[0].toObject()["id"], entry["id"]);
        }
    }

    void a_row_of_a_batch_is_what_it_is_alone() {
        QStringList call{"generate", model(),         "--prompt", "a dog",        "--max-tokens",
                         "10",       "--temperature", "0.9",      "--ignore-eos", "--json"};
        const QJsonArray rows = run_molt(call + QStringList{"--batch", "3", "--seed", "5"}).json()["rows"].toArray();
        QCOMPARE(rows.size(), 3);
        for (int i = 0; i < 3; ++i) {
            const QJsonObject alone = run_molt(call + QStringList{"--seed", QString::number(5 + i)}).json();
            QCOMPARE(rows[i].toObject()["ids"], alone["ids"]);
        }
    }

    void generation_ends_where_the_context_ends() {
        QStringList ids;
        for (int i = 0; i < TinyLlama2c::kContext - 4; ++i) ids += "260";
        const QJsonObject result = run_molt({"generate", model(), "--prompt-ids", ids.join(','), "--max-tokens", "50",
                                             "--ignore-eos", "--json"})
                                       .json();
        QCOMPARE(result["ids"].toArray().size(), 4);
        QCOMPARE(result["finish_reason"].toString(), QString("length"));
        for (int i = 0; i < 5; ++i) ids += "260";
        expect_failure(run_molt({"generate", model(), "--prompt-ids", ids.join(',')}), 6);
    }

    void ids_can_be_generated_without_any_tokenizer() {
        QVERIFY(QDir().mkpath(in("bare")));
        QVERIFY(QFile::copy(model(), in("bare/model.bin")));
        const ProcessResult bare = run_molt({"generate", in("bare/model.bin"), "--prompt-ids", "1,260,261",
                                             "--max-tokens", "5", "--ignore-eos", "--json"});
        QVERIFY2(bare.status == 0, bare.err.constData());
        const QJsonObject with =
            run_molt({"generate", model(), "--prompt-ids", "1,260,261", "--max-tokens", "5", "--ignore-eos", "--json"})
                .json();
        QCOMPARE(bare.json()["ids"], with["ids"]);
        expect_failure(run_molt({"generate", in("bare/model.bin"), "--prompt", "a"}), 3);
    }

    void wrong_files_have_their_own_exit_codes() {
        patch_model("truncated.bin", [](QByteArray& bytes) { bytes.chop(100); });
        patch_model("longer.bin", [](QByteArray& bytes) { bytes += "tail"; });
        patch_model("magic.bin", [](QByteArray& bytes) { bytes.replace(0, 4, "GGUF"); });
        patch_model("nan.bin", [](QByteArray& bytes) { bytes.replace(28 + 400, 4, QByteArray::fromHex("0000c07f")); });
        for (const auto& [file, status] :
             {std::pair{"missing.bin", 3}, {"truncated.bin", 4}, {"longer.bin", 4}, {"magic.bin", 4}, {"nan.bin", 4}}) {
            const ProcessResult result =
                run_molt({"generate", in(file), "--tokenizer", text(tiny_->tokenizer), "--prompt", "a", "--json"});
            expect_failure(result, status);
            QCOMPARE(result.error_code(), QString(status == 3 ? "not_found" : "bad_file"));
            expect_failure(run_molt({"convert", in(file), in("never"), "--mixer", "mamba2", "--attention", "0"}),
                           status);
            QVERIFY(!QFile::exists(in("never")));
        }
        QVERIFY(left_overs().isEmpty());
    }

    void wrong_arguments_are_usage_errors() {
        for (const QStringList& call : QList<QStringList>{{},
                                                          {"frobnicate"},
                                                          {"generate", model()},
                                                          {"generate", model(), "--prompt", "a", "--temperature", "-1"},
                                                          {"generate", model(), "--prompt-ids", "1,x"},
                                                          {"describe", model(), "--no-such-flag"}}) {
            expect_failure(run_molt(call), 2);
            const ProcessResult as_json = run_molt(call + QStringList{"--json"});
            QCOMPARE(as_json.status, 2);
            QVERIFY2(as_json.error_code() == "usage", as_json.out.constData());
        }
        expect_failure(run_molt({"generate", model(), "--prompt-ids", "1,288"}), 6);
        expect_failure(run_molt({"generate", model(), "--prompt", "a", "--device", "cuda"}), 10);
    }

    void a_full_disk_leaves_nothing_behind() {
        const QString out = in("too-big");
        // 8 blocks of 512 bytes: less than the weights.
        const ProcessResult convert =
            run_shell("ulimit -f 8; $MOLT convert '" + model() + "' '" + out + "' --mixer mamba2 --attention 0.5");
        expect_failure(convert, 8);
        const ProcessResult logits = run_shell("ulimit -f 8; $MOLT logits '" + model() +
                                               "' --text 'the cat sees' --out '" + out + ".safetensors'");
        expect_failure(logits, 8);
        QVERIFY(!QFile::exists(out) && !QFile::exists(out + ".safetensors"));
        QVERIFY(left_overs().isEmpty());
        QCOMPARE(run_shell("$MOLT describe '" + model() + "' --json > /dev/full").status, 8);
    }

    void a_folder_without_permission_is_a_write_error() {
        if (::geteuid() == 0) QSKIP("root may write everywhere");
        QVERIFY(QDir().mkpath(in("locked")));
        QFile::setPermissions(in("locked"), QFileDevice::ReadOwner | QFileDevice::ExeOwner);
        expect_failure(run_molt({"convert", model(), in("locked/out"), "--mixer", "mamba2", "--attention", "0"}), 8);
    }

    void a_folder_that_does_not_exist_is_a_write_error() {
        expect_failure(run_molt({"convert", model(), in("nowhere/out"), "--mixer", "mamba2", "--attention", "0"}), 8);
    }

    void stories260K_says_what_its_own_program_says() {
        const fs::path teacher = shared_data_path("teachers/stories260K");
        if (!fs::exists(teacher)) QSKIP("shared/data is not here");
        QFile expected(text(teacher / "expected_greedy_200.txt"));
        QVERIFY(expected.open(QIODevice::ReadOnly));
        const ProcessResult result =
            run_molt({"generate", text(teacher / "stories260K.bin"), "--tokenizer", text(teacher / "tok512.bin"),
                      "--prompt", "", "--max-tokens", "200", "--temperature", "0", "--json"});
        QVERIFY2(result.status == 0, result.err.constData());
        QCOMPARE(result.json()["text"].toString().trimmed(), QString::fromUtf8(expected.readAll()).trimmed());
    }

    void both_stored_teachers_give_the_reference_logits() {
        const fs::path teachers = shared_data_path("teachers");
        QFile file(text(teachers / "reference_vectors.json"));
        if (!file.open(QIODevice::ReadOnly)) QSKIP("shared/data is not here");
        const QJsonObject reference = QJsonDocument::fromJson(file.readAll()).object();
        for (const QString name : {"stories260K", "llama2xs281K"}) {
            const QJsonObject entry = reference[name].toObject();
            for (const auto& value : entry["cases"].toArray()) {
                const QJsonObject one = value.toObject();
                QStringList ids;
                for (const auto& id : one["ids"].toArray()) ids += QString::number(id.toInt());
                const QString out = in("reference.safetensors");
                const ProcessResult made =
                    run_molt({"logits", text(teachers / entry["weights"].toString().toStdString()), "--ids",
                              ids.join(','), "--out", out, "--overwrite"});
                QVERIFY2(made.status == 0, made.err.constData());
                QFile written(out);
                QVERIFY(written.open(QIODevice::ReadOnly));
                const QByteArray bytes = written.readAll();
                const QJsonArray last = one["last_logits"].toArray();
                double worst = 0;
                for (int i = 0; i < last.size(); ++i) {
                    float logit = 0;
                    std::memcpy(&logit, bytes.constData() + bytes.size() - 4 * (last.size() - i), 4);
                    worst = std::max(worst, std::abs(double(logit) - last[i].toDouble()));
                }
                QVERIFY2(worst < 1e-4, QByteArray::number(worst));
            }
        }
    }

    void help_names_every_command_and_version_the_libraries() {
        const ProcessResult help = run_molt({"--help"});
        QCOMPARE(help.status, 0);
        for (const char* command :
             {"describe", "convert", "tokenize", "logits", "generate", "chat", "train", "run", "runs", "recipe"}) {
            QVERIFY2(help.out.contains(command), command);
            QCOMPARE(run_molt({command, "--help"}).status, 0);
        }
        const ProcessResult version = run_molt({"--version"});
        QCOMPARE(version.status, 0);
        QVERIFY(version.out.contains("git") && version.out.contains("LibTorch") && version.out.contains("CUDA"));
    }
};

QTEST_GUILESS_MAIN(TstMoltModels)
#include "tst_molt_models.moc"
