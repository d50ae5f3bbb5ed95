// The table of GPT-2's byte alphabet and its inverse.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_level.h"

#include <array>
#include <cstdint>

namespace molt {

namespace {

constexpr std::size_t kAlphabetEnd = 0x144;  // the last invisible byte becomes U+0143

struct Tables {
    std::array<std::string, 256> character;
    std::array<std::int16_t, kAlphabetEnd> byte_of{};

    Tables() {
        byte_of.fill(-1);
        unsigned invisible = 0;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const bool visible = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
            const unsigned code = visible ? byte : 0x100 + invisible++;
            byte_of[code] = static_cast<std::int16_t>(byte);
            std::string& text = character[byte];
            if (code < 0x80) {
                text = static_cast<char>(code);
            } else {
                text += static_cast<char>(0xC0 | (code >> 6));
                text += static_cast<char>(0x80 | (code & 0x3F));
            }
        }
    }
};

const Tables& tables() {
    static const Tables all;
    return all;
}

}  // namespace

std::string_view byte_level_character(unsigned char byte) { return tables().character[byte]; }

std::string to_byte_level(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 2);
    for (const char byte : bytes) text += byte_level_character(static_cast<unsigned char>(byte));
    return text;
}

std::optional<std::string> from_byte_level(std::string_view piece) {
    std::string bytes;
    for (std::size_t at = 0; at < piece.size();) {
        const auto lead = static_cast<unsigned char>(piece[at]);
        std::size_t code = lead;
        if (lead >= 0x80) {
            if (lead > 0xC5 || lead < 0xC2 || at + 1 >= piece.size()) return std::nullopt;
            code = static_cast<std::size_t>((lead & 0x1F) << 6 | (static_cast<unsigned char>(piece[at + 1]) & 0x3F));
        }
        if (code >= kAlphabetEnd || tables().byte_of[code] < 0) return std::nullopt;
        bytes += static_cast<char>(tables().byte_of[code]);
        at += lead >= 0x80 ? 2 : 1;
    }
    return bytes;
}

}  // namespace molt
