// The factory of mixers: a plain switch.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/mixer.h"

#include "core/base/error.h"
#include "core/model/attention_mixer.h"
#include "core/model/mamba1_mixer.h"
#include "core/model/mamba2_mixer.h"
#include "core/model/stock_mamba1_mixer.h"

namespace molt {

std::unique_ptr<Mixer> make_mixer(MixerKind kind, const ModelConfig& config, const ParamSet& params,
                                  const std::string& prefix) {
    if (config.is_pure() && kind == MixerKind::Mamba1) {
        return std::make_unique<StockMamba1Mixer>(config, params, prefix + "mixer.");
    }
    switch (kind) {
        case MixerKind::Attention:
            return std::make_unique<AttentionMixer>(config, params, prefix + "self_attn.");
        case MixerKind::Mamba1:
            return std::make_unique<Mamba1Mixer>(config, params, prefix + "mamba.");
        case MixerKind::Mamba2:
            return std::make_unique<Mamba2Mixer>(config, params, prefix + (config.is_pure() ? "mixer." : "mamba."));
    }
    assertion_failed("every kind of mixer has a case", __FILE__, __LINE__);
}

}  // namespace molt
