// Every reader of Molt as a function of bytes, with good files to start from. Used by the ctest programs and by
// libFuzzer. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace molt::testing {

struct FuzzTarget {
    std::string name;                    ///< "safetensors"
    std::string file;                    ///< name under which the bytes are stored
    std::vector<std::string> originals;  ///< files that must be read without complaint
    /// Reads folder / file and touches everything that the reader returned.
    std::function<void(const std::filesystem::path& folder)> read;
    /// Writes what else has to be in the folder; may be empty.
    std::function<void(const std::filesystem::path& folder)> prepare;
};

std::vector<FuzzTarget> weight_targets();  ///< safetensors, index, pytorch_model.bin, llama2.c
std::vector<FuzzTarget> config_targets();  ///< config.json, mamba_config.json, recipe, JSONL
std::vector<FuzzTarget> text_targets();    ///< tokenizers and chat templates
std::vector<FuzzTarget> all_fuzz_targets();

}  // namespace molt::testing
