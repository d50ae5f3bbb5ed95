// A handler of parser events for the safetensors header; anything outside the documented structure is an error.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/safetensors_header.h"

#include <array>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::size_t kMaxTensors = 262'144;
constexpr std::size_t kMaxDimensions = 16;

struct DtypeRow {
    std::string_view name;
    SafetensorsDtype dtype;
};
constexpr std::array<DtypeRow, 10> kDtypes{{{"F64", {at::kDouble, 8}},
                                            {"F32", {at::kFloat, 4}},
                                            {"F16", {at::kHalf, 2}},
                                            {"BF16", {at::kBFloat16, 2}},
                                            {"I64", {at::kLong, 8}},
                                            {"I32", {at::kInt, 4}},
                                            {"I16", {at::kShort, 2}},
                                            {"I8", {at::kChar, 1}},
                                            {"U8", {at::kByte, 1}},
                                            {"BOOL", {at::kBool, 1}}}};

class HeaderHandler : public nlohmann::json_sax<json> {
public:
    HeaderHandler(const std::string& origin, SafetensorsHeader* out) : origin_(origin), out_(*out) {}

    bool null() override { bad("null"); }
    bool boolean(bool) override { bad("a boolean"); }
    bool number_float(number_float_t, const string_t&) override { bad("a fraction"); }
    bool binary(binary_t&) override { bad("binary data"); }
    bool number_integer(number_integer_t value) override { bad(join("the negative number ", value)); }

    bool number_unsigned(number_unsigned_t value) override {
        if (depth_ != 3 || value > static_cast<std::uint64_t>(INT64_MAX)) bad(join("the number ", value));
        if (numbers_.size() == kMaxDimensions) bad(join("more than ", kMaxDimensions, " dimensions"));
        numbers_.push_back(static_cast<std::int64_t>(value));
        return true;
    }

    bool string(string_t& value) override {
        if (depth_ == 2 && in_metadata_) {
            out_.metadata[key_] = value;
        } else if (depth_ == 2 && key_ == "dtype" && value.size() <= 16) {
            out_.entries.back().dtype = value;
        } else {
            bad("a text");
        }
        return true;
    }

    bool start_object(std::size_t) override {
        if (depth_ > 1) bad("an object");
        if (depth_ == 1) open_entry();
        ++depth_;
        return true;
    }

    bool end_object() override {
        if (depth_ == 2 && !in_metadata_ && (!has_shape_ || !has_offsets_ || out_.entries.back().dtype.empty())) {
            fail(ErrorCode::BadFile,
                 join(origin_, ": tensor ", out_.entries.back().name, " lacks dtype, shape or data_offsets."), kHint);
        }
        --depth_;
        return true;
    }

    bool key(string_t& value) override {
        key_ = value;
        return true;
    }

    bool start_array(std::size_t) override {
        if (depth_ != 2 || in_metadata_ || (key_ != "shape" && key_ != "data_offsets")) bad("an array");
        numbers_.clear();
        ++depth_;
        return true;
    }

    bool end_array() override {
        --depth_;
        auto& entry = out_.entries.back();
        if (key_ == "shape") {
            entry.shape = numbers_;
            has_shape_ = true;
        } else {
            if (numbers_.size() != 2) bad(join(numbers_.size(), " data offsets"));
            entry.begin = static_cast<std::size_t>(numbers_[0]);
            entry.end = static_cast<std::size_t>(numbers_[1]);
            has_offsets_ = true;
        }
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        fail(ErrorCode::BadFile, join(origin_, ": the header is no JSON at byte ", position, "."), kHint);
    }

private:
    static constexpr const char* kHint = "The file is damaged or no safetensors file; copy it again.";

    [[noreturn]] void bad(const std::string& what) const {
        fail(ErrorCode::BadFile, join(origin_, ": unexpected ", what, " in the header near the key \"", key_, "\"."),
             kHint);
    }

    void open_entry() {
        in_metadata_ = key_ == "__metadata__";
        if (in_metadata_) return;
        if (out_.entries.size() == kMaxTensors) bad(join("tensor number ", kMaxTensors + 1));
        has_shape_ = has_offsets_ = false;
        out_.entries.emplace_back().name = key_;
    }

    const std::string& origin_;
    SafetensorsHeader& out_;
    std::string key_;
    std::vector<std::int64_t> numbers_;
    int depth_ = 0;
    bool in_metadata_ = false, has_shape_ = false, has_offsets_ = false;
};

}  // namespace

SafetensorsDtype safetensors_dtype(std::string_view name, const std::string& origin) {
    for (const DtypeRow& row : kDtypes) {
        if (row.name == name) return row.dtype;
    }
    fail(ErrorCode::BadFile, join(origin, ": the element type ", name, " is not supported."),
         "Supported: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL; convert the weights to one of these.");
}

std::string_view safetensors_dtype_name(at::ScalarType type) {
    for (const DtypeRow& row : kDtypes) {
        if (row.dtype.type == type) return row.name;
    }
    assertion_failed("the element type can be stored", __FILE__, __LINE__);
}

SafetensorsHeader parse_safetensors_header(std::string_view text, const std::string& origin) {
    SafetensorsHeader header;
    HeaderHandler handler(origin, &header);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || text[first] != '{') {
        fail(ErrorCode::BadFile, join(origin, ": the header is no JSON object."),
             "The file is damaged or no safetensors file; copy it again.");
    }
    json::sax_parse(text, &handler);
    return header;
}

}  // namespace molt
