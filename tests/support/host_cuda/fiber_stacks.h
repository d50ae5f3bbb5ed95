// Stacks of the shim's fibers: one allocation a launch; changes of stack are announced to AddressSanitizer.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace molt::host_cuda {

class FiberStacks {
public:
    explicit FiberStacks(std::size_t count) : memory_(new char[count * kBytes]) {}

    /// The stack of fiber i as Boost.Context's stack allocator.
    struct Slot {
        char* bottom;
        boost::context::stack_context allocate() const {
            boost::context::stack_context context;
            context.size = kBytes;
            context.sp = bottom + kBytes;
            return context;
        }
        void deallocate(boost::context::stack_context&) const noexcept {}
    };
    Slot slot(std::size_t i) { return {memory_.get() + i * kBytes}; }

#if defined(__SANITIZE_ADDRESS__)
    void* leaving_to_fiber(std::size_t i) {
        void* state = nullptr;
        __sanitizer_start_switch_fiber(&state, slot(i).bottom, kBytes);
        return state;
    }
    void returned(void* state) { __sanitizer_finish_switch_fiber(state, nullptr, nullptr); }
    void entered(void* state) { __sanitizer_finish_switch_fiber(state, &scheduler_bottom_, &scheduler_bytes_); }
    void* leaving_to_scheduler() {
        void* state = nullptr;
        __sanitizer_start_switch_fiber(&state, scheduler_bottom_, scheduler_bytes_);
        return state;
    }
    void leaving_for_good() { __sanitizer_start_switch_fiber(nullptr, scheduler_bottom_, scheduler_bytes_); }
#else
    void* leaving_to_fiber(std::size_t) { return nullptr; }
    void returned(void*) {}
    void entered(void*) {}
    void* leaving_to_scheduler() { return nullptr; }
    void leaving_for_good() {}
#endif

private:
    static constexpr std::size_t kBytes = std::size_t{128} << 10;
    std::unique_ptr<char[]> memory_;
#if defined(__SANITIZE_ADDRESS__)
    const void* scheduler_bottom_ = nullptr;
    std::size_t scheduler_bytes_ = 0;
#endif
};

}  // namespace molt::host_cuda
