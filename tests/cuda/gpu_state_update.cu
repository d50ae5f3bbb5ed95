// The Mamba-2 decode kernel on a real GPU against the CPU reference. Needs a driver, no LibTorch, no Qt; exits 77
// without. SPDX-License-Identifier: GPL-3.0-or-later
#include <cuda_runtime.h>

#include <cstdio>
#include <vector>

#include "cuda/api.h"
#include "tests/cuda/state_update_case.h"

using namespace molt;
using kernels::StateUpdate;
using testing::StateUpdateCase;

namespace {

/// A device copy of a vector, copied back by the destructor's owner with fetch().
template <class T>
class DeviceArray {
public:
    explicit DeviceArray(const std::vector<T>& values) : count_(values.size()) {
        cudaMalloc(&data_, count_ * sizeof(T));
        cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice);
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;
    T* data() const { return data_; }
    void fetch(std::vector<T>& values) const {
        cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost);
    }

private:
    T* data_ = nullptr;
    std::size_t count_;
};

/// Two launches on the device: a verified window, then one that replays it. The case receives y and state.
int run_on_device(StateUpdateCase<float>& c, int first_window) {
    const DeviceArray<float> xbc(c.xbc), dt(c.dt), weight(c.conv_weight), bias(c.conv_bias), A(c.A), D(c.D),
        dt_bias(c.dt_bias), ring(c.ring), dt_ring(c.dt_ring), state(c.state), y(c.y);
    const int windows[2] = {first_window, c.sizes.tokens - first_window};
    for (int launch = 0, first = 0; launch < 2; first += windows[launch++]) {
        const DeviceArray<std::int64_t> position(c.position), pending(c.pending);
        StateUpdate<float> p = c.params(first, windows[launch], launch == 0 ? 0 : windows[launch]);
        p.xbc_BTC.data = xbc.data() + (p.xbc_BTC.data - c.xbc.data());
        p.dt_BTH.data = dt.data() + (p.dt_BTH.data - c.dt.data());
        p.y_BTC.data = y.data() + (p.y_BTC.data - c.y.data());
        p.conv_weight_CW = weight.data();
        p.conv_bias_C = bias.data();
        p.A_H = A.data();
        p.D_H = D.data();
        p.dt_bias_H = dt_bias.data();
        p.ring_BRC = ring.data();
        p.dt_ring_BRH = dt_ring.data();
        p.state_BHPN = state.data();
        p.position_B = position.data();
        p.pending_B = pending.data();
        int code = cuda::molt_cuda_api()->state_update_f32(p, nullptr);
        if (code == 0) code = static_cast<int>(cudaDeviceSynchronize());
        if (code != 0) return code;
        c.accept(windows[launch], p.committed);
    }
    y.fetch(c.y);
    state.fetch(c.state);
    return 0;
}

void run_on_host(StateUpdateCase<float>& c, int first_window) {
    kernels::state_update(c.params(0, first_window, 0));
    c.accept(first_window, 0);
    const int rest = c.sizes.tokens - first_window;
    kernels::state_update(c.params(first_window, rest, rest));
}

}  // namespace

int main() {
    const cuda::Api& api = *cuda::molt_cuda_api();
    if (!api.available()) {
        std::puts("skipped: no usable NVIDIA device");
        return 77;
    }
    int failures = 0;
    for (testing::StateUpdateSizes sizes : testing::state_update_shapes()) {
        sizes.ring = sizes.conv_width + sizes.tokens;
        StateUpdateCase<float> device(sizes, 1), host(sizes, 1);
        const int first_window = sizes.tokens / 2;
        const int code = run_on_device(device, first_window);
        run_on_host(host, first_window);
        const double y = testing::relative_difference(device.y, host.y);
        const double state = testing::relative_difference(device.state, host.state);
        const bool good = code == 0 && y <= 4e-6 && state <= 4e-6;
        std::printf("%s P %d N %d: y %.1e, state %.1e%s%s\n", good ? "ok  " : "FAIL", sizes.head_dim, sizes.state_dim,
                    y, state, code == 0 ? "" : ", ", code == 0 ? "" : api.error_text(code));
        if (!good) ++failures;
    }
    return failures == 0 ? 0 : 1;
}
