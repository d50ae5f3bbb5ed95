// Cross-entropy and KL of one row of logits: the gradient replaces the logits, exponentials are taken once.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/rows.h"
#include "core/kernels/simd/local.h"
#include "core/kernels/simd/table.h"

namespace molt::kernels::MOLT_SIMD_LEVEL {
namespace {

/// A row padded with -infinity-like logits is exp'ed to 0; `log_sum` = log sum exp(x / temperature).
template <class T>
struct Softmax {
    static constexpr int L = kWide<T>;
    index padded;
    T *scaled, *probability;  // x / temperature, softmax
    T log_sum = 0;

    static index scratch(index V) { return 2 * round_up(V, L); }
    Softmax(index V, Scratch<T>& scratch) : padded(round_up(V, L)) {
        scaled = scratch.take(padded), probability = scratch.take(padded);
    }
    void compute(const T* logits, index V, double temperature) {
        const T factor = T(1.0 / temperature);
        for (index i = 0; i < V; ++i) scaled[i] = logits[i] * factor;
        for (index i = V; i < padded; ++i) scaled[i] = T(-1e30);
        Vec<T, L> high = load<L>(scaled), sum{};
        for (index i = L; i < padded; i += L) {
            const Vec<T, L> v = load<L>(scaled + i);
            high = v > high ? v : high;
        }
        T largest = high[0];
        for (int i = 1; i < L; ++i) largest = high[i] > largest ? high[i] : largest;
        for (index i = 0; i < padded; i += L) {
            const Vec<T, L> p = exp_of<L>(load<L>(scaled + i) - largest);
            store(probability + i, p);
            sum += p;
        }
        for (index i = V; i < padded; ++i) sum[i % L] -= probability[i];
        const T total = sum_of(sum), share = T(1) / total;
        for (index i = 0; i < padded; ++i) probability[i] *= share;
        for (index i = V; i < padded; ++i) probability[i] = 0;
        log_sum = largest + T(::log(double(total)));
    }
};

/// Adds weight * d KL / d logits to `gradient` (padded), returns KL.
template <class T>
T divergence(const Softmax<T>& student, const Softmax<T>& teacher, bool reverse, T weight, T* gradient) {
    constexpr int L = Softmax<T>::L;
    const T offset = student.log_sum - teacher.log_sum;
    const T* mean_under = reverse ? student.probability : teacher.probability;
    Vec<T, L> sum{};
    for (index i = 0; i < student.padded; i += L) {
        const Vec<T, L> log_ratio = load<L>(teacher.scaled + i) - load<L>(student.scaled + i) + offset;
        const Vec<T, L> p = load<L>(mean_under + i);
        sum += p > T(0) ? p * log_ratio : Vec<T, L>{};
    }
    const T kl = reverse ? -sum_of(sum) : sum_of(sum);
    for (index i = 0; i < student.padded; i += L) {
        const Vec<T, L> q = load<L>(student.probability + i);
        Vec<T, L> d = q - load<L>(teacher.probability + i);
        if (reverse) d = q * (load<L>(student.scaled + i) - load<L>(teacher.scaled + i) - offset - kl);
        store(gradient + i, load<L>(gradient + i) + weight * d);
    }
    return kl;
}

}  // namespace

template <class T>
void loss_rows(const LossRows<T>& run, index begin, index end) {
    const index V = run.V;
    Scratch<T> scratch(3 * Softmax<T>::scratch(V) + round_up(V, kWide<T>));
    Softmax<T> plain(V, scratch), warm(V, scratch), teacher(V, scratch);
    T* gradient = scratch.take(plain.padded);
    const T ce_weight = T(run.ce_weight);
    for (index row = begin; row < end; ++row) {
        T* logits = run.student + row * V;
        plain.compute(logits, V, 1.0);
        run.ce[row] = double(plain.log_sum - plain.scaled[run.target[row]]);
        if (run.teacher == nullptr) {
            for (index i = 0; i < V; ++i) logits[i] = ce_weight * plain.probability[i];
            logits[run.target[row]] -= ce_weight;
            continue;
        }
        Softmax<T>& student = run.temperature == 1.0 ? plain : warm;
        if (&student == &warm) warm.compute(logits, V, run.temperature);
        teacher.compute(run.teacher + row * V, V, run.temperature);
        for (index i = 0; i < plain.padded; ++i) gradient[i] = ce_weight * plain.probability[i];
        run.kl[row] = double(divergence(student, teacher, run.reverse, T(run.kl_weight / run.temperature), gradient));
        std::memcpy(logits, gradient, sizeof(T) * std::size_t(V));
        logits[run.target[row]] -= ce_weight;
    }
}
template void loss_rows(const LossRows<float>&, index, index);
template void loss_rows(const LossRows<double>&, index, index);

}  // namespace molt::kernels::MOLT_SIMD_LEVEL
