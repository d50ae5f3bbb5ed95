// pytorch_model.bin out: what is written is read again by our reader, and by zipfile and torch where they are.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/model/pickle.h"
#include "core/model/pytorch_writer.h"
#include "tests/support/tiny_model.h"

#include <QProcess>
#include <QtTest>

using namespace molt;

namespace {

LazyWeights some_weights() {
    const HybridModel model = tiny_model({MixerKind::Attention, MixerKind::Mamba2}, 3, at::kFloat);
    LazyWeights weights;
    for (const auto& [name, tensor] : model.params().all()) weights.emplace_back(name, LazyTensor(tensor));
    return weights;
}

std::map<std::string, at::Tensor> read_back(const std::filesystem::path& folder) {
    const auto tensors = read_pytorch_bin(folder / "pytorch_model.bin");
    return {tensors.begin(), tensors.end()};
}

}  // namespace

class TstPytorchWriter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tensors_come_back_in_every_element_type() {
        for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16}) {
            const TemporaryFolder folder;
            int written = 0;
            WriteOptions options;
            options.type = type;
            options.after_tensor = [&] { ++written; };
            const LazyWeights weights = some_weights();
            write_pytorch_bin(folder.path(), weights, {}, options);
            QCOMPARE(written, static_cast<int>(weights.size()));
            const auto found = read_back(folder.path());
            QCOMPARE(found.size(), weights.size());
            for (const auto& [name, tensor] : weights)
                QVERIFY2(found.at(name).equal(tensor.make().to(type)), name.c_str());
        }
    }

    void a_second_name_shares_the_memory() {
        const TemporaryFolder folder;
        write_pytorch_bin(folder.path(), some_weights(), {{"again", "model.embed_tokens.weight"}}, {});
        const auto found = read_back(folder.path());
        QCOMPARE(found.at("again").const_data_ptr(), found.at("model.embed_tokens.weight").const_data_ptr());
    }

    /// Python's own zip reader checks every sum.
    void other_readers_accept_the_archive() {
        const TemporaryFolder folder;
        write_pytorch_bin(folder.path(), some_weights(), {}, {});
        QProcess python;
        python.start("python3", {"-c", "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())",
                                 QString::fromStdString((folder.path() / "pytorch_model.bin").string())});
        if (!python.waitForStarted()) QSKIP("python3 is absent");
        python.waitForFinished();
        QCOMPARE(python.readAllStandardOutput().trimmed(), QByteArray("None"));
    }
};

QTEST_GUILESS_MAIN(TstPytorchWriter)
#include "tst_pytorch_writer.moc"
