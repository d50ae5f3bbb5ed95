// Mamba-2 decode step: convolution, replay of pending tokens, state update and output in one launch.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A block owns a slice of the rows (P) of one head's state and keeps it in registers while it walks through the tokens.
// `lanes` neighbouring lanes share a row, each holds 4 * kVecs of its N columns; a thread holds kRowsPerThread rows.
// The x, B, C channels of the slice are convolved by all threads into one of two buffers, so one barrier a token is
// enough: a buffer is written again only after the barrier of the token between.
#include "core/kernels/state_update.h"

#include "cuda/api.h"
#include "cuda/common.cuh"

namespace molt::cuda {
namespace {

using kernels::narrow;
using kernels::StateUpdate;
using kernels::widen;

constexpr int kThreads = 256;
constexpr int kRowsPerThread = 4;
constexpr int kMinLanes = 8;
constexpr int kMaxSliceRows = kRowsPerThread * kThreads / kMinLanes;
constexpr int kMaxState = 256;

struct TokenInputs {
    float x[kMaxSliceRows], B[kMaxState], C[kMaxState];
    float delta, decay;
};

/// Where a block works, and where its row stands in the ring. Tokens are counted from the first new one: t < 0 is in
/// the ring.
struct Slice {
    int batch, head, first_row, num_rows;
    int known;      ///< tokens before t = 0, at most R: earlier ones are never asked for
    int ring_slot;  ///< of t = 0
    bool first_of_head;

    __device__ std::int64_t slot(int t, int ring) const {
        const int unwrapped = ring_slot + t;
        const int wrapped = unwrapped < 0 ? unwrapped + ring : unwrapped >= ring ? unwrapped - ring : unwrapped;
        return std::int64_t{batch} * ring + wrapped;
    }
};

template <class T>
__device__ float raw_input(const StateUpdate<T>& p, const Slice& slice, int t, int channel) {
    if (slice.known + t < 0) return 0.0f;
    if (t >= 0) return widen(p.xbc_BTC.row(slice.batch, t)[channel]);
    return widen(p.ring_BRC[slice.slot(t, p.ring) * p.channels() + channel]);
}

/// One channel after convolution and SiLU. The block that `owns` a channel also keeps the raw input for later windows;
/// slots of new tokens are read by nobody during this launch.
template <class T>
__device__ float convolved(const StateUpdate<T>& p, const Slice& slice, int t, int channel, bool owns) {
    float sum = p.conv_bias_C != nullptr ? widen(p.conv_bias_C[channel]) : 0.0f;
#pragma unroll 1
    for (int w = 0; w < p.conv_width; ++w) {
        const float weight = widen(p.conv_weight_CW[channel * p.conv_width + w]);
        sum = fmaf(weight, raw_input(p, slice, t - (p.conv_width - 1) + w, channel), sum);
    }
    if (owns && t >= 0) {
        p.ring_BRC[slice.slot(t, p.ring) * p.channels() + channel] = p.xbc_BTC.row(slice.batch, t)[channel];
    }
    return silu(sum);
}

template <class T>
__device__ void step_size(const StateUpdate<T>& p, const Slice& slice, int t, TokenInputs& token) {
    T* kept = p.dt_ring_BRH + slice.slot(t, p.ring) * p.heads + slice.head;
    const T raw = t >= 0 ? p.dt_BTH.row(slice.batch, t)[slice.head] : *kept;
    if (slice.first_of_head && t >= 0) *kept = raw;
    token.delta = softplus(widen(raw) + p.dt_bias_H[slice.head]);
    token.decay = expf(p.A_H[slice.head] * token.delta);
}

/// All threads: the inputs of one token that this slice needs. Channels shared by several blocks are kept by the first.
template <class T>
__device__ void stage_token(const StateUpdate<T>& p, const Slice& slice, int t, TokenInputs& token) {
    const int x_heads = p.heads / p.x_groups, b_heads = p.heads / p.b_groups, c_heads = p.heads / p.c_groups;
    const int x_channel = slice.head / x_heads * p.head_dim + slice.first_row;
    const int b_channel = p.b_begin() + slice.head / b_heads * p.state_dim;
    const int c_channel = p.c_begin() + slice.head / c_heads * p.state_dim;
    const bool owns_b = slice.head % b_heads == 0 && slice.first_of_head;
    const bool owns_c = slice.head % c_heads == 0 && slice.first_of_head;
    const int num_channels = slice.num_rows + 2 * p.state_dim;
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < num_channels; i += kThreads) {
        const int j = i - slice.num_rows, n = j - p.state_dim;
        if (j < 0) {
            token.x[i] = convolved(p, slice, t, x_channel + i, slice.head % x_heads == 0);
        } else if (n < 0) {
            token.B[j] = convolved(p, slice, t, b_channel + j, owns_b);
        } else {
            token.C[n] = convolved(p, slice, t, c_channel + n, owns_c);
        }
    }
    if (threadIdx.x == 0) step_size(p, slice, t, token);
}

/// The registers of one thread: kRowsPerThread rows by kVecs groups of 4 columns, and which of them exist.
template <int kVecs>
struct StateRegisters {
    Vec<float> value[kRowsPerThread][kVecs];
    int first_row, row_stride;  ///< within the slice
    int first_column, column_stride;
    int num_rows, num_columns;

    __device__ int row(int r) const { return first_row + r * row_stride; }
    __device__ int column(int v) const { return first_column + v * column_stride; }
    __device__ bool exists(int r, int v) const { return row(r) < num_rows && column(v) < num_columns; }
};

template <int kVecs>
__device__ void load_state(StateRegisters<kVecs>& state, const float* slice_PN) {
#pragma unroll
    for (int r = 0; r < kRowsPerThread; ++r) {
#pragma unroll
        for (int v = 0; v < kVecs; ++v) {
            state.value[r][v] = Vec<float>{};
            if (state.exists(r, v)) {
                state.value[r][v] =
                    load_vec(slice_PN + std::int64_t{state.row(r)} * state.num_columns + state.column(v));
            }
        }
    }
}

template <int kVecs>
__device__ void store_state(const StateRegisters<kVecs>& state, float* slice_PN) {
#pragma unroll
    for (int r = 0; r < kRowsPerThread; ++r) {
#pragma unroll
        for (int v = 0; v < kVecs; ++v) {
            if (!state.exists(r, v)) continue;
            store_vec(slice_PN + std::int64_t{state.row(r)} * state.num_columns + state.column(v), state.value[r][v]);
        }
    }
}

/// S = decay S + delta x B' for the thread's rows; y_R receives each row's partial sum of S C.
template <int kVecs>
__device__ void advance(StateRegisters<kVecs>& state, const TokenInputs& token, float (&y_R)[kRowsPerThread]) {
#pragma unroll
    for (int r = 0; r < kRowsPerThread; ++r) {
        const float scaled_x = state.row(r) < state.num_rows ? token.delta * token.x[state.row(r)] : 0.0f;
        y_R[r] = 0.0f;
#pragma unroll
        for (int v = 0; v < kVecs; ++v) {
            if (state.column(v) >= state.num_columns) continue;
            for (int i = 0; i < Vec<float>::kSize; ++i) {
                float& s = state.value[r][v].lane[i];
                s = fmaf(token.decay, s, scaled_x * token.B[state.column(v) + i]);
                y_R[r] = fmaf(s, token.C[state.column(v) + i], y_R[r]);
            }
        }
    }
}

template <class T, int kVecs>
__device__ void write_output(const StateUpdate<T>& p, const Slice& slice, const StateRegisters<kVecs>& state,
                             const TokenInputs& token, const float (&y_R)[kRowsPerThread], int t, int lanes) {
    T* y_P = p.y_BTC.row(slice.batch, t) + slice.head * p.head_dim + slice.first_row;
#pragma unroll
    for (int r = 0; r < kRowsPerThread; ++r) {
        const float y = warp_sum(y_R[r], lanes);
        const int row = state.row(r);
        if (row < slice.num_rows && state.first_column == 0) {
            y_P[row] = narrow<T>(fmaf(p.D_H[slice.head], token.x[row], y));
        }
    }
}

__host__ __device__ int lanes_per_row(int state_dim) {
    int lanes = kMinLanes;
    while (lanes < kWarpSize && lanes * Vec<float>::kSize < state_dim) lanes *= 2;
    return lanes;
}

template <class T, int kVecs>
__global__ void __launch_bounds__(kThreads, 2) state_update_kernel(const StateUpdate<T> p) {
    struct Buffers {
        TokenInputs token[2];
    };
    MOLT_SHARED(Buffers, shared);

    const int lanes = lanes_per_row(p.state_dim), rows_at_once = kThreads / lanes;
    Slice slice;
    slice.batch = static_cast<int>(blockIdx.z);
    slice.head = static_cast<int>(blockIdx.y);
    slice.first_row = static_cast<int>(blockIdx.x) * kRowsPerThread * rows_at_once;
    slice.num_rows = min(kRowsPerThread * rows_at_once, p.head_dim - slice.first_row);
    const std::int64_t position = p.position_B[slice.batch];
    slice.known = static_cast<int>(position < p.ring ? position : p.ring);
    slice.ring_slot = static_cast<int>(position % p.ring);
    slice.first_of_head = blockIdx.x == 0;

    StateRegisters<kVecs> state;
    const int thread = static_cast<int>(threadIdx.x);
    state.first_row = thread / lanes;
    state.row_stride = rows_at_once;
    state.first_column = thread % lanes * Vec<float>::kSize;
    state.column_stride = lanes * Vec<float>::kSize;
    state.num_rows = slice.num_rows;
    state.num_columns = p.state_dim;
    const std::int64_t head_index = std::int64_t{slice.batch} * p.heads + slice.head;
    float* slice_PN = p.state_BHPN + (head_index * p.head_dim + slice.first_row) * p.state_dim;
    load_state(state, slice_PN);

#pragma unroll 1
    for (int t = -static_cast<int>(p.pending_B[slice.batch]); t < p.tokens; ++t) {
        TokenInputs& token = shared.token[t & 1];
        stage_token(p, slice, t, token);
        __syncthreads();
        float y_R[kRowsPerThread];
        advance(state, token, y_R);
        if (t >= 0) write_output(p, slice, state, token, y_R, t, lanes);
        if (t == p.committed - 1) store_state(state, slice_PN);
    }
}

bool covered(int state_dim, const void* state) {
    const bool aligned = reinterpret_cast<std::uintptr_t>(state) % alignof(Vec<float>) == 0;
    return aligned && state_dim % Vec<float>::kSize == 0 && state_dim <= kMaxState;
}

}  // namespace

template <class T>
int state_update(const StateUpdate<T>& params, Stream stream) {
    if (kernels::shape_error(params) != nullptr || !covered(params.state_dim, params.state_BHPN)) return kBadShape;
    const int slice_rows = kRowsPerThread * kThreads / lanes_per_row(params.state_dim);
    LaunchShape shape;
    shape.grid = dim3(static_cast<unsigned>((params.head_dim + slice_rows - 1) / slice_rows),
                      static_cast<unsigned>(params.heads), static_cast<unsigned>(params.batch));
    shape.block = dim3(kThreads);
    const bool wide = params.state_dim > kWarpSize * Vec<float>::kSize;
    return launch(wide ? state_update_kernel<T, 2> : state_update_kernel<T, 1>, shape, stream, params);
}

template int state_update(const StateUpdate<float>&, Stream);
template int state_update(const StateUpdate<kernels::Bf16>&, Stream);

}  // namespace molt::cuda
