// Reading SentencePiece files before the library does: fields, and what is refused.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentencepiece_model.h"

#include <cstring>
#include <limits>

#include "core/base/error.h"
#include "core/text/sentencepiece_tokenizer.h"

#include <QtTest>

using namespace molt;

namespace {

/// A length-delimited protobuf field.
std::string field(int number, const std::string& bytes) {
    std::string out(1, static_cast<char>(number << 3 | 2));
    std::size_t length = bytes.size();
    for (; length >= 128; length >>= 7) out += static_cast<char>(0x80 | (length & 0x7F));
    return out + static_cast<char>(length) + bytes;
}

std::string piece(const std::string& text, float score, int type) {
    std::string bytes = field(1, text) + "\x15" + std::string(reinterpret_cast<const char*>(&score), 4);
    if (type != 1) bytes += std::string("\x18") + static_cast<char>(type);
    return field(1, bytes);
}

std::string pieces() {
    std::string bytes = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece("<|user|>", 0, 4);
    for (const char* text : {"\xE2\x96\x81", "a", "b", "ab"}) bytes += piece(text, -1, 1);
    return bytes;
}

/// A normalisation map: a trie of 256 units that all lead nowhere, then one empty replacement.
std::string map_with(std::size_t at, std::uint32_t unit) {
    std::string map("\0\x04\0\0", 4);
    map += std::string(1024, '\0') + std::string(1, '\0');
    std::memcpy(map.data() + 4 + 4 * at, &unit, 4);
    return map;
}

std::string with_map(const std::string& map) {
    return pieces() + field(2, std::string("\x18\x02", 2)) +
           field(3, field(2, map) + std::string("\x18\x01\x20\x00", 4));
}

bool refused(const std::string& bytes) {
    try {
        parse_sentencepiece_tokenizer(bytes, "test")->encode("ab ba", true);
    } catch (const Error& error) {
        return error.code() == ErrorCode::BadFile;
    }
    return false;
}

}  // namespace

class TstSentencepieceModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fields_are_read() {
        const auto model = parse_sentencepiece_model(with_map(map_with(0, 0)), "test");
        QCOMPARE(model.pieces.size(), std::size_t{8});
        QCOMPARE(model.pieces[7].text, std::string("ab"));
        QCOMPARE(model.pieces[7].score, -1.0F);
        QVERIFY(model.pieces[1].type == SentencePieceModel::Type::Control);
        QVERIFY(model.add_dummy_prefix && !model.remove_extra_whitespaces);
    }

    void a_sound_map_is_accepted() { QVERIFY(!refused(with_map(map_with(0, 0)))); }

    void a_map_that_leads_outside_is_refused() {
        QVERIFY(refused(with_map(map_with(0, 1U << 20))));           // offset far behind the last unit
        QVERIFY(refused(with_map(map_with(5, (0x1FFFFFU << 10)))));  // the largest offset
        std::string leaf = map_with(0, 1U << 8);                     // has a leaf: its value is unit 0 itself
        QVERIFY(refused(with_map(leaf)));
        std::string open = map_with(0, 0);
        open.back() = 'x';  // the last replacement does not end
        QVERIFY(refused(with_map(open)));
        std::string size = map_with(0, 0);
        size[3] = '\x7F';  // a trie larger than the map
        QVERIFY(refused(with_map(size)));
    }

    void damaged_fields_are_refused() {
        QVERIFY(refused(piece("a", std::numeric_limits<float>::quiet_NaN(), 1) + pieces()));
        QVERIFY(refused(piece("", 0, 1) + pieces()));
        QVERIFY(refused(piece(std::string("a\0b", 3), 0, 1) + pieces()));
        QVERIFY(refused(piece("x", 0, 9) + pieces()));
        QVERIFY(refused(pieces() + piece("a", 0, 1)));  // twice the same piece
        QVERIFY(refused(""));
        const std::string whole = with_map(map_with(0, 0));
        for (std::size_t size = 1; size < pieces().size(); size += 3) {
            if (!refused(whole.substr(0, size))) {
                // Cut between two whole pieces it may still be a model.
                QVERIFY(parse_sentencepiece_model(whole.substr(0, size), "test").pieces.size() > 3);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TstSentencepieceModel)
#include "tst_sentencepiece_model.moc"
