// A recipe: one document that says everything about a run. Every key is a declared Field (cli.md section 5).
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/model_config.h"
#include "core/spec/shape_config.h"
#include "core/spec/stage_config.h"

namespace molt {

inline constexpr std::string_view kMixerChoices[] = {"mamba1", "mamba2"};
inline constexpr std::string_view kPlacementChoices[] = {"uniform", "first", "last", "middle"};
inline constexpr std::string_view kInitChoices[] = {"copy", "random", "calibrated"};
inline constexpr std::string_view kDeviceChoices[] = {"auto", "cpu", "cuda"};
inline constexpr std::string_view kDtypeChoices[] = {"auto", "float32", "float64"};

/// Where the student comes from: an existing model (`from`), or the teacher converted.
struct StudentConfig {
    std::string from;  ///< folder of a hybrid to go on with; empty: convert the teacher
    std::string mixer = "mamba2";
    AttentionChoice attention{.share = 0.5, .layers = {}};
    std::string placement = "uniform";
    std::string init = "copy";

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "from", .label = "Existing student", .unit = "", .help = "Folder of a hybrid to continue with; empty converts the teacher.", .advanced = true, .is_path = true}, self.from);
        v(Field{.name = "mixer", .label = "Mixer", .unit = "", .help = "What replaces attention: Mamba-2 (faster, larger state) or Mamba-1.", .choices = kMixerChoices}, self.mixer);
        v(Field{.name = "attention", .label = "Attention kept", .unit = "", .help = "Share of layers that keep attention (0 to 1), or their indices, as in 1,3."}, self.attention);
        v(Field{.name = "placement", .label = "Placement", .unit = "", .help = "Where the kept attention layers stand when a share is given.", .choices = kPlacementChoices}, self.placement);
        v(Field{.name = "init", .label = "Initialisation", .unit = "", .help = "copy: from the attention weights, as in the paper; calibrated: copied, then output projections fitted in closed form; random: for comparison.", .choices = kInitChoices, .advanced = true}, self.init);
    }
};

struct RunConfig {
    std::string name = "run";
    std::int64_t seed = 1;
    std::string teacher;    ///< folder or llama2.c file; a pretrain run has none
    std::string tokenizer;  ///< file or folder; empty: beside the teacher
    StudentConfig student;
    ShapeConfig model;  ///< a new model, where there is neither teacher nor student.from
    std::string out;    ///< folder of the final model; empty: final/ in the run's folder
    std::string device = "auto";
    std::string dtype = "auto";
    bool deterministic = false;
    std::int64_t threads = 0;  ///< 0: all cores
    std::vector<StageConfig> stages;

    template <class Self, class Visitor>
    static void visit(Self& self, Visitor&& v) {
        v(Field{.name = "name", .label = "Name", .unit = "", .help = "How the run is called in lists."}, self.name);
        v(Field{.name = "seed", .label = "Seed", .unit = "", .help = "Start of every random generator of the run.", .min = 0, .max = 9.0e15}, self.seed);
        v(Field{.name = "teacher", .label = "Teacher", .unit = "", .help = "Model to distil from: a Hugging Face folder or a llama2.c file.", .is_path = true}, self.teacher);
        v(Field{.name = "tokenizer", .label = "Tokenizer", .unit = "", .help = "Tokenizer file or folder, if it is not beside the teacher.", .advanced = true, .is_path = true}, self.tokenizer);
        v(Field{.name = "student", .label = "Student", .unit = "", .help = "How the hybrid is made from the teacher."}, self.student);
        if (self.teacher.empty() && self.student.from.empty())
            v(Field{.name = "model", .label = "New model", .unit = "", .help = "Shape of a model that is trained from scratch."}, self.model);
        v(Field{.name = "out", .label = "Output folder", .unit = "", .help = "Where the final model is written; empty: inside the run's folder.", .is_path = true}, self.out);
        v(Field{.name = "device", .label = "Device", .unit = "", .help = "auto takes a GPU if one is usable, else the CPU.", .choices = kDeviceChoices, .advanced = true}, self.device);
        v(Field{.name = "dtype", .label = "Number format", .unit = "", .help = "Arithmetic of training; auto is float32 on the CPU.", .choices = kDtypeChoices, .advanced = true}, self.dtype);
        v(Field{.name = "deterministic", .label = "Deterministic", .unit = "", .help = "Bit-identical results for the same machine, seed and thread count.", .advanced = true}, self.deterministic);
        v(Field{.name = "threads", .label = "Threads", .unit = "", .help = "CPU threads; 0 takes all cores.", .min = 0, .max = 1024, .advanced = true}, self.threads);
        v(Field{.name = "stages", .label = "Stages", .unit = "", .help = "What is trained, in this order."}, self.stages);
    }

    /// What a visitor cannot know: at least one stage, a teacher where a stage needs one, steps or tokens given, ...
    /// Throws Error(BadConfig) naming the key.
    void validate() const;
};

}  // namespace molt
