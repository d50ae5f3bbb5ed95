// Merging: short words, long words and texts cut at space marks give what the definition gives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bpe.h"

#include <random>

#include "core/base/error.h"

#include <QtTest>

using namespace molt;

namespace {

struct Model {
    std::vector<std::string> pieces;
    std::vector<std::pair<std::string, std::string>> merges;

    Bpe bpe(BpeOptions options = {}) const {
        PieceTable table;
        for (std::size_t i = 0; i < pieces.size(); ++i) table.add(pieces[i], static_cast<TokenId>(i));
        MergeList views;
        for (const auto& [left, right] : merges) views.add(left, right);
        return Bpe(std::move(table), views, std::move(options));
    }
};

Model random_model(const std::vector<std::string>& characters, std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    Model model;
    model.pieces = characters;
    while (model.merges.size() < count) {
        const std::string left = model.pieces[random() % model.pieces.size()],
                          right = model.pieces[random() % model.pieces.size()];
        const std::string joined = left + right;
        if (joined.size() > 12) continue;
        if (std::find(model.pieces.begin(), model.pieces.end(), joined) == model.pieces.end())
            model.pieces.push_back(joined);
        const std::pair<std::string, std::string> merge(left, right);
        if (std::find(model.merges.begin(), model.merges.end(), merge) == model.merges.end())
            model.merges.push_back(merge);
    }
    return model;
}

/// The definition: while some neighbours can merge, merge those of the lowest rank, the leftmost first.
std::vector<TokenId> merge_by_definition(const Model& model, std::vector<std::string> symbols) {
    while (true) {
        std::size_t best = model.merges.size(), at = 0;
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            for (std::size_t rank = 0; rank < best; ++rank) {
                if (model.merges[rank].first == symbols[i] && model.merges[rank].second == symbols[i + 1]) {
                    best = rank;
                    at = i;
                }
            }
        }
        if (best == model.merges.size()) break;
        symbols[at] += symbols[at + 1];
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    std::vector<TokenId> ids;
    for (const auto& symbol : symbols) {
        ids.push_back(std::find(model.pieces.begin(), model.pieces.end(), symbol) - model.pieces.begin());
    }
    return ids;
}

}  // namespace

class TstBpe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void short_and_long_words_follow_the_definition() {
        for (unsigned seed = 1; seed <= 8; ++seed) {
            const Model model = random_model({"a", "b", "c", "\xC3\xA9"}, 60, seed);
            const Bpe bpe = model.bpe();
            std::mt19937 random(seed);
            for (int round = 0; round < 60; ++round) {
                std::vector<std::string> symbols;
                for (std::size_t length = random() % (round % 2 == 0 ? 30 : 160); length > 0; --length) {
                    symbols.push_back(model.pieces[random() % 4]);
                }
                std::string word;
                for (const auto& symbol : symbols) word += symbol;
                std::vector<TokenId> ids;
                bpe.encode(word, &ids);
                QCOMPARE(ids, merge_by_definition(model, symbols));
            }
        }
    }

    void cutting_at_space_marks_changes_nothing() {
        const std::string mark = "\xE2\x96\x81";
        for (unsigned seed = 1; seed <= 20; ++seed) {
            const Model model = random_model({"a", "b", mark}, 25, seed);
            const Bpe bpe = model.bpe();
            std::mt19937 random(seed);
            for (int round = 0; round < 60; ++round) {
                std::vector<std::string> symbols;
                std::string word;
                for (std::size_t length = random() % 40; length > 0; --length)
                    symbols.push_back(model.pieces[random() % 3]);
                for (const auto& symbol : symbols) word += symbol;
                std::vector<TokenId> ids;
                bpe.encode(word, &ids);
                QCOMPARE(ids, merge_by_definition(model, symbols));
            }
        }
    }

    void characters_without_a_piece_follow_the_options() {
        Model model{{"<unk>", "a", "<0xC3>", "<0xA9>"}, {}};
        const auto ids = [&](BpeOptions options, std::string_view word) {
            std::vector<TokenId> out;
            model.bpe(std::move(options)).encode(word, &out);
            return out;
        };
        QCOMPARE(ids({}, "axya"), (std::vector<TokenId>{1, 1}));
        QCOMPARE(ids({.unknown_piece = "<unk>"}, "axya"), (std::vector<TokenId>{1, 0, 0, 1}));
        QCOMPARE(ids({.unknown_piece = "<unk>", .fuse_unknown = true}, "axya"), (std::vector<TokenId>{1, 0, 1}));
        QCOMPARE(ids({.unknown_piece = "<unk>", .byte_fallback = true}, "a\xC3\xA9x"),
                 (std::vector<TokenId>{1, 2, 3, 0}));
        QVERIFY_EXCEPTION_THROWN(ids({.unknown_piece = "none"}, "x"), Error);
    }

    void merges_of_absent_pieces_are_refused() {
        QVERIFY_EXCEPTION_THROWN((Model{{"a", "b"}, {{"a", "b"}}}.bpe()), Error);
        QVERIFY_EXCEPTION_THROWN((Model{{"a", "ab"}, {{"a", "b"}}}.bpe()), Error);
    }
};

QTEST_GUILESS_MAIN(TstBpe)
#include "tst_bpe.moc"
