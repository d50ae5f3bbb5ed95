// The pickle (protocol 2) and the zip archive around the storages, zip64 where sizes ask for it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pytorch_writer.h"

#include <array>
#include <cstring>

#include "core/base/error.h"
#include "core/model/output_file.h"

namespace molt {

namespace {

constexpr std::uint64_t kWide = 0xffffffff;  ///< "the value stands in the zip64 field"
constexpr const char* kFile = "pytorch_model.bin";

template <class T>
std::string little_endian(T value) {
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
}
std::string u16(std::uint64_t value) { return little_endian(static_cast<std::uint16_t>(value)); }
std::string u32(std::uint64_t value) { return little_endian(static_cast<std::uint32_t>(value)); }
std::string u64(std::uint64_t value) { return little_endian(value); }

std::uint32_t crc32(const void* data, std::size_t bytes) {
    static const std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < made.size(); ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
            made[i] = value;
        }
        return made;
    }();
    std::uint32_t crc = ~0U;
    const auto* byte = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < bytes; ++i) crc = table[(crc ^ byte[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}

/// Stored entries, each known whole when it is added.
class ZipWriter {
public:
    explicit ZipWriter(const std::filesystem::path& path) : file_(path) {}

    void add(const std::string& name, const void* data, std::uint64_t bytes) {
        constexpr std::uint64_t kAlignment = 64;
        const std::uint64_t local = file_.size();
        const bool wide = bytes >= kWide;
        const std::string sizes64 = wide ? u16(1) + u16(16) + u64(bytes) + u64(bytes) : std::string();
        // An extra field of our own brings the data to a multiple of 64, as torch.save does.
        const std::uint64_t begin = local + 30 + name.size() + sizes64.size() + 4;
        const std::uint64_t padding = (kAlignment - begin % kAlignment) % kAlignment;
        const std::string sums = u32(crc32(data, bytes)) + u32(wide ? kWide : bytes) + u32(wide ? kWide : bytes);
        file_.write("PK\x03\x04" + u16(wide ? 45 : 20) + u16(0) + u16(0) + u32(0) + sums + u16(name.size()) +
                    u16(sizes64.size() + 4 + padding) + name + sizes64 + "FB" + u16(padding) +
                    std::string(padding, 'Z'));
        file_.write(data, bytes);
        const bool far = local >= kWide;
        std::string field;
        if (wide) field += u64(bytes) + u64(bytes);
        if (far) field += u64(local);
        if (!field.empty()) field = u16(1) + u16(field.size()) + field;
        directory_ += "PK\x01\x02" + u16(45) + u16(wide || far ? 45 : 20) + u16(0) + u16(0) + u32(0) + sums +
                      u16(name.size()) + u16(field.size()) + u16(0) + u16(0) + u16(0) + u32(0) +
                      u32(far ? kWide : local) + name + field;
        ++count_;
    }
    void add(const std::string& name, const std::string& bytes) { add(name, bytes.data(), bytes.size()); }

    void close() {
        const std::uint64_t begin = file_.size(), end = begin + directory_.size();
        file_.write(directory_);
        const bool wide = end >= kWide || count_ >= 0xffff;
        if (wide) {
            file_.write("PK\x06\x06" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(count_) + u64(count_) +
                        u64(directory_.size()) + u64(begin) + "PK\x06\x07" + u32(0) + u64(end) + u32(1));
        }
        const std::uint64_t shown = wide ? 0xffff : count_;
        file_.write("PK\x05\x06" + u16(0) + u16(0) + u16(shown) + u16(shown) + u32(wide ? kWide : directory_.size()) +
                    u32(wide ? kWide : begin) + u16(0));
        file_.close();
    }

private:
    OutputFile file_;
    std::string directory_;
    std::uint64_t count_ = 0;
};

std::string text(std::string_view value) { return "X" + u32(value.size()) + std::string(value); }
std::string number(std::int64_t value) { return "\x8a\x08" + little_endian(value); }
std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
std::string tuple(const std::vector<std::int64_t>& values) {
    std::string out = "(";
    for (const std::int64_t value : values) out += number(value);
    return out + "t";
}

std::string storage_class(at::ScalarType type) {
    switch (type) {
        case at::kFloat:
            return "FloatStorage";
        case at::kDouble:
            return "DoubleStorage";
        case at::kHalf:
            return "HalfStorage";
        case at::kBFloat16:
            return "BFloat16Storage";
        default:
            MOLT_ASSERT(false);
            return {};
    }
}

/// torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()).
std::string pickled(const LazyTensor& tensor, at::ScalarType type, std::size_t key) {
    std::vector<std::int64_t> strides(tensor.shape().size());
    std::int64_t stride = 1;
    for (std::size_t i = strides.size(); i-- > 0;) {
        strides[i] = stride;
        stride *= tensor.shape()[i];
    }
    const std::string storage = "(" + text("storage") + global("torch", storage_class(type)) +
                                text(std::to_string(key)) + text("cpu") + number(tensor.num_elements()) + "tQ";
    return global("torch._utils", "_rebuild_tensor_v2") + "(" + storage + number(0) + tuple(tensor.shape()) +
           tuple(strides) + "\x89" + global("collections", "OrderedDict") + ")RtR";
}

}  // namespace

WrittenWeights write_pytorch_bin(const std::filesystem::path& folder, const LazyWeights& tensors,
                                 const std::map<std::string, std::string>& aliases, const WriteOptions& options) {
    const auto type_of = [&](const LazyTensor& tensor) { return options.type.value_or(tensor.dtype()); };
    std::string pickle = "\x80\x02" + global("collections", "OrderedDict") + ")R(";
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const auto& [name, tensor] = tensors[i];
        pickle += text(name) + pickled(tensor, type_of(tensor), i);
        for (const auto& [alias, target] : aliases)
            if (target == name) pickle += text(alias) + pickled(tensor, type_of(tensor), i);
    }
    ZipWriter zip(folder / kFile);
    zip.add("archive/data.pkl", pickle + "u.");
    zip.add("archive/byteorder", "little");
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const auto& [name, tensor] = tensors[i];
        const at::Tensor value = tensor.make().detach().cpu().contiguous();
        const at::Tensor cast = value.to(type_of(tensor));
        if (options.inspect) options.inspect(name, value, cast);
        zip.add("archive/data/" + std::to_string(i), cast.const_data_ptr(), cast.nbytes());
        if (options.after_tensor) options.after_tensor();
    }
    zip.add("archive/version", "3\n");
    zip.close();
    return {{kFile}, written_bytes(tensors, options.type)};
}

}  // namespace molt
