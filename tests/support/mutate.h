// Mutator: hostile files out of good ones, by fixed seeds: flipped bits, cuts, splices, numbers and lengths that lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace molt::testing {

class Mutator {
public:
    Mutator(std::vector<std::string> originals, std::uint64_t seed) : originals_(std::move(originals)), random_(seed) {}

    /// The next hostile file: one of the originals with one mutation, half of them with up to four.
    std::string next() {
        std::string bytes = original();
        const std::uint64_t count = below(2) == 0 ? 1 : 1 + below(4);
        for (std::uint64_t i = 0; i < count; ++i) mutate(bytes);
        return bytes;
    }

private:
    std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }
    const std::string& original() { return originals_[below(originals_.size())]; }

    void mutate(std::string& bytes) {
        switch (below(9)) {
            case 0:
                return flip_bits(bytes);
            case 1:
                return bytes.resize(below(bytes.size() + 1));
            case 2:
                return splice(bytes);
            case 3:
                return edit_length(bytes);
            case 4:
                return edit_digits(bytes);
            case 5:
                return repeat(bytes);
            case 6:
                return erase(bytes);
            case 7:
                return swap_words(bytes);
            default:
                return put_piece(bytes);
        }
    }
    void flip_bits(std::string& bytes) {
        for (std::uint64_t i = 0, count = 1 + below(8); i < count && !bytes.empty(); ++i) {
            bytes[near_start(bytes)] ^= static_cast<char>(1u << below(8));
        }
    }
    /// Headers stand at the start and, in archives, at the end; half of the hits go there.
    std::size_t near_start(const std::string& bytes) {
        const std::uint64_t place = below(4), size = bytes.size();
        if (place == 0) return below(std::min<std::uint64_t>(size, 512));
        if (place == 1) return size - 1 - below(std::min<std::uint64_t>(size, 512));
        return below(size);
    }
    void splice(std::string& bytes) {
        const std::string& other = original();
        bytes = bytes.substr(0, below(bytes.size() + 1)) + other.substr(below(other.size() + 1));
    }
    /// A little-endian number of 1, 2, 4 or 8 bytes becomes extreme, or wrong by a little.
    void edit_length(std::string& bytes) {
        const std::size_t width = std::size_t{1} << below(4);
        if (bytes.size() < width) return;
        const std::size_t at = std::min(near_start(bytes), bytes.size() - width);
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data() + at, width);
        const std::array<std::uint64_t, 12> lies = {0,
                                                    1,
                                                    value + 1,
                                                    value - 1,
                                                    value * 2,
                                                    bytes.size(),
                                                    ~std::uint64_t{0},
                                                    ~std::uint64_t{0} >> 1,
                                                    std::uint64_t{1} << 31,
                                                    std::uint64_t{1} << 62,
                                                    0x7fff,
                                                    0xffff};
        value = lies[below(lies.size())];
        std::memcpy(bytes.data() + at, &value, width);
    }
    /// A run of ASCII digits becomes another number.
    void edit_digits(std::string& bytes) {
        constexpr std::array<std::string_view, 14> kNumbers = {
            "0",     "-1",    "1",    "3",   "65536", "2147483648", "9223372036854775807", "18446744073709551616",
            "1e308", "1e999", "-0.5", "0.1", "true",  "null"};
        const std::size_t from = below(bytes.size() + 1);
        const std::size_t begin = bytes.find_first_of("0123456789", from);
        if (begin == std::string::npos) return;
        const std::size_t end = std::min(bytes.find_first_not_of("0123456789", begin), bytes.size());
        bytes.replace(begin, end - begin, kNumbers[below(kNumbers.size())]);
    }
    void repeat(std::string& bytes) {
        const std::size_t at = below(bytes.size() + 1), count = below(64);
        const std::string part = bytes.substr(at, count);
        for (std::uint64_t i = 0, times = 1 + below(40); i < times; ++i) bytes.insert(at, part);
    }
    void erase(std::string& bytes) {
        const std::size_t at = below(bytes.size() + 1);
        bytes.erase(at, below(40));
    }
    void swap_words(std::string& bytes) {
        if (bytes.size() < 16) return;
        const std::size_t a = near_start(bytes) / 2, b = below(bytes.size() - 8);
        for (std::size_t i = 0; i < 8; ++i) std::swap(bytes[std::min(a + i, bytes.size() - 1)], bytes[b + i]);
    }
    void put_piece(std::string& bytes) {
        constexpr std::array<std::string_view, 14> kPieces = {
            "{", "}", "[", "]", "\"", ",", ":", "\\u0000", "\n", "\xff\xfe", "{}", "[[[[[[[[", "//", "PK"};
        bytes.insert(below(bytes.size() + 1), kPieces[below(kPieces.size())]);
    }

    std::vector<std::string> originals_;
    std::mt19937_64 random_;
};

}  // namespace molt::testing
