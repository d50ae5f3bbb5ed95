// Model cards and the lineage behind them: chains of folders, licences, tables, hostile texts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/model/model_card.h"
#include "tests/support/tiny_model.h"

#include <QtTest>

using namespace molt;
namespace fs = std::filesystem;

namespace {

constexpr MixerKind A = MixerKind::Attention, M1 = MixerKind::Mamba1;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

fs::path folder_with(const fs::path& folder, const json& provenance) {
    fs::create_directories(folder);
    if (!provenance.is_null()) write_file(folder / "molt.json", provenance.dump());
    return folder;
}

}  // namespace

class Tst : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ancestors_are_followed_from_folder_to_folder() {
        const TemporaryFolder temporary;
        const fs::path teacher = folder_with(temporary.path() / "teacher", nullptr);
        write_file(teacher / "README.md", "---\ntags:\n- a\nlicense: apache-2.0\n---\n# Teacher\n");
        const fs::path hybrid =
            folder_with(temporary.path() / "hybrid", {{"teacher", teacher.string()}, {"init", "copy"}});
        const auto chain = ancestors({{"parent", hybrid.string()}, {"run", "distil"}});
        QCOMPARE(chain.size(), std::size_t{2});
        QCOMPARE(chain[0].name, hybrid.string());
        QCOMPARE(chain[1].licence, std::string("apache-2.0"));
        ModelCard card;
        card.title = "Student";
        card.provenance = {{"run", "distil"}, {"evaluation", {{"kl", 0.5}}}};
        card.lineage = chain;
        const std::string text = model_card_text(card, tiny_config({M1, M1, A, M1}));
        QVERIFY(text.starts_with("---\nlicense: apache-2.0\n"));
        QVERIFY(has(text, "| mamba1 | 0-1, 3 |") && has(text, "| attention | 2 |"));
        QVERIFY(has(text, "\"init\": \"copy\"") && has(text, "\"run\": \"distil\""));
        QVERIFY(text.find("\"init\"") < text.find("\"run\""));
        QVERIFY(has(text, "| kl | 0.5 |") && !has(text, "\"evaluation\""));
        QVERIFY(has(text, "This model <- " + hybrid.string() + " <- " + teacher.string()));
    }

    void folders_that_name_each_other_come_to_an_end() {
        const TemporaryFolder temporary;
        const fs::path a = temporary.path() / "a", b = temporary.path() / "b";
        folder_with(a, {{"parent", b.string()}});
        folder_with(b, {{"parent", a.string()}});
        QVERIFY(ancestors({{"parent", a.string()}}).size() < 100);
        write_file(a / "molt.json", "{ damaged");
        QCOMPARE(ancestors({{"parent", a.string()}}).size(), std::size_t{1});
        QVERIFY(ancestors(nullptr).empty() && ancestors({{"parent", 3}}).empty());
    }

    void licences_are_found_by_card_or_file_name() {
        const TemporaryFolder temporary;
        QVERIFY(licence_of(temporary.path()).empty() && licence_of("no/such/folder").empty());
        write_file(temporary.path() / "LICENSE.txt", "text");
        write_file(temporary.path() / "licensed.bin.d", "text");
        QVERIFY(has(licence_of(temporary.path()), "LICENSE.txt"));
        write_file(temporary.path() / "README.md", "no block\nlicense: mit\n");
        QVERIFY(has(licence_of(temporary.path()), "LICENSE.txt"));
        write_file(temporary.path() / "README.md", "---\nlicense: mit\n---\n");
        QCOMPARE(licence_of(temporary.path()), std::string("mit"));
    }

    /// Names and results come from files: they must not end a table's row or the block of keys.
    void texts_from_files_stay_in_their_place() {
        ModelCard card;
        card.lineage = {{"owner/model", nullptr, "mit\ninjected: true"}};
        card.provenance = {{"evaluation", {{{"task", "a|b"}, {"value", 1}}, 3}}};
        const std::string text = model_card_text(card, tiny_config({A}));
        QVERIFY(text.starts_with("---\nlicense: other\n"));
        QVERIFY(has(text, "base_model: owner/model\n"));
        QVERIFY(has(text, "| a b |  | 1 |  |  |"));
        card.lineage = {{"/home/user/model", nullptr, ""}};
        QVERIFY(!has(model_card_text(card, tiny_config({A})), "base_model"));
    }
};

QTEST_GUILESS_MAIN(Tst)
#include "tst_model_card.moc"
