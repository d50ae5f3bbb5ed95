// selective_scan(): stored results, gradients, documents, windows and threads of the Mamba-1 scan.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/silu.h>

#include "core/base/platform.h"
#include "core/ops/ssm.h"
#include "tests/support/fixture_tensors.h"
#include "tests/support/gradient_check.h"
#include "tests/support/scan_reference.h"

#include <QtTest>

using namespace molt;
using namespace molt::testing;

namespace {

struct Sizes {
    std::int64_t B, T, C, N, groups_B, groups_C;
};

/// x, delta, A, B, C, D, state: random, with decays between almost 1 and almost 0.
std::vector<at::Tensor> random_inputs(const Sizes& s, at::ScalarType type = at::kDouble) {
    const auto options = at::TensorOptions().dtype(at::kDouble);
    std::vector<at::Tensor> in{at::randn({s.B, s.T, s.C}, options),
                               at::rand({s.B, s.T, s.C}, options) * 0.5 + 0.01,
                               -(at::rand({s.C, s.N}, options) * 3.0 + 0.2),
                               at::randn({s.B, s.T, s.groups_B, s.N}, options),
                               at::randn({s.B, s.T, s.groups_C, s.N}, options),
                               at::randn({s.C}, options),
                               at::randn({s.B, s.C, s.N}, options)};
    for (at::Tensor& t : in) t = t.to(type);
    return in;
}

ops::ScanResult run(const std::vector<at::Tensor>& in, const at::Tensor& segment = {}) {
    return ops::selective_scan(in[0], in[1], in[2], in[3], in[4], in[5], in[6], segment);
}

ops::ScanResult window_of(const std::vector<at::Tensor>& in, std::int64_t from, std::int64_t n,
                          const at::Tensor& state) {
    return ops::selective_scan(in[0].narrow(1, from, n), in[1].narrow(1, from, n), in[2], in[3].narrow(1, from, n),
                               in[4].narrow(1, from, n), in[5], state);
}

}  // namespace

class TstSelectiveScan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        at::manual_seed(7);
        at::set_num_threads(1);  // tiny operations: a second thread only waits
    }

    void stored_cases_match_values_and_gradients() {
        if (!std::filesystem::exists(fixture_path("scan/scan.safetensors"))) QSKIP("no fixtures: set MOLT_SHARED");
        const auto tensors = read_fixture(fixture_path("scan/scan.safetensors"));
        for (const std::string name :
             {"basic", "length1", "initial_state", "segments", "segments_initial_state", "long"}) {
            const auto get = [&](const std::string& key) {
                const auto found = tensors.find("mamba1." + name + "." + key);
                return found == tensors.end() ? at::Tensor() : found->second.clone();
            };
            std::vector<at::Tensor> in;
            for (const std::string key : {"x", "delta", "A", "B", "C", "D", "h0"}) {
                in.push_back(get(key));
                if (in.back().defined()) in.back().set_requires_grad(true);
            }
            const at::Tensor gate = get("z");
            ops::ScanResult result = run(in, get("seg"));
            if (gate.defined()) result.y = result.y * at::silu(gate);
            QVERIFY2(difference(result.y, get("y")) < 1e-10, name.c_str());
            QVERIFY2(difference(result.state, get("state")) < 1e-10, name.c_str());
            ((get("w_y") * result.y).sum() + (get("w_state") * result.state).sum()).backward();
            const std::vector<std::string> keys{"d_x", "d_delta", "d_A", "d_B", "d_C", "d_D", "d_h0"};
            for (std::size_t i = 0; i < keys.size(); ++i) {
                if (!in[i].defined()) continue;
                const double error = difference(in[i].grad(), get(keys[i]));
                QVERIFY2(error < 1e-10, (name + "." + keys[i] + ": " + number(error)).c_str());
            }
        }
    }

    void rows_of_different_length_keep_their_own_state() {
        if (!std::filesystem::exists(fixture_path("scan/scan.safetensors"))) QSKIP("no fixtures: set MOLT_SHARED");
        const auto tensors = read_fixture(fixture_path("scan/scan.safetensors"));
        const auto get = [&](const std::string& key) { return tensors.at("ragged.mamba1." + key); };
        const at::Tensor inside = at::arange(12).unsqueeze(0) < get("lengths").unsqueeze(1);
        const at::Tensor delta = get("delta") * inside.unsqueeze(-1);
        for (const bool with_gradient : {false, true}) {
            const ops::ScanResult result = ops::selective_scan(get("x").clone().set_requires_grad(with_gradient), delta,
                                                               get("A"), get("B"), get("C"), get("D"), get("h0"));
            QVERIFY(difference(result.y * inside.unsqueeze(-1), get("y")) < 1e-10);
            QVERIFY(difference(result.state, get("state")) < 1e-10);
        }
    }

    void every_gradient_agrees_with_finite_differences() {
        for (const Sizes s : {Sizes{2, 19, 6, 3, 3, 2}, Sizes{1, 35, 20, 5, 1, 2}}) {
            at::Tensor segment = (at::arange(s.B * s.T) / 11).floor_divide(1).to(at::kLong).view({s.B, s.T});
            for (const at::Tensor& documents : {at::Tensor(), segment}) {
                const GradientReport report = check_gradients(
                    [&](const std::vector<at::Tensor>& in) {
                        const ops::ScanResult result = run(in, documents);
                        return weighted_sum({result.y, result.state});
                    },
                    random_inputs(s));
                QVERIFY2(report.worst < 1e-7, (report.where + ": " + number(report.worst)).c_str());
            }
        }
    }

    void float32_agrees_with_the_token_loop_in_float64() {
        for (const Sizes s : {Sizes{2, 150, 64, 16, 2, 4}, Sizes{1, 129, 48, 16, 1, 1}, Sizes{2, 64, 10, 7, 2, 5}}) {
            const std::vector<at::Tensor> wide = random_inputs(s);
            const at::Tensor segment = at::arange(s.T).floor_divide(50).expand({s.B, s.T});
            std::vector<at::Tensor> narrow, exact;
            for (const at::Tensor& t : wide) {
                narrow.push_back(t.to(at::kFloat).set_requires_grad(true));
                exact.push_back(narrow.back().detach().to(at::kDouble).set_requires_grad(true));
            }
            const ops::ScanResult got = run(narrow, segment);
            const ops::ScanResult want =
                reference_scan(exact[0], exact[1], exact[2], exact[3], exact[4], exact[5], exact[6], segment);
            weighted_sum({got.y.to(at::kDouble), got.state.to(at::kDouble)}).backward();
            weighted_sum({want.y, want.state}).backward();
            QVERIFY(relative_error(got.y, want.y) < 2e-6);
            QVERIFY(relative_error(got.state, want.state) < 2e-6);
            for (std::size_t i = 0; i < narrow.size(); ++i) {
                const double error = relative_error(narrow[i].grad(), exact[i].grad());
                QVERIFY2(error < 2e-6, ("input " + std::to_string(i) + ": " + number(error)).c_str());
            }
        }
    }

    void windows_give_the_same_bits_however_tokens_are_cut() {
        for (const auto type : {at::kFloat, at::kDouble}) {
            const std::vector<at::Tensor> in = random_inputs({2, 42, 24, 5, 2, 3}, type);
            ops::ScanResult first;
            for (const std::int64_t width : {1, 3, 7, 16, 42}) {
                at::Tensor state = in[6];
                std::vector<at::Tensor> outputs;
                for (std::int64_t t = 0; t < 42; t += width) {
                    const ops::ScanResult part = window_of(in, t, std::min<std::int64_t>(width, 42 - t), state);
                    outputs.push_back(part.y), state = part.state;
                }
                const ops::ScanResult whole{at::cat(outputs, 1), state};
                if (width == 1) first = whole;
                QVERIFY(whole.y.equal(first.y) && whole.state.equal(first.state));
            }
            QVERIFY(run(in).y.equal(first.y));
        }
    }

    void tokens_of_step_zero_leave_the_state_bits() {
        std::vector<at::Tensor> in = random_inputs({2, 8, 16, 8, 1, 1}, at::kFloat);
        in[1].narrow(1, 5, 3).zero_();
        const ops::ScanResult whole = run(in), kept = window_of(in, 0, 5, in[6]);
        QVERIFY(whole.state.equal(kept.state));
        in[1].zero_();
        QVERIFY(run(in).state.equal(in[6]));
    }

    void threads_do_not_change_the_bits() {
        const auto run_on = [&](int threads) {
            at::manual_seed(3);
            at::set_num_threads(threads);
            std::vector<at::Tensor> in = random_inputs({3, 80, 64, 16, 2, 4}, at::kFloat);
            for (at::Tensor& t : in) t.set_requires_grad(true);
            const ops::ScanResult result = run(in);
            (result.y.sum() + result.state.square().sum()).backward();
            std::vector<at::Tensor> out{result.y.detach(), result.state.detach()};
            for (const at::Tensor& t : in) out.push_back(t.grad());
            return out;
        };
        const std::vector<at::Tensor> one = run_on(1), two = run_on(2);
        for (std::size_t i = 0; i < one.size(); ++i) QVERIFY(one[i].equal(two[i]));
    }

    void memory_is_linear_in_tokens() {
        const std::int64_t before = peak_resident_bytes();
        std::vector<at::Tensor> in = random_inputs({1, 20000, 16, 16, 1, 1}, at::kFloat);
        for (at::Tensor& t : in) t.set_requires_grad(true);
        run(in).y.sum().backward();
        const std::int64_t used = peak_resident_bytes() - before;
        QVERIFY2(used < 20000 * 16 * 4 * 20, std::to_string(used).c_str());  // states of all tokens alone: 16, twice
    }

    void wrong_shapes_are_refused() {
        std::vector<at::Tensor> in = random_inputs({1, 5, 4, 3, 2, 4});
        in[3] = in[3].narrow(1, 0, 4);
        QVERIFY_THROWS_EXCEPTION(Error, run(in));
        in = random_inputs({1, 5, 4, 3, 3, 4});
        QVERIFY_THROWS_EXCEPTION(Error, run(in));
    }
};

QTEST_GUILESS_MAIN(TstSelectiveScan)
#include "tst_selective_scan.moc"
