// The pickle machine: a stack, marks and a memo, over values in flat arrays (no cycles to leak, no depth to overflow).
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/unpickler.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {
namespace {

constexpr std::size_t kMaxOpcodes = std::size_t{1} << 21, kMaxValues = std::size_t{1} << 19;
// Far above real models; they bound the memory that a small hostile file can ask for.
constexpr std::size_t kMaxTensors = std::size_t{1} << 15, kMaxDimensions = 8;

enum class Kind : std::uint8_t { None, Bool, Int, Text, Tuple, Dict, Global, Storage, Tensor, Ignored };
/// What a pickle may name.
enum class Name : std::uint8_t { OrderedDict, RebuildTensor, RebuildParameter, StorageType };

struct AllowedName {
    std::string_view module, name;
    Name meaning;
    at::ScalarType dtype;
};
constexpr std::array kAllowed = {
    AllowedName{"collections", "OrderedDict", Name::OrderedDict, at::kFloat},
    AllowedName{"torch._utils", "_rebuild_tensor_v2", Name::RebuildTensor, at::kFloat},
    AllowedName{"torch._utils", "_rebuild_parameter", Name::RebuildParameter, at::kFloat},
    AllowedName{"torch", "DoubleStorage", Name::StorageType, at::kDouble},
    AllowedName{"torch", "FloatStorage", Name::StorageType, at::kFloat},
    AllowedName{"torch", "HalfStorage", Name::StorageType, at::kHalf},
    AllowedName{"torch", "BFloat16Storage", Name::StorageType, at::kBFloat16},
    AllowedName{"torch", "LongStorage", Name::StorageType, at::kLong},
    AllowedName{"torch", "IntStorage", Name::StorageType, at::kInt},
    AllowedName{"torch", "ShortStorage", Name::StorageType, at::kShort},
    AllowedName{"torch", "CharStorage", Name::StorageType, at::kChar},
    AllowedName{"torch", "ByteStorage", Name::StorageType, at::kByte},
    AllowedName{"torch", "BoolStorage", Name::StorageType, at::kBool},
};

struct Value {
    Kind kind = Kind::None;
    std::int64_t number = 0;     // Int, Bool; first element of a Tuple; index of Dict, Global, Storage, Tensor
    const char* text = nullptr;  // Text
    std::size_t count = 0;       // bytes of a Text, elements of a Tuple
};
using Id = std::uint32_t;

struct StorageRef {
    at::ScalarType dtype;
    std::string_view key;
    std::int64_t elements;
};

class Machine {
public:
    Machine(std::span<const std::byte> bytes, const std::string& origin)
        : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), origin_(origin) {}
    std::vector<std::pair<std::string_view, PickledTensor>> run();

private:
    [[noreturn]] void malformed(const std::string& what) const {
        fail(ErrorCode::BadFile, join(origin_, ": ", what),
             "Only tensors are read, nothing is executed. Save the weights with torch.save(model.state_dict()) or as "
             "safetensors.");
    }
    std::string_view take(std::size_t count);
    std::string_view take_line();
    template <class T>
    T take_number();

    void push(Value value);
    /// Position of the count-th value from the top, none of them below the last mark.
    std::size_t from_top(std::size_t count) const;
    Id pop();
    const Value& popped(Kind kind, const char* what);
    std::size_t pop_mark();
    void tuple_from(std::size_t first);

    bool step(unsigned char opcode);
    bool step_number(unsigned char opcode);
    bool step_container(unsigned char opcode);
    bool step_memo(unsigned char opcode);
    void put(std::size_t index);
    void get(std::size_t index);
    void long_number();
    void global();
    void persistent_id();
    void reduce();
    void rebuild_tensor(const Value& arguments);
    void set_items(std::size_t first);
    void ignore_items(std::size_t first);
    const Value& element(const Value& tuple, std::size_t i, Kind kind, const char* what) const;
    std::vector<std::int64_t> numbers(const Value& tuple) const;
    std::vector<std::pair<std::string_view, PickledTensor>> result();

    std::string_view text_;
    const std::string& origin_;
    std::size_t at_ = 0;
    std::vector<Value> values_;
    std::vector<Id> stack_, elements_, memo_;
    std::vector<std::size_t> marks_;
    std::vector<std::vector<std::pair<Id, Id>>> dicts_;
    std::vector<StorageRef> storages_;
    std::vector<PickledTensor> tensors_;
};

std::string_view Machine::take(std::size_t count) {
    if (count > text_.size() - at_) malformed("the pickle ends in the middle (truncated file).");
    at_ += count;
    return text_.substr(at_ - count, count);
}

std::string_view Machine::take_line() {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) malformed("the pickle ends in the middle of a name.");
    const std::string_view line = take(end - at_);
    at_ = end + 1;
    return line;
}

template <class T>
T Machine::take_number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
}

void Machine::push(Value value) {
    if (values_.size() >= kMaxValues) malformed(join("the pickle has more than ", kMaxValues, " values."));
    stack_.push_back(static_cast<Id>(values_.size()));
    values_.push_back(value);
}

std::size_t Machine::from_top(std::size_t count) const {
    if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) < count)
        malformed("the pickle takes more from its stack than is there.");
    return stack_.size() - count;
}

Id Machine::pop() {
    const Id id = stack_[from_top(1)];
    stack_.pop_back();
    return id;
}

const Value& Machine::popped(Kind kind, const char* what) {
    const Value& value = values_[pop()];
    if (value.kind != kind) malformed(join("the pickle has something else where ", what, " belongs."));
    return value;
}

std::size_t Machine::pop_mark() {
    if (marks_.empty()) malformed("the pickle closes a group that was never opened.");
    const std::size_t mark = marks_.back();
    marks_.pop_back();
    return mark;
}

void Machine::tuple_from(std::size_t first) {
    const Value tuple{Kind::Tuple, static_cast<std::int64_t>(elements_.size()), nullptr, stack_.size() - first};
    elements_.insert(elements_.end(), stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    stack_.resize(first);
    push(tuple);
}

const Value& Machine::element(const Value& tuple, std::size_t i, Kind kind, const char* what) const {
    if (i < tuple.count) {
        const Value& value = values_[elements_[static_cast<std::size_t>(tuple.number) + i]];
        if (value.kind == kind) return value;
    }
    malformed(join("a tensor's description has something else where ", what, " belongs."));
}

std::vector<std::int64_t> Machine::numbers(const Value& tuple) const {
    if (tuple.count > kMaxDimensions) malformed(join("a tensor has ", tuple.count, " dimensions."));
    std::vector<std::int64_t> all;
    all.reserve(tuple.count);
    for (std::size_t i = 0; i < tuple.count; ++i) {
        all.push_back(element(tuple, i, Kind::Int, "a size or stride").number);
        if (all.back() < 0) malformed("a tensor has a negative size or stride.");
    }
    return all;
}

void Machine::put(std::size_t index) {
    if (stack_.empty()) malformed("the pickle remembers a value that is not there.");
    if (index >= kMaxValues) malformed("the pickle remembers too many values.");
    if (index >= memo_.size()) memo_.resize(std::max(index + 1, memo_.size() * 2), static_cast<Id>(kMaxValues));
    memo_[index] = stack_.back();
}

void Machine::get(std::size_t index) {
    if (index >= memo_.size() || memo_[index] >= values_.size())
        malformed("the pickle recalls a value that it never stored.");
    stack_.push_back(memo_[index]);
}

void Machine::long_number() {
    const std::string_view digits = take(take_number<std::uint8_t>());
    if (digits.size() > 8) malformed("the pickle has a number of more than 64 bits.");
    std::int64_t value = !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80u) != 0 ? -1 : 0;
    std::memcpy(&value, digits.data(), digits.size());
    push({Kind::Int, value});
}

void Machine::global() {
    const std::string_view module = take_line(), name = take_line();
    const auto* found = std::find_if(kAllowed.begin(), kAllowed.end(),
                                     [&](const AllowedName& a) { return a.module == module && a.name == name; });
    if (found == kAllowed.end()) {
        const std::string full = join(module.substr(0, 60), ".", name.substr(0, 60));
        malformed(join("it contains the Python object ", to_valid_utf8(full), ", which is not a tensor."));
    }
    push({Kind::Global, found - kAllowed.begin()});
}

/// ('storage', type, key, location, elements): the only thing that torch.save keeps outside the pickle.
void Machine::persistent_id() {
    const Value tuple = popped(Kind::Tuple, "a storage");
    const Value& kind = element(tuple, 0, Kind::Text, "'storage'");
    const AllowedName& type =
        kAllowed[static_cast<std::size_t>(element(tuple, 1, Kind::Global, "a storage type").number)];
    const Value& key = element(tuple, 2, Kind::Text, "a storage's name");
    const std::int64_t elements = element(tuple, 4, Kind::Int, "a storage's size").number;
    if (std::string_view(kind.text, kind.count) != "storage" || type.meaning != Name::StorageType || elements < 0) {
        malformed("a storage's description is damaged.");
    }
    if (storages_.size() >= kMaxTensors) malformed(join("the pickle has more than ", kMaxTensors, " storages."));
    storages_.push_back({type.dtype, std::string_view(key.text, key.count), elements});
    push({Kind::Storage, static_cast<std::int64_t>(storages_.size()) - 1});
}

/// _rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks).
void Machine::rebuild_tensor(const Value& arguments) {
    const auto storage = static_cast<std::size_t>(element(arguments, 0, Kind::Storage, "a storage").number);
    PickledTensor tensor;
    tensor.dtype = storages_[storage].dtype;
    tensor.storage = storages_[storage].key;
    tensor.storage_elements = storages_[storage].elements;
    tensor.offset = element(arguments, 1, Kind::Int, "an offset").number;
    tensor.sizes = numbers(element(arguments, 2, Kind::Tuple, "the sizes"));
    tensor.strides = numbers(element(arguments, 3, Kind::Tuple, "the strides"));
    if (tensor.offset < 0 || tensor.sizes.size() != tensor.strides.size())
        malformed("a tensor's description is damaged.");
    if (tensors_.size() >= kMaxTensors) malformed(join("the pickle has more than ", kMaxTensors, " tensors."));
    tensors_.push_back(std::move(tensor));
    push({Kind::Tensor, static_cast<std::int64_t>(tensors_.size()) - 1});
}

void Machine::reduce() {
    const Value arguments = popped(Kind::Tuple, "a list of arguments");
    const Value callable = popped(Kind::Global, "a known function");
    switch (kAllowed[static_cast<std::size_t>(callable.number)].meaning) {
        case Name::OrderedDict:
            if (arguments.count != 0) malformed("an OrderedDict with arguments is not supported.");
            dicts_.emplace_back();
            return push({Kind::Dict, static_cast<std::int64_t>(dicts_.size()) - 1});
        case Name::RebuildTensor:
            return rebuild_tensor(arguments);
        case Name::RebuildParameter:
            return push(element(arguments, 0, Kind::Tensor, "a tensor"));
        case Name::StorageType:
            malformed("a storage without a name is not supported.");
    }
}

void Machine::set_items(std::size_t first) {
    if ((stack_.size() - first) % 2 != 0 || first == 0) malformed("a dictionary has a key without a value.");
    const Value& dict = values_[stack_[first - 1]];
    if (dict.kind != Kind::Dict) malformed("the pickle adds entries to something that is no dictionary.");
    auto& items = dicts_[static_cast<std::size_t>(dict.number)];
    for (std::size_t i = first; i < stack_.size(); i += 2) items.emplace_back(stack_[i], stack_[i + 1]);
    stack_.resize(first);
}

/// Lists appear only beside tensors (metadata of state_dict); their elements are dropped.
void Machine::ignore_items(std::size_t first) {
    if (first == 0 || values_[stack_[first - 1]].kind != Kind::Ignored)
        malformed("the pickle appends to something that is no list.");
    stack_.resize(first);
}

bool Machine::step_number(unsigned char opcode) {
    switch (opcode) {
        case 'N':
            push({Kind::None});
            return true;
        case 0x88:
            push({Kind::Bool, 1});
            return true;
        case 0x89:
            push({Kind::Bool, 0});
            return true;
        case 'K':
            push({Kind::Int, take_number<std::uint8_t>()});
            return true;
        case 'M':
            push({Kind::Int, take_number<std::uint16_t>()});
            return true;
        case 'J':
            push({Kind::Int, take_number<std::int32_t>()});
            return true;
        case 0x8a:
            long_number();
            return true;
        case 'G':
            take(8), push({Kind::Ignored});
            return true;
        case 'X': {
            const std::string_view text = take(take_number<std::uint32_t>());
            push({Kind::Text, 0, text.data(), text.size()});
            return true;
        }
        default:
            return false;
    }
}

bool Machine::step_container(unsigned char opcode) {
    switch (opcode) {
        case '(':
            marks_.push_back(stack_.size());
            return true;
        case ')':
            push({Kind::Tuple, static_cast<std::int64_t>(elements_.size())});
            return true;
        case 't':
            tuple_from(pop_mark());
            return true;
        case 0x85:
        case 0x86:
        case 0x87:
            tuple_from(from_top(opcode - 0x84u));
            return true;
        case ']':
            push({Kind::Ignored});
            return true;
        case 'a':
            ignore_items(from_top(1));
            return true;
        case 'e':
            ignore_items(pop_mark());
            return true;
        case '}':
            dicts_.emplace_back();
            push({Kind::Dict, static_cast<std::int64_t>(dicts_.size()) - 1});
            return true;
        case 's':
            set_items(from_top(2));
            return true;
        case 'u':
            set_items(pop_mark());
            return true;
        default:
            return false;
    }
}

bool Machine::step_memo(unsigned char opcode) {
    switch (opcode) {
        case 'q':
            put(take_number<std::uint8_t>());
            return true;
        case 'r':
            put(take_number<std::uint32_t>());
            return true;
        case 'h':
            get(take_number<std::uint8_t>());
            return true;
        case 'j':
            get(take_number<std::uint32_t>());
            return true;
        default:
            return false;
    }
}

/// True at the end of the pickle.
bool Machine::step(unsigned char opcode) {
    if (opcode == '.') return true;
    if (step_number(opcode) || step_container(opcode) || step_memo(opcode)) return false;
    switch (opcode) {
        case 'c':
            global();
            return false;
        case 'Q':
            persistent_id();
            return false;
        case 'R':
            reduce();
            return false;
        case 'b':  // attributes of an OrderedDict: state_dict's _metadata
            pop();
            if (stack_.empty() || values_[stack_.back()].kind != Kind::Dict)
                malformed("attributes of something that is no dictionary.");
            return false;
        default:
            malformed(join("the pickle opcode ", int{opcode}, " at byte ", at_ - 1, " is not one that tensors need."));
    }
}

std::vector<std::pair<std::string_view, PickledTensor>> Machine::result() {
    if (stack_.size() != 1 || !marks_.empty() || values_[stack_[0]].kind != Kind::Dict) {
        malformed("it is not a dictionary of tensors.");
    }
    std::vector<std::pair<std::string_view, PickledTensor>> all;
    std::set<std::string_view> seen;
    const auto& items = dicts_[static_cast<std::size_t>(values_[stack_[0]].number)];
    if (items.size() > kMaxTensors) malformed(join("it has more than ", kMaxTensors, " entries."));
    for (const auto& [key, item] : items) {
        if (values_[key].kind != Kind::Text) malformed("a tensor's name is no text.");
        const std::string_view name(values_[key].text, values_[key].count);
        if (values_[item].kind != Kind::Tensor)
            malformed(join("the entry ", to_valid_utf8(name.substr(0, 80)), " is no tensor."));
        if (!seen.insert(name).second)
            malformed(join("the tensor ", to_valid_utf8(name.substr(0, 80)), " is there twice."));
        all.emplace_back(name, tensors_[static_cast<std::size_t>(values_[item].number)]);
    }
    return all;
}

std::vector<std::pair<std::string_view, PickledTensor>> Machine::run() {
    if (take_number<std::uint8_t>() != 0x80 || take_number<std::uint8_t>() != 2) {
        malformed("the pickle has another protocol than 2.");
    }
    for (std::size_t count = 0; count < kMaxOpcodes; ++count) {
        if (!step(take_number<std::uint8_t>())) continue;
        if (at_ != text_.size()) malformed("there is something behind the end of the pickle.");
        return result();
    }
    malformed(join("the pickle has more than ", kMaxOpcodes, " opcodes."));
}

}  // namespace

std::vector<std::pair<std::string_view, PickledTensor>> unpickle_tensors(std::span<const std::byte> bytes,
                                                                         const std::string& origin) {
    return Machine(bytes, origin).run();
}

}  // namespace molt
