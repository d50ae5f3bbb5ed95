// The scheduler of the CUDA-on-CPU shim: one Boost.Context fiber a thread, barriers and shuffles as points of change.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_cuda/host_cuda.h"

#include <algorithm>
#include <array>
#include <boost/context/fiber.hpp>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <sstream>
#include <vector>

#include "tests/support/host_cuda/fiber_stacks.h"

namespace molt::host_cuda {
namespace {

namespace context = boost::context;
constexpr int kWarp = 32;

enum class Wait { None, Block, Warp, Done };

struct Thread {
    context::fiber fiber;
    dim3 index;
    Wait wait = Wait::None;
    unsigned mask = 0;                  // of the warp operation it waits in
    std::uint64_t warp_operations = 0;  // finished ones: their parity picks the slot
    std::array<std::array<unsigned char, 8>, 2> slots{};
    std::optional<Violation> violation;
};

struct SharedObject {
    std::vector<std::max_align_t> memory;
    std::size_t size;
};

std::string place(const Thread& thread) {
    std::ostringstream text;
    text << "block (" << blockIdx.x << "," << blockIdx.y << "," << blockIdx.z << ") thread (" << thread.index.x << ","
         << thread.index.y << "," << thread.index.z << ")";
    return text.str();
}

/// All bits set: NaN as float and double, -1 as an integer.
std::vector<std::max_align_t> poisoned(std::size_t bytes) {
    std::vector<std::max_align_t> memory(bytes / sizeof(std::max_align_t) + 1);
    std::memset(memory.data(), 0xff, memory.size() * sizeof(std::max_align_t));
    return memory;
}

class Block {
public:
    Block(dim3 block, std::size_t dynamic_bytes, const std::vector<std::size_t>& order, FiberStacks& stacks)
        : order_(order), dynamic_(poisoned(dynamic_bytes)), stacks_(stacks) {
        threads_.resize(static_cast<std::size_t>(block.x) * block.y * block.z);
        for (std::size_t i = 0; i < threads_.size(); ++i) {
            const auto flat = static_cast<unsigned>(i);
            threads_[i].index = dim3(flat % block.x, flat / block.x % block.y, flat / (block.x * block.y));
        }
    }

    void run(const std::function<void()>& body);
    void pause(Wait why, unsigned mask);
    Thread& current() { return threads_[current_]; }
    std::size_t current_index() const { return current_; }
    Thread& lane(int lane) { return threads_[current_ / kWarp * kWarp + static_cast<std::size_t>(lane)]; }
    void* shared_object(int line, std::size_t size);
    void* dynamic() { return dynamic_.data(); }

private:
    void start(std::size_t i, const std::function<void()>& body);
    void resume(std::size_t i);
    bool release();
    bool release_block();
    bool release_warp(std::size_t first);
    void require_lanes(const Thread& waiting, std::size_t first) const;

    std::vector<Thread> threads_;
    const std::vector<std::size_t>& order_;
    std::map<int, SharedObject> shared_;
    std::vector<std::max_align_t> dynamic_;
    FiberStacks& stacks_;
    context::fiber scheduler_;
    std::size_t current_ = 0;
};

Block* running = nullptr;
Order chosen_order = Order::Forward;
std::uint64_t chosen_seed = 0;

void Block::start(std::size_t i, const std::function<void()>& body) {
    threads_[i].fiber = context::fiber(std::allocator_arg, stacks_.slot(i), [this, i, &body](context::fiber&& from) {
        scheduler_ = std::move(from);
        stacks_.entered(nullptr);
        try {
            body();
        } catch (const Violation& violation) {
            threads_[i].violation = violation;
        }
        threads_[i].wait = Wait::Done;
        stacks_.leaving_for_good();
        return std::move(scheduler_);
    });
}

void Block::resume(std::size_t i) {
    current_ = i;
    threadIdx = threads_[i].index;
    void* stack_state = stacks_.leaving_to_fiber(i);
    threads_[i].fiber = std::move(threads_[i].fiber).resume();
    stacks_.returned(stack_state);
    if (threads_[i].violation) throw Violation(*threads_[i].violation);
}

void Block::pause(Wait why, unsigned mask) {
    Thread& thread = current();
    thread.wait = why;
    thread.mask = mask;
    void* stack_state = stacks_.leaving_to_scheduler();
    scheduler_ = std::move(scheduler_).resume();
    stacks_.entered(stack_state);
}

void Block::run(const std::function<void()>& body) {
    running = this;
    for (std::size_t i = 0; i < threads_.size(); ++i) start(i, body);
    bool finished = false;
    while (!finished) {
        for (const std::size_t i : order_) {
            if (threads_[i].wait == Wait::None) resume(i);
        }
        finished = std::all_of(threads_.begin(), threads_.end(), [](const Thread& t) { return t.wait == Wait::Done; });
        if (!finished && !release()) throw Violation("no thread of the block can go on");
    }
    running = nullptr;
}

bool Block::release() {
    bool moved = false;
    for (std::size_t first = 0; first < threads_.size(); first += kWarp) moved = release_warp(first) || moved;
    return moved || release_block();
}

/// Every thread of the block has to stand at the barrier; one that is gone never will.
bool Block::release_block() {
    const auto waiting =
        std::find_if(threads_.begin(), threads_.end(), [](const Thread& t) { return t.wait == Wait::Block; });
    if (waiting == threads_.end()) return false;
    for (const Thread& thread : threads_) {
        if (thread.wait == Wait::Done) {
            throw Violation(place(*waiting) + " waits at __syncthreads, but " + place(thread) + " has ended");
        }
        if (thread.wait != Wait::Block) {
            throw Violation(place(*waiting) + " waits at __syncthreads, but " + place(thread) +
                            " waits in a warp operation");
        }
    }
    for (Thread& thread : threads_) thread.wait = Wait::None;
    return true;
}

bool Block::release_warp(std::size_t first) {
    const std::size_t end = std::min(first + kWarp, threads_.size());
    bool moved = false;
    for (std::size_t i = first; i < end; ++i) {
        if (threads_[i].wait != Wait::Warp) continue;
        require_lanes(threads_[i], first);
        const unsigned mask = threads_[i].mask;
        for (std::size_t j = first; j < end; ++j) {
            if ((mask >> (j - first) & 1u) != 0) threads_[j].wait = Wait::None;
        }
        moved = true;
    }
    return moved;
}

/// All fibers have run as far as they can, so a lane that is not in the same operation now will not come.
void Block::require_lanes(const Thread& waiting, std::size_t first) const {
    for (std::size_t lane = 0; lane < kWarp; ++lane) {
        if ((waiting.mask >> lane & 1u) == 0) continue;
        if (first + lane >= threads_.size()) {
            throw Violation(place(waiting) + " names lane " + std::to_string(lane) + ", which the block does not have");
        }
        const Thread& other = threads_[first + lane];
        if (other.wait != Wait::Warp || other.mask != waiting.mask ||
            other.warp_operations != waiting.warp_operations) {
            throw Violation(place(waiting) + " waits in a warp operation, but lane " + std::to_string(lane) + " (" +
                            place(other) + ") is missing");
        }
    }
}

void* Block::shared_object(int line, std::size_t size) {
    auto found = shared_.find(line);
    if (found == shared_.end()) found = shared_.emplace(line, SharedObject{poisoned(size), size}).first;
    if (found->second.size != size) throw Violation("two shared objects on one source line");
    return found->second.memory.data();
}

Block& block_of_kernel() {
    if (running == nullptr) throw std::logic_error("a word of CUDA was used outside a launch");
    return *running;
}

std::vector<std::size_t> ordered(std::size_t count, std::uint64_t seed) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (chosen_order == Order::Reverse) std::reverse(order.begin(), order.end());
    if (chosen_order == Order::Random) std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
    return order;
}

}  // namespace

void set_order(Order order, std::uint64_t seed) {
    chosen_order = order;
    chosen_seed = seed;
}

void run_grid(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, const std::function<void()>& body) {
    const std::size_t num_threads = static_cast<std::size_t>(block.x) * block.y * block.z;
    if (num_threads == 0 || num_threads > 1024) throw Violation("a block has 1 to 1024 threads");
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535)
        throw Violation("grid out of range");
    gridDim = grid;
    blockDim = block;
    FiberStacks stacks(num_threads);
    struct Cleanup {
        ~Cleanup() { running = nullptr; }
    } cleanup;
    for (const std::size_t flat : ordered(static_cast<std::size_t>(grid.x) * grid.y * grid.z, chosen_seed)) {
        const auto i = static_cast<unsigned>(flat);
        blockIdx = dim3(i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y));
        const std::vector<std::size_t> order = ordered(num_threads, chosen_seed + flat + 1);
        Block(block, dynamic_shared_bytes, order, stacks).run(body);
    }
}

void block_barrier() { block_of_kernel().pause(Wait::Block, 0); }

void warp_barrier(unsigned mask) {
    Block& block = block_of_kernel();
    if ((mask >> lane_id() & 1u) == 0)
        throw Violation(place(block.current()) + " is not in the mask of its warp barrier");
    block.pause(Wait::Warp, mask);
    ++block.current().warp_operations;
}

void exchange(unsigned mask, int source_lane, const void* value, void* result, std::size_t size) {
    Block& block = block_of_kernel();
    Thread& self = block.current();
    const std::uint64_t parity = self.warp_operations % 2;
    std::memcpy(self.slots[parity].data(), value, size);
    warp_barrier(mask);
    if (source_lane < 0 || source_lane >= kWarp || (mask >> source_lane & 1u) == 0) {
        throw Violation(place(self) + " reads lane " + std::to_string(source_lane) + ", which is not in the mask");
    }
    std::memcpy(result, block.lane(source_lane).slots[parity].data(), size);
}

unsigned vote(unsigned mask, bool predicate) {
    unsigned result = 0;
    Block& block = block_of_kernel();
    const std::uint64_t parity = block.current().warp_operations % 2;
    block.current().slots[parity][0] = predicate ? 1 : 0;
    warp_barrier(mask);
    for (int lane = 0; lane < kWarp; ++lane) {
        if ((mask >> lane & 1u) != 0 && block.lane(lane).slots[parity][0] != 0) result |= 1u << lane;
    }
    return result;
}

int lane_id() { return static_cast<int>(block_of_kernel().current_index() % kWarp); }

void* static_shared(int line, std::size_t size, std::size_t alignment) {
    if (alignment > alignof(std::max_align_t)) throw Violation("a shared object asks for more than 16-byte alignment");
    return block_of_kernel().shared_object(line, size);
}

void* dynamic_shared_memory() { return block_of_kernel().dynamic(); }

void require_aligned(const void* address, std::size_t alignment) {
    if (reinterpret_cast<std::uintptr_t>(address) % alignment != 0) {
        throw Violation("a vector access is not aligned to " + std::to_string(alignment) + " bytes");
    }
}

}  // namespace molt::host_cuda
