// Ridge regression of output projections while teacher and student walk through the same text, layer by layer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/calibrate.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/multinomial.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace molt {

namespace {

constexpr std::int64_t kTextRows = 64, kTextTokens = 256;

/// g'g, g'y and y'y of a linear regression, accumulated in float64.
class NormalEquations {
public:
    void add(const at::Tensor& features_BTC, const at::Tensor& target_BTD) {
        const at::Tensor g = features_BTC.flatten(0, 1).to(at::kDouble), y = target_BTD.flatten(0, 1).to(at::kDouble);
        const at::Tensor gram = at::matmul(g.t(), g), cross = at::matmul(g.t(), y);
        gram_CC_ = gram_CC_.defined() ? gram_CC_ + gram : gram;
        cross_CD_ = cross_CD_.defined() ? cross_CD_ + cross : cross;
        target_square_ += y.square().sum().item<double>();
    }

    /// (D,C). The diagonal grows tenfold until the factorisation succeeds.
    at::Tensor solve(double ridge) const {
        const double mean = std::max(gram_CC_.diagonal().mean().item<double>(), 1e-30);
        for (double lambda = ridge; lambda < 1e3; lambda *= 10) {
            at::Tensor damped = gram_CC_.clone();
            damped.diagonal().add_(lambda * mean);
            const auto [factor, info] = at::linalg_cholesky_ex(damped);
            if (info.item<int>() == 0) return at::cholesky_solve(cross_CD_, factor).t().contiguous();
        }
        fail(ErrorCode::NonFinite, "Calibration met features that are not finite.", "Check the teacher's weights.");
    }

    double relative_error(const at::Tensor& weight_DC) const {
        const double explained = (weight_DC.t() * cross_CD_).sum().item<double>();
        const double power = (at::matmul(weight_DC, gram_CC_) * weight_DC).sum().item<double>();
        return (target_square_ - 2 * explained + power) / std::max(target_square_, 1e-30);
    }

private:
    at::Tensor gram_CC_, cross_CD_;
    double target_square_ = 0.0;
};

struct Streams {
    std::vector<at::Tensor> teacher, student;  ///< residual streams (B,T,D), one entry per batch of rows
};

/// The teacher's stream after its mixer: (B,T,D).
at::Tensor after_mixer(const HybridModel& model, std::int64_t layer, const at::Tensor& x_BTD) {
    return x_BTD + model.mixer(layer).forward(model.mixer_input(layer, x_BTD), {}, nullptr);
}

/// The output projection of a converted layer.
at::Tensor out_projection(const HybridModel& student, std::int64_t layer) {
    return student.params().at(join("model.layers.", layer, ".mamba.out_proj.weight"));
}

LayerFit fit_layer(const HybridModel& teacher, HybridModel& student, std::int64_t layer, double ridge,
                   Streams* streams) {
    NormalEquations equations;
    std::vector<at::Tensor> features, mixed_teacher;
    for (std::size_t i = 0; i < streams->teacher.size(); ++i) {
        const at::Tensor& x_BTD = streams->student[i];
        mixed_teacher.push_back(after_mixer(teacher, layer, streams->teacher[i]));
        features.push_back(student.mixer(layer).features(student.mixer_input(layer, x_BTD), {}, nullptr));
        equations.add(features.back(), mixed_teacher.back() - x_BTD);
    }
    const at::Tensor weight_DC = equations.solve(ridge);
    out_projection(student, layer).copy_(weight_DC);
    for (std::size_t i = 0; i < streams->teacher.size(); ++i) {
        const at::Tensor mixed_BTD = streams->student[i] + student.mixer(layer).project(features[i]);
        streams->student[i] = student.add_mlp(layer, mixed_BTD);
        streams->teacher[i] = teacher.add_mlp(layer, mixed_teacher[i]);
    }
    return {layer, equations.relative_error(weight_DC)};
}

void pass_layer(const HybridModel& teacher, const HybridModel& student, std::int64_t layer, Streams* streams) {
    for (std::size_t i = 0; i < streams->teacher.size(); ++i) {
        streams->teacher[i] = teacher.add_mlp(layer, after_mixer(teacher, layer, streams->teacher[i]));
        streams->student[i] = student.add_mlp(layer, after_mixer(student, layer, streams->student[i]));
    }
}

void check_fit(const ModelConfig& teacher, const ModelConfig& student) {
    const bool same = teacher.num_layers() == student.num_layers() && teacher.hidden_size == student.hidden_size &&
                      teacher.vocab_size == student.vocab_size;
    if (same) return;
    fail(ErrorCode::Mismatch, "Teacher and student differ in layers, width or vocabulary.",
         "Calibrate a student that was converted from this teacher.");
}

}  // namespace

std::vector<LayerFit> calibrate(const HybridModel& teacher, HybridModel& student, const CalibrateOptions& options) {
    const at::NoGradGuard no_grad;
    check_fit(teacher.config(), student.config());
    const at::Tensor ids_NT =
        options.ids_NT.defined()
            ? options.ids_NT
            : teacher_text(teacher, kTextRows, std::min(kTextTokens, teacher.config().max_position), options.seed);
    Streams streams;
    for (std::int64_t row = 0; row < ids_NT.size(0); row += options.rows_at_once) {
        const at::Tensor ids = ids_NT.narrow(0, row, std::min(options.rows_at_once, ids_NT.size(0) - row));
        streams.teacher.push_back(teacher.embed(ids));
        streams.student.push_back(student.embed(ids));
    }
    std::vector<LayerFit> fits;
    for (std::int64_t layer = 0; layer < teacher.config().num_layers(); ++layer) {
        if (options.progress) options.progress(layer, teacher.config().num_layers());
        const bool is_new =
            student.mixer(layer).kind() != MixerKind::Attention && teacher.mixer(layer).kind() == MixerKind::Attention;
        if (is_new) {
            fits.push_back(fit_layer(teacher, student, layer, options.ridge, &streams));
        } else {
            pass_layer(teacher, student, layer, &streams);
        }
    }
    return fits;
}

at::Tensor teacher_text(const HybridModel& teacher, std::int64_t rows, std::int64_t tokens, std::uint64_t seed) {
    const at::NoGradGuard no_grad;
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    ModelState state = teacher.new_state(rows);
    std::vector<at::Tensor> columns{
        at::full({rows, 1}, teacher.config().bos_token, at::TensorOptions().dtype(at::kLong))};
    for (std::int64_t t = 1; t < tokens; ++t) {
        const at::Tensor logits_BV = teacher.logits(teacher.hidden(columns.back(), {}, &state)).select(1, 0);
        state.accept_all();
        columns.push_back(at::multinomial(at::softmax(logits_BV.to(at::kFloat), -1), 1, false, generator));
    }
    return at::cat(columns, 1);
}

}  // namespace molt
