// Ridge regression of output projections while teacher and student walk through the same text, layer by layer.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/calibrate.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
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
#include "core/model/tensor_list.h"

namespace molt {

namespace {

constexpr std::int64_t kTextRows = 64, kTextTokens = 256;
constexpr double kTextShare = 0.5;  // of the time, where the teacher writes the text; the rest walks through the layers

/// g'g, g'y and y'y of a linear regression, accumulated in float64.
class NormalEquations {
public:
    void add(const at::Tensor& features_BTC, const at::Tensor& target_BTD) {
        const at::Tensor g = features_BTC.flatten(0, 1).to(at::kDouble), y = target_BTD.flatten(0, 1).to(at::kDouble);
        if (!gram_CC_.defined()) {
            gram_CC_ = at::zeros({g.size(1), g.size(1)}, g.options());
            cross_CD_ = at::zeros({g.size(1), y.size(1)}, g.options());
        }
        gram_CC_.addmm_(g.t(), g);
        cross_CD_.addmm_(g.t(), y);
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

/// One layer as a model of its own, as layer 0: half precision is widened here, for this layer only.
HybridModel layer_alone(const HybridModel& model, std::int64_t layer,
                        const std::function<at::Tensor(const std::string&, const at::Tensor&)>& widened) {
    ModelConfig config = model.config();
    config.mixers = {config.mixers[static_cast<std::size_t>(layer)]};
    const std::string prefix = layer_prefix(config, layer), alone = layer_prefix(config, 0);
    ParamSet params;
    for (const auto& [name, tensor] : model.params().all()) {
        if (name.starts_with(prefix)) params.add(alone + name.substr(prefix.size()), widened(name, tensor));
        if (name.find(".layers.") == std::string::npos) params.add(name, tensor);
    }
    return HybridModel(config, params);
}

at::Tensor at_least_float(const at::Tensor& tensor) {
    return tensor.scalar_type() == at::kDouble ? tensor : tensor.to(at::kFloat);
}

/// The same layer of both models, widened; what they share is widened once.
struct LayerPair {
    LayerPair(const HybridModel& teachers, const HybridModel& students, std::int64_t layer)
        : teacher(layer_alone(teachers, layer, [](const auto&, const auto& tensor) { return at_least_float(tensor); })),
          student(layer_alone(students, layer, [&](const std::string& name, const at::Tensor& tensor) {
              const std::string prefix = layer_prefix(teachers.config(), layer);
              const bool shared = teachers.params().contains(name) && teachers.params().at(name).is_same(tensor);
              return shared ? teacher.params().at(layer_prefix(teachers.config(), 0) + name.substr(prefix.size()))
                            : at_least_float(tensor);
          })) {}
    HybridModel teacher, student;
};

/// The stream after the mixer: (B,T,D).
at::Tensor after_mixer(const HybridModel& layer, const at::Tensor& x_BTD) {
    return x_BTD + layer.mixer(0).forward(layer.mixer_input(0, x_BTD), {}, nullptr);
}

/// What the student's output projection sees.
at::Tensor features_of(const HybridModel& layer, const at::Tensor& x_BTD) {
    return layer.mixer(0).features(layer.mixer_input(0, x_BTD), {}, nullptr);
}

/// The output projection of a converted layer.
at::Tensor out_projection(const HybridModel& student, std::int64_t layer) {
    return student.params().at(layer_prefix(student.config(), layer) + "mamba.out_proj.weight");
}

/// Features are computed twice rather than kept: for all tokens they are as large as the streams.
LayerFit fit_layer(const LayerPair& pair, HybridModel& student, std::int64_t layer, double ridge, Streams* streams) {
    NormalEquations equations;
    for (std::size_t i = 0; i < streams->teacher.size(); ++i) {
        streams->teacher[i] = after_mixer(pair.teacher, streams->teacher[i]);
        equations.add(features_of(pair.student, streams->student[i]), streams->teacher[i] - streams->student[i]);
    }
    const at::Tensor weight_DC = equations.solve(ridge);
    out_projection(student, layer).copy_(weight_DC);
    // As it was stored: what rounding took away is repaired by the layers behind.
    out_projection(pair.student, 0).copy_(out_projection(student, layer));
    for (std::size_t i = 0; i < streams->teacher.size(); ++i) {
        streams->student[i] = pair.student.add_mlp(0, after_mixer(pair.student, streams->student[i]));
        streams->teacher[i] = pair.teacher.add_mlp(0, streams->teacher[i]);
    }
    return {layer, equations.relative_error(weight_DC)};
}

void pass_layer(const LayerPair& pair, Streams* streams) {
    for (std::size_t i = 0; i < streams->teacher.size(); ++i) {
        streams->teacher[i] = pair.teacher.add_mlp(0, after_mixer(pair.teacher, streams->teacher[i]));
        streams->student[i] = pair.student.add_mlp(0, after_mixer(pair.student, streams->student[i]));
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
    const double written = options.ids_NT.defined() ? 0.0 : kTextShare;
    const auto report = [&](double share) {
        if (options.progress) options.progress(share);
    };
    const at::Tensor ids_NT =
        options.ids_NT.defined()
            ? options.ids_NT
            : teacher_text(teacher, kTextRows, std::min(kTextTokens, teacher.config().max_position), options.seed,
                           [&](double share) { report(written * share); });
    Streams streams;
    for (std::int64_t row = 0; row < ids_NT.size(0); row += options.rows_at_once) {
        const at::Tensor ids = ids_NT.narrow(0, row, std::min(options.rows_at_once, ids_NT.size(0) - row));
        streams.teacher.push_back(at_least_float(teacher.embed(ids)));
        streams.student.push_back(at_least_float(student.embed(ids)));
    }
    std::vector<LayerFit> fits;
    const std::int64_t layers = teacher.config().num_layers();
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        report(written + (1 - written) * static_cast<double>(layer) / static_cast<double>(layers));
        const LayerPair pair(teacher, student, layer);
        const bool is_new =
            student.mixer(layer).kind() != MixerKind::Attention && teacher.mixer(layer).kind() == MixerKind::Attention;
        if (is_new) {
            fits.push_back(fit_layer(pair, student, layer, options.ridge, &streams));
        } else {
            pass_layer(pair, &streams);
        }
    }
    return fits;
}

at::Tensor teacher_text(const HybridModel& teacher, std::int64_t rows, std::int64_t tokens, std::uint64_t seed,
                        const std::function<void(double share)>& progress) {
    const at::NoGradGuard no_grad;
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    ModelState state = teacher.new_state(rows);
    std::vector<at::Tensor> columns{
        at::full({rows, 1}, teacher.config().bos_token, at::TensorOptions().dtype(at::kLong))};
    for (std::int64_t t = 1; t < tokens; ++t) {
        if (progress) progress(static_cast<double>(t) / static_cast<double>(tokens));
        const at::Tensor logits_BV = teacher.logits(teacher.hidden(columns.back(), {}, &state)).select(1, 0);
        state.accept_all();
        columns.push_back(at::multinomial(at::softmax(logits_BV.to(at::kFloat), -1), 1, false, generator));
    }
    return at::cat(columns, 1);
}

}  // namespace molt
