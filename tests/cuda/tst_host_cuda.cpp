// Tests of the CUDA-on-CPU shim: good kernels pass in every order, each kind of broken kernel is caught.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_cuda/host_cuda.h"

#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "cuda/common.cuh"
#include "tests/support/host_cuda/guarded_buffer.h"

using namespace molt;
using host_cuda::Order;
using host_cuda::Violation;

namespace {

struct Arrays {
    const float* in;
    float* out;
    int size;
    unsigned* counter;
};

/// One block: every thread reads its neighbour's element through shared memory.
template <bool kBarrier>
__global__ void rotate(Arrays a) {
    struct Tile {
        float value[64];
    };
    MOLT_SHARED(Tile, tile);
    const auto i = threadIdx.x;
    tile.value[i] = a.in[i];
    if (kBarrier) __syncthreads();
    a.out[i] = tile.value[(i + 1) % 64];
}

/// Sum of all elements: warp sums, then the block's, then the last block adds the blocks in a fixed order.
__global__ void sum_all(Arrays a) {
    struct Partials {
        float warp[4];
        bool last;
    };
    MOLT_SHARED(Partials, shared);
    float value = 0.0f;
    for (auto i = blockIdx.x * 128 + threadIdx.x; i < static_cast<unsigned>(a.size); i += 128 * gridDim.x)
        value += a.in[i];
    value = cuda::warp_sum(value, 32);
    if (threadIdx.x % 32 == 0) shared.warp[threadIdx.x / 32] = value;
    __syncthreads();
    if (threadIdx.x == 0) {
        a.out[1 + blockIdx.x] = shared.warp[0] + shared.warp[1] + shared.warp[2] + shared.warp[3];
        __threadfence();
        shared.last = atomicInc(a.counter, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (threadIdx.x == 0 && shared.last) {
        a.out[0] = 0.0f;
        for (unsigned block = 0; block < gridDim.x; ++block) a.out[0] += a.out[1 + block];
    }
}

__global__ void divergent_barrier(Arrays) {
    if (threadIdx.x < 32) __syncthreads();
}
__global__ void barrier_against_shuffle(Arrays a) {
    if (threadIdx.x == 0) {
        __syncthreads();
    } else {
        a.out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
    }
}
__global__ void shuffle_after_exit(Arrays a) {
    if (threadIdx.x == 5) return;
    a.out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, a.in[threadIdx.x], 1);
}
__global__ void shuffle_outside_mask(Arrays a) {
    if (threadIdx.x < 16) a.out[threadIdx.x] = __shfl_sync(0x0000ffffu, a.in[threadIdx.x], 20);
}
__global__ void unaligned(Arrays a) { cuda::store_vec(a.out + 4, cuda::load_vec(a.in + 1)); }
__global__ void past_the_end(Arrays a) { a.out[threadIdx.x] = a.in[threadIdx.x + 1]; }
__global__ void dynamic_reverse(Arrays a) {
    float* tile = cuda::dynamic_shared<float>();
    tile[threadIdx.x] = a.in[threadIdx.x];
    __syncthreads();
    a.out[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}
__global__ void votes(Arrays a) {
    const unsigned odd = __ballot_sync(0xffffffffu, static_cast<int>(threadIdx.x % 2));
    const float below = __shfl_up_sync(0xffffffffu, a.in[threadIdx.x], 1u);
    __syncwarp();
    const float above = __shfl_down_sync(0xffffffffu, a.in[threadIdx.x], 1u);
    a.out[threadIdx.x] = odd == 0xaaaaaaaau ? below + above : -1.0f;
}

using Kernel = void (*)(Arrays);

/// The outputs of a kernel of `blocks` blocks in one order.
std::vector<float> outputs(Kernel kernel, unsigned blocks, unsigned threads, Order order, std::uint64_t seed = 0) {
    std::vector<float> in(1000), out(1000, -7.0f);
    std::iota(in.begin(), in.end(), 0.25f);
    unsigned counter = 0;
    host_cuda::set_order(order, seed);
    cuda::LaunchShape shape;
    shape.grid = dim3(blocks);
    shape.block = dim3(threads);
    shape.dynamic_shared_bytes = threads * sizeof(float);
    cuda::launch(kernel, shape, nullptr, Arrays{in.data(), out.data(), 1000, &counter});
    return out;
}

bool same_in_every_order(Kernel kernel, unsigned blocks, unsigned threads) {
    const std::vector<float> expected = outputs(kernel, blocks, threads, Order::Forward);
    bool same = outputs(kernel, blocks, threads, Order::Reverse) == expected;
    for (std::uint64_t seed = 1; seed <= 3; ++seed)
        same = same && outputs(kernel, blocks, threads, Order::Random, seed) == expected;
    return same;
}

std::string violation_of(Kernel kernel, unsigned threads) {
    try {
        outputs(kernel, 1, threads, Order::Forward);
    } catch (const Violation& violation) {
        return violation.what();
    }
    return "none";
}

/// Runs `body` in a child, because an access outside a buffer ends the process; returns its exit status.
int exit_status(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

class TstHostCuda : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void a_barrier_makes_the_order_irrelevant() {
        QVERIFY(same_in_every_order(rotate<true>, 1, 64));
        const std::vector<float> out = outputs(rotate<true>, 1, 64, Order::Reverse);
        for (int i = 0; i < 64; ++i)
            QCOMPARE(out[static_cast<std::size_t>(i)], 0.25f + static_cast<float>((i + 1) % 64));
    }
    void a_missing_barrier_shows_as_a_difference() { QVERIFY(!same_in_every_order(rotate<false>, 1, 64)); }
    void shared_memory_starts_as_nan() {
        const std::vector<float> out = outputs(rotate<false>, 1, 64, Order::Forward);
        QVERIFY(std::isnan(out[0]));
    }
    void warp_sums_and_last_block_reduction_add_up() {
        QVERIFY(same_in_every_order(sum_all, 5, 128));
        QCOMPARE(outputs(sum_all, 5, 128, Order::Random, 9)[0], 0.25f * 1000 + 999.0f * 500);
    }
    void dynamic_shared_memory_is_one_array_a_block() {
        QVERIFY(same_in_every_order(dynamic_reverse, 1, 96));
        QCOMPARE(outputs(dynamic_reverse, 1, 96, Order::Forward)[0], 95.25f);
    }
    void votes_and_shuffles_read_the_right_lanes() {
        QVERIFY(same_in_every_order(votes, 1, 32));
        const std::vector<float> out = outputs(votes, 1, 32, Order::Forward);
        QCOMPARE(out[0], 0.25f + 1.25f);
        QCOMPARE(out[7], 6.25f + 8.25f);
        QCOMPARE(out[31], 30.25f + 31.25f);
    }
    void a_barrier_that_some_threads_never_reach_is_reported() {
        const std::string text = violation_of(divergent_barrier, 64);
        QVERIFY2(text.find("__syncthreads") != std::string::npos && text.find("has ended") != std::string::npos,
                 text.c_str());
    }
    void a_barrier_against_a_shuffle_is_reported() {
        QVERIFY(violation_of(barrier_against_shuffle, 32).find("is missing") != std::string::npos);
    }
    void a_shuffle_with_a_lane_missing_is_reported() {
        QVERIFY(violation_of(shuffle_after_exit, 32).find("lane 5") != std::string::npos);
        QVERIFY(violation_of(votes, 24).find("does not have") != std::string::npos);
    }
    void a_shuffle_from_outside_its_mask_is_reported() {
        QVERIFY(violation_of(shuffle_outside_mask, 32).find("not in the mask") != std::string::npos);
    }
    void an_unaligned_vector_access_is_reported() {
        QVERIFY(violation_of(unaligned, 1).find("aligned") != std::string::npos);
    }
    void a_launch_works_after_a_violation() {
        QVERIFY(violation_of(divergent_barrier, 64) != "none");
        QVERIFY(same_in_every_order(rotate<true>, 1, 64));
    }
    void an_access_outside_a_guarded_buffer_ends_the_process() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("the sanitizer has its own handler for this signal");
#endif
        const auto run = [](Kernel kernel, int size, host_cuda::Guard guard, int offset) {
            return exit_status([=] {
                const host_cuda::GuardedBuffer<float> in("in", std::vector<float>(static_cast<std::size_t>(size), 1.0f),
                                                         guard);
                const host_cuda::GuardedBuffer<float> out("out", static_cast<std::size_t>(size), guard);
                cuda::LaunchShape shape;
                shape.block = dim3(64);
                cuda::launch(kernel, shape, nullptr, Arrays{in.data() + offset, out.data(), size, nullptr});
            });
        };
        QCOMPARE(run(past_the_end, 68, host_cuda::Guard::Behind, 0), 0);
        QCOMPARE(run(past_the_end, 64, host_cuda::Guard::Behind, 0), host_cuda::kAccessOutside);
        QCOMPARE(run(past_the_end, 68, host_cuda::Guard::Before, -4), host_cuda::kAccessOutside);
    }
};

QTEST_GUILESS_MAIN(TstHostCuda)
#include "tst_host_cuda.moc"
